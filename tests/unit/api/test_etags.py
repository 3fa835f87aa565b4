"""An ETag names what is known: it changes when that does, and by time alone it does not."""

from dataclasses import replace

from indexer.store import Head, Incident, Verification
from tests.unit.api.doors import FIRST, House
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK, HEADS, LIQUIDATABLE, WETH

PATHS = (
    "/v1/at-risk",
    "/v1/at-risk?sort=debt",
    "/v1/accounts",
    "/v1/markets",
    f"/v1/accounts/{LIQUIDATABLE}",
    "/v1/chains",
    f"/v1/contagion?shock={WETH.asset}=-5%25",
    f"/v1/accounts/{LIQUIDATABLE}/explain",
)


def etags(house: House) -> list[str]:
    return [house.get(path).headers["etag"] for path in PATHS]


def test_who_has_it_already_is_told_so(house: House) -> None:
    for path, etag in zip(PATHS, etags(house), strict=True):
        told = house.get(path, if_none_match=etag)
        assert (told.status_code, told.content, told.headers["etag"]) == (304, b"", etag)
        assert told.headers["cache-control"] == "no-cache"
        for given in (f'"x", {etag}', etag.removeprefix("W/"), "*"):
            assert house.get(path, if_none_match=given).status_code == 304
        for given in ('"x"', "", BLOCK.hash):
            assert house.get(path, if_none_match=given).status_code == 200


def test_a_new_block_a_new_head_and_a_quarantine_are_news(house: House) -> None:
    seen = [etags(house)]
    house.see(replace(HEADS, head=Head(BLOCK.number + 9, "0x" + "aa" * 32)))
    seen.append(etags(house))
    house.see(replace(HEADS, finalized=Head(BLOCK.number, BLOCK.hash)))
    seen.append(etags(house))
    house.store.save_incident(Incident(DEPLOYMENT, BLOCK.number, (), "an example", 1))
    assert house.current.advance()
    seen.append(etags(house))
    house.follow("a1")
    seen.append(etags(house))
    for one in zip(*seen, strict=True):
        assert len(set(one)) == len(seen), one


def test_a_verification_shows_no_later_than_the_next_block(house: House) -> None:
    before = house.get("/v1/at-risk")
    house.store.save_verified([Verification(DEPLOYMENT, LIQUIDATABLE, BLOCK.number, BLOCK.hash, ok=True)])
    same = house.get("/v1/at-risk")
    assert (same.headers["etag"], same.json()) == (before.headers["etag"], before.json())
    house.follow("a1")
    after = house.get("/v1/at-risk")
    assert after.json()["accounts"][0]["verified_block"] == BLOCK.number
    assert after.headers["etag"] != before.headers["etag"]


def test_time_alone_is_no_news_but_the_lag_is_told(house: House) -> None:
    """A sync that died an hour ago: whoever polls by ETag must see that, too."""
    for path in PATHS:
        house.clock.now = BLOCK.timestamp + 30
        first = house.get(path)
        house.clock.now += 3_600
        later, unchanged = house.get(path), house.get(path, if_none_match=first.headers["etag"])
        assert later.headers["etag"] == first.headers["etag"]
        assert (first.json()["lag_seconds"], later.json()["lag_seconds"]) == (30, 3_630)
        assert unchanged.status_code == 304
        assert unchanged.headers["lag-seconds"] == later.headers["lag-seconds"] == "3630"
        assert unchanged.headers["lag-blocks"] == "3"


def test_another_process_has_other_etags(house: House) -> None:
    """It may know of other verifications."""
    house.follow("a1", FIRST)
    other = House(house.url)
    assert other.get("/v1/at-risk").headers["etag"] != house.get("/v1/at-risk").headers["etag"]
    other.store.close()

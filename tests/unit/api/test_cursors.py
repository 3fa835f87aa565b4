"""Reading a list page by page while blocks come and go: always the very same block, never a row twice or none."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Any

import pytest

from indexer.api.cursor import knowledge
from indexer.risk.ranking import SortBy, sort_key, sort_rows
from indexer.store import Incident
from tests.unit.api.doors import FIRST, House, Row
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK

LISTS = (
    "/v1/at-risk?below=3",
    "/v1/at-risk?below=3&sort=debt",
    "/v1/at-risk?below=3&sort=bonus&projections=true",
    "/v1/at-risk?below=1.4",
    "/v1/liquidatable?below=3",
    "/v1/accounts?deployment=aave_v3_main",
    f"/v1/accounts?block={BLOCK.number}",
    f"/v1/at-risk?at_timestamp={BLOCK.timestamp + 12}&below=1.4",
)


def rows_by_page(house: House, path: str, limit: int, *, alone: bool = True) -> list[Row]:
    """Every page to the last. `alone`: the cursor is the whole question from the second page on."""
    page = house.json(f"{path}&limit={limit}")
    rows, block = list(page["accounts"]), page["block_hash"]
    while page["next_cursor"] is not None:
        begin = path.partition("?")[0] + "?" if alone else path + "&"
        page = house.json(f"{begin}limit={limit}&cursor={page['next_cursor']}")
        assert page["accounts"]
        assert page["block_hash"] == block
        rows += page["accounts"]
    return rows


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("path", LISTS)
def test_pages_are_the_whole_list(house: House, path: str, alone: bool) -> None:
    whole = house.json(path)["accounts"]
    for limit in (1, 2, 3):
        assert rows_by_page(house, path, limit, alone=alone) == whole


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("restarted", [False, True])
def test_the_list_is_of_its_first_page_s_block_whatever_comes(house: House, path: str, restarted: bool) -> None:
    whole = house.json(path)["accounts"]
    page = house.json(f"{path}&limit=1")
    rows = list(page["accounts"])
    for fork, price in (("a1", FIRST // 2), ("a2", FIRST * 3), ("a3", FIRST), ("a4", FIRST // 3)):
        if page["next_cursor"] is None:
            break
        house.follow(fork, price)
        app = house.build() if restarted else None
        told = house.get(f"{path.partition('?')[0]}?limit=1&cursor={page['next_cursor']}", app=app)
        page = told.json()
        assert (told.status_code, page["block_hash"]) == (200, BLOCK.hash)
        rows += page["accounts"]
    assert page["next_cursor"] is None
    assert rows == whole


def test_an_orphaned_list_is_gone(house: House) -> None:
    for path in ("/v1/at-risk", "/v1/accounts"):
        for fork in ("a", "b"):
            house.follow(f"{fork}1", FIRST // 2)
            page = house.json(f"{path}?limit=1")
            house.undo(BLOCK)
            assert house.error(f"{path}?cursor={page['next_cursor']}") == (410, "cursor_gone")  # nothing there yet
            house.follow("c1", FIRST + 1)
            assert house.error(f"{path}?cursor={page['next_cursor']}") == (410, "cursor_gone")  # another block
            assert "start again" in house.get(f"{path}?cursor={page['next_cursor']}").json()["error"]["message"]
            house.undo(BLOCK)


def test_a_block_that_is_no_longer_to_be_had_is_gone(house: House) -> None:
    page = house.json("/v1/at-risk?limit=1")
    house.follow("a1", FIRST // 2)
    house.store.prune_block_hashes(BLOCK.number + 1, keep_complete=False)
    told = house.get(f"/v1/at-risk?cursor={page['next_cursor']}", app=house.build())
    assert told.status_code == 410


@pytest.mark.parametrize("path", ["/v1/at-risk", "/v1/accounts"])
def test_a_list_that_turned_out_wrong_is_gone(house: House, path: str) -> None:
    """Its other rows would be told as unknown: some twice, and none as they were on the first page."""
    page = house.json(f"{path}?limit=1")
    house.store.save_incident(Incident(DEPLOYMENT, BLOCK.number, (), "an example", 1))
    assert house.current.advance()
    assert house.error(f"{path}?cursor={page['next_cursor']}") == (410, "cursor_gone")
    assert {row["state"] for row in house.json("/v1/at-risk")["accounts"]} == {"unknown"}


def packed(cursor: str) -> Any:
    return json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[8:])


def forged(parts: object) -> str:
    """A cursor whose checksum is right, as somebody who read the code would make it."""
    raw = parts if isinstance(parts, bytes) else json.dumps(parts).encode()
    check = blake2b(raw, digest_size=8, person=b"indexer-cursor").digest()
    return urlsafe_b64encode(check + raw).rstrip(b"=").decode()


def test_what_is_no_cursor_of_the_question_is_refused(house: House) -> None:
    page = house.json("/v1/at-risk?limit=1&below=3")
    cursor = page["next_cursor"]
    for wrong in (cursor[:-3], cursor[3:], "A", "AAAA", cursor[:20] + "A" * 8 + cursor[28:], "_" * 1_000):
        assert house.error(f"/v1/at-risk?cursor={wrong}") == (400, "bad_cursor")
    for path in ("/v1/liquidatable?", "/v1/accounts?", "/v1/at-risk?below=2&", "/v1/at-risk?sort=debt&",
                 "/v1/at-risk?block=99&", "/v1/at-risk?executable=true&"):  # fmt: skip
        assert house.error(f"{path}cursor={cursor}") == (400, "bad_cursor")
    for wrong in ("", "a.b", "a%00", "ä", "a" * 2_001):
        assert house.error(f"/v1/at-risk?cursor={wrong}")[0] in {400, 422}


def test_a_forged_cursor_gives_nothing_a_question_would_not(house: House) -> None:
    cursor = house.json("/v1/at-risk?limit=1&below=3")["next_cursor"]
    kind, block, block_hash, known, question, after = packed(cursor)
    assert house.get(f"/v1/at-risk?cursor={forged(packed(cursor))}").status_code == 200
    wrong: list[object] = [
        [kind, -1, block_hash, known, question, after],
        [kind, 2**80, block_hash, known, question, after],
        [kind, block, block_hash, known, {**question, "below": 1e300}, after],
        [kind, block, block_hash, known, {**question, "sort": "nothing"}, after],
        [kind, block, block_hash, known, {**question, "elsewhere": 1}, after],
        [kind, block, block_hash, known, question, after[:-1]],
        [kind, block, block_hash, known, question, [True, True, "", "", ""]],
        [kind, block, block_hash, known, question, [False, "x", "", "", ""]],
        [kind, block, block_hash, known, question, [False, "1" * 5_000, "", "", ""]],
        [kind, block, block_hash, known, question],
        {"kind": kind},
        b"\xff\xfe",
        None,
    ]
    for each in wrong:
        assert house.error(f"/v1/at-risk?cursor={forged(each)[:2_000]}") == (400, "bad_cursor")
    for number, named in ((block, "0x" + "ee" * 32), (block + 5, block_hash), (5, block_hash)):
        assert house.error(f"/v1/at-risk?cursor={forged([kind, number, named, known, question, after])}")[0] == 410


def test_two_accounts_of_one_address_are_two_places(house: House) -> None:
    """Morpho: one address in many markets, all of the same health."""
    row = house.json("/v1/at-risk")["accounts"][0]
    from_one_address = [{**row, "market": market} for market in ("0x02", "0x01", None)]
    ordered = sort_rows(from_one_address, SortBy.HEALTH)
    assert [each["market"] for each in ordered] == [None, "0x01", "0x02"]
    assert len({sort_key(SortBy.HEALTH)(each) for each in ordered}) == 3


@pytest.mark.parametrize(
    "place", [["9" * 30, "0"], ["1", "9" * 30], ["-1", "0"], ["1", "1.5"], ["0x10", "0"], [True, "0"]]
)
def test_a_made_up_place_is_refused_and_no_defect(house: House, place: list[Any]) -> None:
    ref = house.tip
    packed = json.dumps(["liquidations", ref.number, ref.hash, knowledge([]), {}, place]).encode()
    check = blake2b(packed, digest_size=8, person=b"indexer-cursor").digest()
    cursor = urlsafe_b64encode(check + packed).rstrip(b"=").decode()
    assert house.error(f"/v1/liquidations?cursor={cursor}") == (400, "bad_cursor")

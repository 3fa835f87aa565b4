"""What is refused: one shape, a status that says whose fault it is, and never 5xx for what somebody typed."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from indexer.api.app import build_app
from indexer.api.current import Current
from indexer.api.doors import Doors
from indexer.errors import DatabaseUnavailable, NodeUnreachable
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import Store
from tests.unit.api.doors import House, client
from tests.unit.reports.stored import LIQUIDATABLE, changes_of, write_store

HUGE = str(10**40)
REFUSED = [
    ("/v1/at-risk?block=101", 404, "block_not_available"),
    ("/v1/at-risk?block=99", 404, "block_not_available"),
    ("/v1/at-risk?block=0", 404, "block_not_available"),
    ("/v1/at-risk?block=9223372036854775807", 404, "block_not_available"),
    (f"/v1/at-risk?block={HUGE}", 422, "invalid_request"),
    ("/v1/at-risk?block=-1", 422, "invalid_request"),
    ("/v1/at-risk?block=latest", 422, "invalid_request"),
    ("/v1/at-risk?block=", 422, "invalid_request"),
    ("/v1/at-risk?block=%00", 422, "invalid_request"),
    ("/v1/at-risk?at_timestamp=1", 422, "invalid_request"),
    (f"/v1/at-risk?at_timestamp={2**40}", 422, "invalid_request"),
    ("/v1/at-risk?at_timestamp=1750000040", 422, "invalid_request"),  # its prices may move by then
    ("/v1/at-risk?below=nan", 422, "invalid_request"),
    ("/v1/at-risk?below=inf", 422, "invalid_request"),
    ("/v1/at-risk?below=-1", 422, "invalid_request"),
    ("/v1/at-risk?below=1e300", 422, "invalid_request"),
    ("/v1/at-risk?min_debt=-0.01", 422, "invalid_request"),
    ("/v1/at-risk?within_drop=100%25", 422, "invalid_request"),
    ("/v1/at-risk?within_drop=1", 422, "invalid_request"),
    ("/v1/at-risk?within_drop=-5%25", 422, "invalid_request"),
    ("/v1/at-risk?executable=perhaps", 422, "invalid_request"),
    ("/v1/at-risk?sort=worst", 422, "invalid_request"),
    ("/v1/at-risk?limit=0", 422, "invalid_request"),
    ("/v1/at-risk?limit=1001", 422, "invalid_request"),
    ("/v1/at-risk?offset=10", 422, "invalid_request"),
    ("/v1/at-risk?limit=1&limit=2", 422, "invalid_request"),
    ("/v1/at-risk?deployment=aave", 404, "not_found"),
    ("/v1/at-risk?deployment=%00", 404, "not_found"),
    ("/v1/at-risk?deployment=%F0%9F%92%A9%E2%80%AE", 404, "not_found"),
    ("/v1/at-risk?deployment=%ff%fe", 404, "not_found"),
    ("/v1/at-risk?deployment=" + "a" * 201, 422, "invalid_request"),
    ("/v1/markets?limit=1", 422, "invalid_request"),
    ("/v1/status?verbose=1", 422, "invalid_request"),
    ("/v1/accounts?below=1", 422, "invalid_request"),
    ("/v1/accounts/0x12", 422, "invalid_request"),
    ("/v1/accounts/vitalik.eth", 422, "invalid_request"),
    ("/v1/accounts/0x" + "ab" * 20 + "%00", 422, "invalid_request"),
    ("/v1/accounts/0x" + "ab" * 20 + "%0A", 422, "invalid_request"),
    ("/v1/accounts/0x" + "ab" * 20, 404, "not_found"),
    ("/v1/accounts/0x" + "ab" * 20 + "/explain", 404, "not_found"),
    ("/v1/accounts/0x" + "ab" * 20 + "/liquidation", 404, "not_found"),
    ("/v1/owners/0x" + "ab" * 20, 404, "not_found"),
    (f"/v1/accounts/{LIQUIDATABLE}?block=5&block=6", 422, "invalid_request"),
    ("/v1/accounts/", 404, "not_found"),
    ("/v1/chains?flag=bad", 422, "invalid_request"),
    ("/v1/chains?owner=me", 422, "invalid_request"),
    ("/v1/chains?min=nan", 422, "invalid_request"),
    ("/v1/contagion", 422, "invalid_request"),
    ("/v1/contagion?shock=", 422, "invalid_request"),
    ("/v1/contagion?shock=ETH", 422, "invalid_request"),
    ("/v1/contagion?shock=NOBODY=-5%25", 422, "invalid_request"),
    ("/v1/contagion?shock=WETH=-500%25", 422, "invalid_request"),
    ("/v1/contagion?shock=WETH=-1%25&shock=WETH=-2%25", 422, "invalid_request"),
    (f"/v1/contagion?shock=bad_debt:aave_v3_main/0x00={'9' * 160}", 422, "invalid_request"),
    ("/v1/contagion?shock=WETH=-1%25&rounds=0", 422, "invalid_request"),
    ("/v1/contagion?" + "&".join(["shock=WETH=-1%25"] * 21), 422, "invalid_request"),
    ("/v1/nothing", 404, "not_found"),
    ("/v2/at-risk", 404, "not_found"),
    ("/v1/at-risk/", 404, "not_found"),
]


@pytest.mark.parametrize(("path", "status", "code"), REFUSED, ids=[path[:60] for path, _, _ in REFUSED])
def test_what_is_wrong_is_said_in_one_shape(house: House, path: str, status: int, code: str) -> None:
    assert house.error(path) == (status, code)


def test_every_wrong_parameter_is_named(house: House) -> None:
    told = house.get("/v1/at-risk?below=-1&limit=0&belw=1").json()["error"]
    assert {part.partition(":")[0] for part in told["message"].split("; ")} == {"below", "limit", "belw"}
    assert told["hint"] == "/v1/openapi.json describes every question"


def test_a_stranger_s_text_comes_back_harmless(house: House) -> None:
    told = house.get("/v1/at-risk?deployment=%1b[31m%E2%80%AEevil").json()["error"]["message"]
    assert "\x1b" not in told
    assert "\u202e" not in told


def unfilled(tmp_path: Path) -> tuple[Store, Any]:
    """The doors of a database that was never read fully."""
    store = Store.open(write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of(), complete=False))
    current = Current(Living(store, Asked()), 60)
    return store, build_app(Doors(store, current, Settings(), Asked()))


def ask(app: Any, path: str) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client(app) as each:
            return await each.get(path)

    return asyncio.run(run())


def test_before_the_first_block_everything_but_the_status_says_when_to_come_again(tmp_path: Path) -> None:
    store, app = unfilled(tmp_path)
    for path in ("/v1/at-risk", "/v1/liquidatable", "/v1/accounts", "/v1/markets", "/v1/chains", "/v1/prices?block=3",
                 f"/v1/accounts/{LIQUIDATABLE}/explain", "/v1/accounts?block=3"):  # fmt: skip
        told = ask(app, path)
        assert (told.status_code, told.json()["error"]["code"]) == (503, "not_ready")
        assert int(told.headers["retry-after"]) > 0
    status = ask(app, "/v1/status").json()
    assert (status["ready"], status["block_number"], status["cursor"]["number"]) == (False, None, 100)
    store.close()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatabaseUnavailable("the database is locked"), "database_unavailable"),
        (NodeUnreachable("http://node", "no answer"), "node_unavailable"),
    ],
)
def test_what_is_away_comes_back(house: House, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str) -> None:
    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr(Store, "block", away)
    told = house.get("/v1/at-risk?block=100")
    assert (told.status_code, told.json()["error"]["code"]) == (503, code)
    assert told.headers["retry-after"]
    assert house.get("/v1/at-risk").status_code == 200  # what is known of the newest block is still told


def test_a_defect_tells_nothing_of_the_inside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Store, "deployments", broken)
    told = house.get("/v1/status")
    assert (told.status_code, told.json()["error"]["code"]) == (500, "internal")
    assert "secret" not in told.text

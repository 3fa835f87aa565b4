"""Answers that are bytes already: the same as the slow way gives, of the newest block, with the lag of now."""

from dataclasses import replace

import pytest
from starlette.types import Message, Receive, Scope, Send

from indexer.api.hot import HotLayer, Pages
from indexer.api.past import PastBlocks
from indexer.reports.snapshot import Snapshot
from indexer.store import Head
from tests.unit.api.doors import FIRST, House
from tests.unit.reports.stored import BLOCK, HEADS, HEALTHY

HOT = ("/v1/at-risk", "/v1/at-risk?limit=100", "/v1/liquidatable", "/v1/liquidatable?limit=100")
WARM = (
    "/v1/at-risk?sort=debt",
    "/v1/markets",
    "/v1/prices",
    f"/v1/accounts/{HEALTHY}",
    "/v1/accounts?limit=3",
    "/v1/solvency",
    "/v1/chains",
    "/v1/contagion?shock=WETH=-50%25",
)


def pages_of(house: House) -> HotLayer:
    """The layer of the house, over an application that must not be asked."""

    async def nobody(scope: Scope, *_: Receive | Send) -> None:
        raise AssertionError(f"{scope['path']} was not ready")

    (layer,) = house.app.user_middleware
    pages = layer.kwargs["pages"]
    assert isinstance(pages, Pages)
    return HotLayer(nobody, pages)


def body_of(house: House, path: str) -> bytes:
    """What the layer alone sends."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nobody reads the body of a GET")

    name, _, query = path.partition("?")
    scope = {"type": "http", "method": "GET", "path": name, "query_string": query.encode(), "headers": []}
    step = pages_of(house)(scope, receive, send)
    with pytest.raises(StopIteration):
        step.__await__().send(None)  # it waits for nothing
    assert scope["route"].path == name.replace(HEALTHY, "{address}")  # type: ignore[attr-defined]
    start, body = sent
    assert start["status"] == 200
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    found: bytes = body["body"]
    return found


@pytest.mark.parametrize("path", HOT)
def test_the_watch_list_is_ready_before_anybody_asks(house: House, path: str) -> None:
    assert body_of(house, path) == house.get(path).content
    house.follow("a1", FIRST // 2)
    hot = body_of(house, path)
    assert b'"block_number":101' in hot
    slow = house.get(path + ("&" if "?" in path else "?") + "sort=health").content  # asked in other words
    assert hot == slow


@pytest.mark.parametrize("path", WARM)
def test_what_was_asked_once_is_ready_until_the_next_block(house: House, path: str) -> None:
    with pytest.raises(AssertionError, match="was not ready"):
        body_of(house, path)
    first = house.get(path).content
    assert body_of(house, path) == first
    house.follow("a1", FIRST // 2)
    with pytest.raises(AssertionError, match="was not ready"):
        body_of(house, path)


def test_the_past_and_cursors_are_not_kept(house: House) -> None:
    cursor = house.json("/v1/at-risk?limit=1")["next_cursor"]
    past = (f"/v1/at-risk?block={BLOCK.number}", f"/v1/solvency?block={BLOCK.number}")
    for path in (*past, f"/v1/at-risk?cursor={cursor}", "/v1/status"):
        house.json(path)
        with pytest.raises(AssertionError, match="was not ready"):
            body_of(house, path)


def test_the_lag_in_the_bytes_is_that_of_now(house: House) -> None:
    assert b'"lag_blocks":3,"lag_seconds":30,"finality":"safe"' in body_of(house, "/v1/at-risk")
    house.clock.now += 100
    assert b'"lag_blocks":3,"lag_seconds":130,' in body_of(house, "/v1/at-risk")
    house.see(replace(HEADS, head=Head(BLOCK.number + 50, "0x" + "aa" * 32), finalized=Head(100, BLOCK.hash)))
    assert b'"lag_blocks":50,"lag_seconds":130,"finality":"finalized"' in body_of(house, "/v1/at-risk")
    assert body_of(house, "/v1/at-risk") == house.get("/v1/at-risk?sort=health").content


def test_only_get_is_answered_so(house: House) -> None:
    for method in ("POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        told = house.get("/v1/at-risk", method)
        assert (told.status_code, told.headers["allow"]) == (405, "GET")


def test_middleware_that_is_added_later_stands_in_front(house: House) -> None:
    refused = house.build()

    @refused.middleware("http")
    async def nobody(*_: object) -> object:
        raise PermissionError

    assert house.get("/v1/at-risk", app=refused).status_code == 500


def test_an_application_made_before_the_first_block_is_ready_with_it(house: House) -> None:
    fresh = House.__new__(House)
    fresh.__dict__.update(house.__dict__)
    fresh.app = house.build()
    house.follow("a1", FIRST // 2)
    assert b'"block_number":101' in body_of(fresh, "/v1/at-risk")


@pytest.mark.parametrize("path", ["/v1/chains", "/v1/solvency", "/v1/contagion?shock=WETH%3D-20%25"])
def test_a_heavy_answer_is_computed_once_a_block(house: House, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    asked: list[int | None] = []
    at = PastBlocks.at

    def counting(past: PastBlocks, block: int | None, at_timestamp: int | None = None) -> Snapshot:
        asked.append(block)
        return at(past, block, at_timestamp)

    monkeypatch.setattr(PastBlocks, "at", counting)
    first = house.json(path)
    assert [house.json(path) for _ in range(3)] == [first] * 3
    assert len(asked) == 1
    ref = house.follow("a1", FIRST // 2)
    assert house.json(path)["block_hash"] == ref.hash
    assert len(asked) == 2

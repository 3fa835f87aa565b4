"""Heavy answers wait for each other, not for light ones, and hold up neither the newest block nor the rest."""

import asyncio
import threading
from contextlib import suppress
from typing import Any

import httpx
import pytest

from indexer.api import desk as desk_module
from indexer.api import listings
from indexer.api.faults import ApiFault
from indexer.api.past import PastBlocks
from indexer.api.pools import Pool
from indexer.reports.snapshot import Snapshot
from tests.unit.api.doors import FIRST, House
from tests.unit.reports.stored import BLOCK

WAIT_S = 20


def test_a_full_pool_sends_away_and_is_free_again() -> None:
    async def run() -> None:
        pool, gate, begun = Pool("test", workers=1, waiting=1), threading.Event(), threading.Event()

        def work() -> bool:
            begun.set()
            return gate.wait(WAIT_S)

        first, second = asyncio.ensure_future(pool.run(work)), asyncio.ensure_future(pool.run(work))
        await asyncio.to_thread(begun.wait, WAIT_S)
        with pytest.raises(ApiFault) as caught:
            await pool.run(work)
        assert (caught.value.status, caught.value.code) == (503, "busy")
        first.cancel()  # who asked went away: the place is taken until the work is done
        with suppress(asyncio.CancelledError):
            await first
        with pytest.raises(ApiFault):
            await pool.run(work)
        gate.set()
        assert await second
        assert await pool.run(lambda: 5) == 5
        pool.close()

    asyncio.run(run())


def test_the_same_question_is_computed_once() -> None:
    async def run() -> None:
        pool, gate, calls = Pool("test", workers=4, waiting=0), threading.Event(), []

        def work() -> int:
            calls.append(1)
            gate.wait(WAIT_S)
            return len(calls)

        asked = [asyncio.ensure_future(pool.once("a", work)) for _ in range(50)]
        await asyncio.sleep(0)
        gate.set()
        assert await asyncio.gather(*asked) == [1] * 50
        assert await pool.once("a", work) == 2
        pool.close()

    asyncio.run(run())


def test_one_that_fails_fails_for_all_who_asked_and_is_forgotten() -> None:
    async def run() -> None:
        pool, gate = Pool("test", workers=1, waiting=0), threading.Event()

        def work() -> int:
            gate.wait(WAIT_S)
            raise ValueError("once")

        asked = [asyncio.ensure_future(pool.once("a", work)) for _ in range(3)]
        await asyncio.sleep(0)
        gate.set()
        assert [type(each) for each in await asyncio.gather(*asked, return_exceptions=True)] == [ValueError] * 3
        assert await pool.once("a", lambda: 7) == 7
        pool.close()

    asyncio.run(run())


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Blocks of their own are loaded slowly: (somebody is at it, it may go on)."""
    begun, gate, load = threading.Event(), threading.Event(), PastBlocks.at

    def slowly(self: PastBlocks, *asked: Any) -> Snapshot:
        begun.set()
        assert gate.wait(WAIT_S)
        return load(self, *asked)

    monkeypatch.setattr(PastBlocks, "at", slowly)
    return begun, gate


def test_a_heavy_answer_holds_up_neither_the_block_nor_light_answers(
    house: House, slow: tuple[threading.Event, threading.Event]
) -> None:
    begun, gate = slow

    async def ask(client: httpx.AsyncClient) -> None:
        heavy = [asyncio.ensure_future(client.get(f"/v1/chains?limit={n}")) for n in range(1, 30)]
        assert await asyncio.to_thread(begun.wait, WAIT_S)
        await asyncio.to_thread(house.follow, "a1", FIRST // 2)  # the newest block moves on
        for path in ("/v1/at-risk", "/v1/accounts", "/v1/markets", "/v1/status"):
            assert (await client.get(path)).json()["block_number"] == BLOCK.number + 1
        gate.set()
        told = await asyncio.gather(*heavy)
        assert {each.status_code for each in told} == {200, 503}
        assert sum(each.status_code == 200 for each in told) == 10
        for each in told:
            if each.status_code == 503:
                assert (each.json()["error"]["code"], bool(each.headers["retry-after"])) == ("busy", True)

    house.together(ask)


def test_a_past_block_is_loaded_once_for_all_who_ask(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.follow("a1", FIRST // 2)
    loads: list[int] = []
    load = PastBlocks._load

    def counted(self: PastBlocks, block: int) -> Snapshot:
        loads.append(block)
        return load(self, block)

    monkeypatch.setattr(PastBlocks, "_load", counted)

    async def ask(client: httpx.AsyncClient) -> None:
        paths = [f"/v1/{name}?block=100" for name in ("at-risk", "accounts", "markets", "prices", "chains")]
        told = await asyncio.gather(*(client.get(path) for path in paths))
        assert [each.status_code for each in told] == [200] * 5

    house.together(ask)
    assert loads == [100]


def test_a_kept_block_that_was_orphaned_is_loaded_anew(house: House) -> None:
    house.follow("a1", FIRST // 2)
    house.follow("a2")
    before = house.json("/v1/at-risk?block=101")
    house.undo(BLOCK)
    house.follow("b1", FIRST * 2)
    after = house.json("/v1/at-risk?block=101")
    assert (before["block_hash"], after["block_hash"]) == ("0x" + "a1" * 32, "0x" + "b1" * 32)
    assert (len(before["accounts"]), len(after["accounts"])) == (3, 0)


def test_wide_questions_do_not_hold_the_newest_block(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    listing = listings.watch_listing

    def watched(snapshot: Snapshot, *asked: Any) -> Any:
        held.append(snapshot is house.current.living.newest)
        return listing(snapshot, *asked)

    monkeypatch.setattr(desk_module, "watch_listing", watched)
    for path in ("/v1/at-risk?below=1.4", "/v1/at-risk?below=900", "/v1/at-risk?within_drop=50%25"):
        house.json(path)
    assert held == [True, False, False]

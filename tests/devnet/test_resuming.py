"""Stopped, started again, away for long, or told to keep no history: the rows are the same."""

from threading import Event

import pytest

from indexer.sync import backfill
from indexer.sync.progress import Phase, Progress
from scripts.devnet import Devnet
from tests.devnet.conftest import NewUrl
from tests.devnet.indexing import Indexer, indexer, rows_in, rows_of

pytestmark = pytest.mark.node

EVERY = 9
FINALITY = 64  # of anvil


@pytest.mark.parametrize(("phase", "after"), [(Phase.BACKFILL, 1), (Phase.BACKFILL, 4), (Phase.FOLLOW, 20)])
def test_interrupted_and_resumed_gives_the_same_rows(
    devnet: Devnet, new_url: NewUrl, monkeypatch: pytest.MonkeyPatch, phase: Phase, after: int
) -> None:
    monkeypatch.setattr(backfill, "RANGE_BLOCKS", 20)
    stop, seen = Event(), list[Progress]()

    def stop_after(progress: Progress) -> None:
        seen.append(progress)
        if sum(report.phase is phase for report in seen) == after:
            stop.set()

    url = new_url()
    with indexer(devnet, url, report=stop_after) as interrupted:
        cursor = interrupted.sync.once(stop)
        assert cursor is not None
        assert cursor.number == seen[-1].done < devnet.block_number
    with indexer(devnet, url) as resumed, indexer(devnet, new_url()) as straight:
        assert resumed.once() == straight.once()
        assert_same_everywhere(resumed, straight)
        tip = straight.cursor.number
        assert resumed.store.blocks(0, tip) == straight.store.blocks(0, tip)


def test_ranges_of_any_size_give_the_same_rows(
    devnet: Devnet, at_tip: Indexer, new_url: NewUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "RANGE_BLOCKS", 7)
    with indexer(devnet, new_url()) as small:
        small.once()
        assert_same_everywhere(small, at_tip)


def test_without_history_the_state_at_the_head_is_the_same(devnet: Devnet, at_tip: Indexer, new_url: NewUrl) -> None:
    with indexer(devnet, new_url(), history=False) as forgetful:
        forgetful.once()
        assert rows_of(forgetful.store) == rows_of(at_tip.store)
        assert forgetful.store.counts()["change"] < at_tip.store.counts()["change"]


def test_after_a_long_stop_the_gap_is_backfilled_and_the_rows_are_the_same(
    playground: Devnet, at_tip: Indexer, new_url: NewUrl
) -> None:
    """What was read before the stop is not believed after it: markets moved meanwhile and stand still since."""
    cursor = at_tip.cursor
    playground.live(4)
    for _ in range(FINALITY + 2):
        playground.mine()
    with indexer(playground, new_url()) as new:
        assert at_tip.once() == new.once()
        assert at_tip.store.block(cursor.number + 2) is None, "there was no gap"
        assert rows_of(at_tip.store) == rows_of(new.store)


def assert_same_everywhere(one: Indexer, other: Indexer) -> None:
    """The same state at blocks all through the story, and a book that is its store's."""
    for number in [*range(0, other.cursor.number, EVERY), other.cursor.number]:
        assert rows_of(one.store, number) == rows_of(other.store, number)
    assert rows_in(one.sync.book) == rows_of(other.store)

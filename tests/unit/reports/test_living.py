"""The living snapshot against one loaded anew: over blocks, a reorg and a quarantine."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.book import Change, Entity
from indexer.errors import DatabaseUnavailable, NotFoundError
from indexer.evm import BlockRef
from indexer.reports.accounts import all_accounts
from indexer.reports.face import open_store
from indexer.reports.living import Living, Step
from indexer.reports.snapshot import Asked
from indexer.store import BlockRecord, Head, Incident, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK, HEADS, WETH, changes_of, write_store

PRICE = Entity(DEPLOYMENT, WETH.asset)
FIRST = 2_000 * 10**8


def block(number: int, fork: str, parent: BlockRef) -> BlockRef:
    return BlockRef(number, "0x" + fork * 32, parent.hash, parent.timestamp + 12)


class Written:
    """A store as sync writes it, and what a reader that loads anew says."""

    def __init__(self, url: str) -> None:
        write_store(url, changes_of())
        self.url = url
        self.store = Store.open(url)
        self.tip = BLOCK
        self.price = FIRST

    def follow(self, fork: str, price: int) -> BlockRef:
        """One more block, in which ether's price moves."""
        ref = block(self.tip.number + 1, fork, self.tip)
        change = Change(PRICE, "price", self.price, price)
        self.store.commit([BlockRecord(ref, complete=True, changes=[change])], ref, HEADS)
        self.tip, self.price = ref, price
        return ref

    def undo(self, ref: BlockRef, price: int) -> None:
        self.store.undo_to(ref.number)
        self.tip, self.price = ref, price

    def accounts(self) -> list[dict[str, object]]:
        with open_store(self.url) as reader:
            return reader.accounts()


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(f"sqlite:///{tmp_path}/indexer.db")
    yield made
    made.store.close()


def told(living: Living) -> list[dict[str, object]]:
    with living.reading() as snapshot:
        return all_accounts(snapshot)


def test_it_moves_block_by_block_and_says_what_a_fresh_reader_says(written: Written) -> None:
    living = Living(written.store, Asked())
    assert living.step() == Step(BLOCK, jumped=True)
    assert told(living) == written.accounts()
    first, second = written.follow("a1", FIRST - 10**8), written.follow("a2", FIRST // 2)
    assert [living.step(), living.step(), living.step()] == [Step(first), Step(second), None]
    assert told(living) == written.accounts()
    assert {row["state"] for row in told(living)} >= {"bad_debt"}


def test_a_reorg_is_one_step_back_and_the_new_blocks_follow(written: Written) -> None:
    living = Living(written.store, Asked())
    living.step()
    old = [written.follow("a1", FIRST - 10**8), written.follow("a2", FIRST // 2)]
    living.step(), living.step()
    written.undo(BLOCK, FIRST)
    new = [written.follow("b1", FIRST + 10**8), written.follow("b2", FIRST + 2 * 10**8), written.follow("b3", FIRST)]
    assert living.step() == Step(BLOCK, orphaned=(old[1], old[0]))
    assert [living.step() for _ in range(4)] == [*map(Step, new), None]
    assert told(living) == written.accounts()


def test_a_second_reorg_goes_back_through_the_first(written: Written) -> None:
    living = Living(written.store, Asked())
    living.step()
    for fork in ("a1", "b1", "c1"):
        ref = written.follow(fork, FIRST // 2)
        assert living.step() == Step(ref)
        written.undo(BLOCK, FIRST)
        assert living.step() == Step(BLOCK, orphaned=(ref,))
        assert told(living) == written.accounts()


def test_more_is_gone_than_is_remembered(written: Written) -> None:
    written.follow("a1", FIRST // 2)
    living = Living(written.store, Asked())
    assert living.step() == Step(written.tip, jumped=True)
    orphan = written.tip
    written.undo(BLOCK, FIRST)
    assert living.step() == Step(BLOCK, orphaned=(orphan,), jumped=True)
    assert told(living) == written.accounts()


def test_a_quarantine_is_news_of_the_same_block_and_heads_are_current(written: Written) -> None:
    living = Living(written.store, Asked())
    living.step()
    written.store.save_incident(Incident(DEPLOYMENT, BLOCK.number, ("x",), "an example", 1))
    assert living.step() == Step(BLOCK)
    assert {row["state"] for row in told(living)} == {"unknown"}
    written.store.save_heads(replace(HEADS, head=replace_head()))
    assert living.step() is None
    with living.reading() as snapshot:
        assert snapshot.lag == 20


def replace_head() -> Head:
    return HEADS.head._replace(number=BLOCK.number + 20)


@pytest.mark.parametrize("reading", ["tokens", "verified", "incidents", "deployments", "heads_seen"])
@pytest.mark.parametrize("back", [False, True])
def test_a_database_that_fails_in_mid_step_leaves_the_last_block_as_it_was(
    written: Written, monkeypatch: pytest.MonkeyPatch, reading: str, back: bool
) -> None:
    living = Living(written.store, Asked())
    living.step()
    if back:
        written.follow("a1", FIRST // 2)
        living.step()
        written.undo(BLOCK, FIRST)
    else:
        written.follow("a1", FIRST // 2)
    ref, before = living.ref, told(living)

    def gone(_: Store) -> None:
        raise DatabaseUnavailable("gone for now")

    with monkeypatch.context() as patched:
        patched.setattr(Store, reading, gone)
        with pytest.raises(DatabaseUnavailable):
            living.step()
    assert (living.ref, told(living)) == (ref, before)
    step = living.step()
    assert step is not None
    assert step.ref == written.tip
    assert told(living) == written.accounts()


def test_readers_that_overlap_do_not_hold_up_the_chain(written: Written) -> None:
    living = Living(written.store, Asked())
    living.step()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with living.reading():
                time.sleep(0.01)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        written.follow("a1", FIRST // 2)
        stepping = threading.Thread(target=living.step, daemon=True)
        stepping.start()
        stepping.join(5)
        assert not stepping.is_alive()
    finally:
        stop.set()
    for reader in readers:
        reader.join()
    assert living.ref == written.tip


_MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("follow"), st.integers(1, 3_000)),
        st.tuples(st.just("undo"), st.integers(1, 4)),
        st.tuples(st.just("step"), st.integers(1, 3)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(_MOVES)
def test_any_history_ends_as_a_fresh_reader_sees_it(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int]]
) -> None:
    written = Written(f"sqlite:///{tmp_path_factory.mktemp('history')}/indexer.db")
    living, chain = Living(written.store, Asked()), [(BLOCK, FIRST)]
    for fork, (move, size) in enumerate(moves):
        if move == "follow":
            price = size * 10**8
            chain.append((written.follow(f"{fork + 1:02x}", price), price))
        elif move == "undo":
            del chain[max(1, len(chain) - size) :]
            written.undo(*chain[-1])
        else:
            for _ in range(size):
                living.step()
    while living.step() is not None:
        pass
    assert living.ref == written.tip
    assert told(living) == written.accounts()
    written.store.close()


def test_before_the_first_whole_block_nothing_is_said(tmp_path: Path) -> None:
    url = write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of(), complete=False)
    with Store.open(url) as store:
        living = Living(store, Asked())
        assert living.step() is None
        with pytest.raises(NotFoundError, match="read fully"), living.reading():
            pass

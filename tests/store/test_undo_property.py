"""Undo, `load_state(n)` and history against the plainest model: a dict replayed from the start."""

from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.book.change import Change
from indexer.store import BlockRecord, Store
from tests.simulation.conftest import EXHAUSTIVE
from tests.store.made import BORROWER, MARKET, OTHER, SUPPLIER, NewUrl, Values, dump, follow, ref, state

VALUE = st.none() | st.sampled_from([0, 1, 2**256 - 1, -1]) | st.integers(0, 2**256 - 1)
MOVE = st.tuples(st.sampled_from([BORROWER, SUPPLIER, MARKET, OTHER]), st.sampled_from(["debt", "index"]), VALUE)
BLOCK = st.lists(MOVE, max_size=5)
BLOCKS = st.lists(BLOCK, min_size=1, max_size=8)


class Chain(NamedTuple):
    """Records of consecutive blocks from 1, and the state at the end of each (at index 0: before the first)."""

    records: list[BlockRecord]
    states: list[Values]


def chain_of(moves: list[list[tuple[object, ...]]], fork: str = "0", base: Chain | None = None, keep: int = 0) -> Chain:
    records = [] if base is None else base.records[:keep]
    states: list[Values] = [{}] if base is None else base.states[: keep + 1]
    for block in moves:
        values, changes = dict(states[-1]), []
        for entity, field, new in block:
            change = Change(entity, field, values.get((entity, field)), new)  # type: ignore[arg-type]
            values = follow(values, [change])
            changes.append(change)
        records.append(BlockRecord(ref(len(records) + 1, fork), complete=True, changes=changes))
        states.append(values)
    return Chain(records, states)


def commit_in_parts(store: Store, records: list[BlockRecord], size: int) -> None:
    for start in range(0, len(records), size):
        part = records[start : start + size]
        store.commit(part, part[-1].ref)


def opened(url: str) -> Store:
    store = Store.open(url)
    store.bind_chain(1)
    store.checked = True
    return store


def _examples(usual: int) -> int:
    return 10 * usual if EXHAUSTIVE else usual


@settings(max_examples=_examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=BLOCKS, after=BLOCKS, part=st.integers(1, 3), data=st.data())
def test_undo_then_another_fork(
    new_url: NewUrl,
    before: list[list[tuple[object, ...]]],
    after: list[list[tuple[object, ...]]],
    part: int,
    data: st.DataObject,
) -> None:
    orphaned = chain_of(before)
    last = len(orphaned.records)
    keep = data.draw(st.integers(1, last), label="undo to")
    kept = chain_of(after, "f", orphaned, keep)

    with opened(new_url()) as store, opened(new_url()) as fresh:
        commit_in_parts(store, orphaned.records, part)
        for number in range(last + 1):
            assert state(store, number) == orphaned.states[number]

        inverse = store.undo_to(keep)
        assert follow(orphaned.states[last], inverse) == orphaned.states[keep]
        assert state(store) == orphaned.states[keep]
        assert store.cursor() == orphaned.records[keep - 1].ref

        commit_in_parts(store, kept.records[keep:], part)
        commit_in_parts(fresh, kept.records, part)
        assert dump(store) == dump(fresh)
        for number in range(len(kept.states)):
            assert state(store, number) == kept.states[number]
        for entity in (BORROWER, MARKET):
            told = [(n, c) for n, r in enumerate(kept.records, 1) for c in r.changes if c.entity == entity]
            assert list(store.history(entity)) == told
        assert store.integrity() == []


@settings(max_examples=_examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=BLOCKS, steps=st.lists(st.integers(0, 3), max_size=4))
def test_undo_in_steps_is_undo_at_once(
    new_url: NewUrl, moves: list[list[tuple[object, ...]]], steps: list[int]
) -> None:
    chain = chain_of(moves)
    with opened(new_url()) as stepwise, opened(new_url()) as at_once:
        commit_in_parts(stepwise, chain.records, 1)
        commit_in_parts(at_once, chain.records, len(chain.records))
        number, inverse = len(chain.records), []
        for step in steps:
            number = max(1, number - step)
            inverse += stepwise.undo_to(number)
        assert inverse == at_once.undo_to(number)
        assert dump(stepwise) == dump(at_once)

"""Reports that are remembered: one a block, only so many, none of a block that was undone."""

from indexer.book.change import Change
from indexer.store import ReportRun, Store
from tests.store.made import BORROWER, commit


def run(number: int, debt: float = 1.0) -> ReportRun:
    return ReportRun(number, f"0x{number:064x}", 1_700_000_000 + number, {"debt_usd": debt, "borrowers": 2, "x": None})


def test_only_the_newest_stay(store: Store) -> None:
    for number in (5, 1, 9, 7):
        store.save_report_run(run(number), keep=3)
    assert [store.report_run_before(number) for number in (6, 8, 10)] == [run(5), run(7), run(9)]
    assert store.report_run_before(5) is None


def test_the_last_report_of_a_block_stands(store: Store) -> None:
    store.save_report_run(run(5), keep=3)
    store.save_report_run(run(5, 2.5), keep=3)
    assert store.report_run_before(6) == run(5, 2.5)
    assert store.counts()["report_run"] == 1


def test_what_was_undone_was_never_reported(store: Store) -> None:
    store.bind_chain(1)
    for number in (1, 2, 3):
        commit(store, number, Change(BORROWER, f"debt{number}", None, number))
        store.save_report_run(run(number), keep=9)
    store.undo_to(2)
    assert store.report_run_before(9) == run(2)

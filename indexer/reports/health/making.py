"""A report made, written and remembered, so that the next one can say what changed."""

from pathlib import Path

from indexer.errors import UserError
from indexer.reports.envelope import Answer
from indexer.reports.health.answer import LIQUIDATIONS, Earlier, report_answer
from indexer.reports.health.rendering import FORMS
from indexer.reports.liquidations import LiquidationFilters, liquidations_answer
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.store import ReportRun, Store


def compared_report(snapshot: Snapshot, store: Store, since: int | None = None) -> Answer:
    """The report, against the last remembered one of an earlier block; `since`: of that block or an earlier one.

    Raises UserError where nothing so old is remembered.
    """
    number = snapshot.ref.number
    before = number if since is None else min(number, since + 1)
    run = store.report_run_before(before)
    if run is None and since is not None:
        raise UserError(f"no report of block {since} or earlier is remembered: reports written with --out are")
    earlier = None if run is None else Earlier(run.block_number, run.block_hash, run.created_at, run.figures)
    lately = liquidations_answer(snapshot, store, LiquidationFilters(limit=LIQUIDATIONS))
    return report_answer(snapshot, earlier, lately["liquidations"])


def write_report(answer: Answer, out: Path) -> list[Path]:
    """`report-CHAIN-BLOCK` as HTML, Markdown and JSON into the folder; each appears whole. Raises UserError."""
    name = f"report-{answer['chain_id']}-{answer['block_number']}"
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for ending, form in FORMS.items():
            path = out / f"{name}.{ending}"
            unfinished = path.with_name(f".{path.name}.part")
            unfinished.write_text(form(answer), encoding="utf-8")
            unfinished.replace(path)
            written.append(path)
    except OSError as error:
        raise UserError(f"the report cannot be written into {out}: {error.strerror or error}") from None
    return written


def remember(store: Store, answer: Answer, *, keep: int, at: int) -> None:
    """Keep the headline; `at` is now, in Unix seconds."""
    run = ReportRun(answer["block_number"], answer["block_hash"], at, answer["report"]["headline"])
    store.save_report_run(run, keep)


def make_report(store: Store, asked: Asked, out: Path, *, keep: int, at: int) -> list[Path]:
    """All of it, of the newest block. Raises NotFoundError before the first, UserError where it cannot be written."""
    with open_snapshot(store, asked) as snapshot:
        answer = compared_report(snapshot, store)
    written = write_report(answer, out)
    remember(store, answer, keep=keep, at=at)
    return written

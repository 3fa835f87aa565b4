"""`snapshot`: one block as files for analysts, and checking such files."""

import time
from datetime import UTC, datetime
from typing import Annotated

import structlog
import typer

from indexer.cli.options import OUTPUT, WHICH
from indexer.cli.output import show
from indexer.cli.session import Moment, Session
from indexer.cli.tables.snapshot import draw_checked, draw_snapshot
from indexer.errors import HistoryError, NotFoundError, UserError
from indexer.reports.envelope import Answer, envelope
from indexer.reports.export.check import check_archive
from indexer.reports.export.files import FileFormat
from indexer.reports.export.write import write_snapshot
from indexer.reports.liquidations import LiquidationFilters
from indexer.store import Store

_FAILED = 1
_LINE_EVERY_S = 2.0
_LATEST, _FINALIZED = "latest", "finalized"

_log = structlog.get_logger()


def _parsed_block(value: str) -> str:
    if value not in (_LATEST, _FINALIZED) and not value.isdecimal():
        raise typer.BadParameter(f"{value!r} is no block: give a number, latest or finalized")
    return value


def snapshot(  # one option each
    context: typer.Context,
    *,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar="DIR|URL",
            help="The archive to write into: a folder, or s3://… and others by fsspec.",
            rich_help_panel=OUTPUT,
            show_default="[snapshot] out",
        ),
    ] = None,
    block: Annotated[
        str,
        typer.Option(
            "--block",
            parser=_parsed_block,
            metavar="N|latest|finalized",
            help="Which block.",
            rich_help_panel=WHICH,
        ),
    ] = _LATEST,
    form: Annotated[
        FileFormat,
        typer.Option("--format", help="What the files are.", rich_help_panel=OUTPUT, case_sensitive=False),
    ] = FileFormat.PARQUET,
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="DIR|URL",
            help="Write nothing: check every snapshot of this archive. Ends with 1 on any mismatch.",
        ),
    ] = None,
) -> None:
    """One block as Parquet for analysts: every table, and a manifest of hashes.

    Snapshots of one archive are read as one table. The same block has the same content hashes, on any database.

    [dim]$[/] indexer snapshot --out archive
    [dim]$[/] indexer snapshot --block finalized --out s3://bucket/archive
    [dim]$[/] indexer snapshot --block 21000000 --format csv --out 21000000
    [dim]$[/] indexer snapshot --check archive
    """
    session = Session(context.obj)
    if check is not None:
        _check(check)
        return
    into = out or session.settings.snapshot.out
    if not into:
        raise UserError("say where the snapshot goes: --out DIR, or [snapshot] out in the configuration")
    with session.reading(Moment(_number(session, block))) as (reader, opened):
        happened = reader.liquidations_of(opened, LiquidationFilters())["liquidations"]
        manifest, is_new = write_snapshot(opened, happened, into, datetime.now(UTC), form=form, progress=_Lines())
        answer: Answer = {
            **envelope(opened),
            "out": into,
            "is_new": is_new,
            "manifest": manifest.path,
            "schema_version": manifest.schema_version,
            "command": manifest.command,
            "snapshot": [
                {"table": name, "rows": table.rows, "files": len(table.files), "content_hash": table.content_hash}
                for name, table in manifest.tables.items()
            ],
        }
    unknown = sum(n for one in manifest.deployments for what, n in one.accounts.items() if what.startswith("unknown"))
    if unknown:
        _log.warning("of some accounts nothing can be said: they are rows without numbers", accounts=unknown)
    show(answer, answer["snapshot"], None, draw_snapshot)


def _check(archive: str) -> None:
    checked = check_archive(archive)
    faults = [{"block": fault.block, "path": fault.path, "what": fault.what} for fault in checked.faults]
    answer = {"snapshots": checked.snapshots, "files": checked.files, "rows": checked.rows, "faults": faults}
    show(answer, faults, None, draw_checked)
    if faults:
        raise typer.Exit(_FAILED)


def _number(session: Session, block: str) -> int | None:
    """The block asked for by number; None: the last one. Raises NotFoundError, HistoryError."""
    if block.isdecimal():
        return int(block)
    if block == _LATEST:
        return None
    with Store.open(session.settings.database.url, read_only=True) as store:
        seen, cursor = store.heads_seen(), store.cursor()
        name = store.name
    if cursor is None:
        raise NotFoundError(f"{name} holds nothing yet: run `indexer sync` first")
    if seen is None or seen.finalized is None:
        raise HistoryError("the node names no finalized block: give --block N")
    if seen.finalized.number > cursor.number:
        raise HistoryError(
            f"the finalized block is {seen.finalized.number}, the store ends at {cursor.number}: run `indexer sync`"
        )
    return seen.finalized.number


class _Lines:
    """Progress as log lines: each table when it begins, then now and then."""

    def __init__(self) -> None:
        self._table = ""
        self._said = 0.0

    def __call__(self, table: str, rows: int) -> None:
        now = time.monotonic()
        if table != self._table or now - self._said > _LINE_EVERY_S:
            self._table, self._said = table, now
            _log.info("snapshot", table=table, rows=rows)

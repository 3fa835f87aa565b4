"""`report`: the health report."""

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import structlog
import typer

from indexer.cli.options import OUTPUT, WHICH, BlockOption, MaxLagOption
from indexer.cli.output import write
from indexer.cli.session import Moment, Session
from indexer.errors import DatabaseError
from indexer.reports.envelope import Answer
from indexer.reports.health.making import compared_report, remember, write_report
from indexer.reports.health.rendering import FORMS
from indexer.store import Store

_log = structlog.get_logger()


class ReportFormat(StrEnum):
    """How the report is written."""

    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"


def report(
    context: typer.Context,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            file_okay=False,
            help="Write HTML, Markdown and JSON into this folder, and remember the figures for the next report.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(
            "--since",
            min=0,
            metavar="BLOCK",
            help="Say what changed since the report of this block, or the last one before it.",
            rich_help_panel=WHICH,
            show_default="the last report",
        ),
    ] = None,
    block: BlockOption = None,
    max_lag: MaxLagOption = None,
    form: Annotated[
        ReportFormat | None,
        typer.Option(
            "--format",
            help="What to write to stdout.",
            rich_help_panel=OUTPUT,
            show_default="markdown on a terminal, else json",
            case_sensitive=False,
        ),
    ] = None,
) -> None:
    """The health report: one page with everything a risk team asks, as HTML, Markdown or JSON.

    Headline and what changed, health, worst accounts, exact revaluation when prices fall, chains, oracles, proof.

    [dim]$[/] indexer report
    [dim]$[/] indexer report --format html > report.html
    [dim]$[/] indexer report --out reports
    [dim]$[/] indexer report --block 21000000 --since 20990000 --format markdown
    """
    session = Session(context.obj)
    with (
        session.snapshot(Moment(block, max_lag=max_lag)) as snapshot,
        Store.open(session.settings.database.url, read_only=True) as store,
    ):
        answer = compared_report(snapshot, store, since)
    if out is None:
        write(FORMS[_ending(form)](answer))
        return
    for path in write_report(answer, out):
        write(f"{path}\n")
    _remember(session, answer)


def _ending(form: ReportFormat | None) -> str:
    chosen = form or (ReportFormat.MARKDOWN if sys.stdout.isatty() else ReportFormat.JSON)
    return "md" if chosen is ReportFormat.MARKDOWN else chosen.value


def _remember(session: Session, answer: Answer) -> None:
    """A database that cannot be written remembers nothing; the report is there all the same."""
    try:
        with Store.open(session.settings.database.url, create=False) as store:
            remember(store, answer, keep=session.settings.report.keep, at=int(time.time()))
    except DatabaseError as error:
        _log.warning("the report is not remembered, so the next one will not compare with it", why=str(error))

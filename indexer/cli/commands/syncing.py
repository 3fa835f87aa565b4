"""`sync`: backfill, then follow."""

from enum import StrEnum
from threading import Event
from typing import Annotated

import structlog
import typer

from indexer.cli.opening import opened
from indexer.cli.progress import Watch
from indexer.cli.session import Session
from indexer.cli.signals import stopping
from indexer.errors import NodeError

_log = structlog.get_logger()


class Start(StrEnum):
    """Where a backfill's state comes from."""

    HEAD = "head"


def sync(
    context: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="Stop at the head seen at the start.")] = False,
    start: Annotated[
        Start | None,
        typer.Option(
            "--from",
            help="`head`: find accounts by logs, read their state at the head; the past cannot be asked then.",
        ),
    ] = None,
) -> None:
    """Read the chain into the database: the past with a progress bar, then block by block.

    Ctrl-C or SIGTERM ends it in order; the next `sync` goes on where this one stopped.

    [dim]$[/] indexer sync
    [dim]$[/] indexer sync --once
    [dim]$[/] INDEXER_NODE__URL=http://127.0.0.1:8545 indexer sync --from head
    """
    session = Session(context.obj)
    stop = Event()
    _ = session.settings
    with stopping(stop):
        try:
            _run(session, stop, once=once, history=start is not Start.HEAD)
        except NodeError:
            if not stop.is_set():
                raise


def _run(session: Session, stop: Event, *, once: bool, history: bool) -> None:
    with opened(session, stop) as ready:
        plain = session.settings.log.format == "json" or session.switches.quiet
        with Watch(ready.first_block, bar=False if plain else None) as watch:
            engine = ready.sync(session, watch, history=history)
            if once:
                engine.once(stop)
            else:
                engine.follow(stop)
        cursor = ready.store.cursor()
        if cursor is None:
            _log.info("stopped before anything was stored")
        else:
            word = "stopped at" if stop.is_set() else "synced to"
            _log.info(f"{word} block {cursor.number}", hash=cursor.hash, did=watch.summary())

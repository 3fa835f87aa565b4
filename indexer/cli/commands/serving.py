"""`serve`: the HTTP API without a sync."""

from threading import Event

import structlog
import typer

from indexer.api.house import build, chain_of, node_for_requests
from indexer.cli.session import Session
from indexer.cli.signals import stopping
from indexer.store import Store

_log = structlog.get_logger()


def serve(context: typer.Context) -> None:
    """The HTTP API alone, over a database that another process fills.

    It reads the database, and writes into it what the stream says. It needs no node; one that is set is asked about
    old blocks. SIGTERM or Ctrl-C ends it in order. Where it answers, and whom: [api] in the configuration.

    [dim]$[/] indexer serve
    [dim]$[/] INDEXER_API__PORT=8600 indexer serve
    """
    session = Session(context.obj)
    settings, stop = session.settings, Event()
    url = settings.database.url
    with stopping(stop), Store.open(url, read_only=True) as store, Store.open(url, create=False) as log:
        chain_id = chain_of(store)
        house = build(settings, store, chain_id=chain_id, node=node_for_requests(settings, chain_id), log=log)
        house.start()
        house.run(stop)
        _log.info("stopped")

"""`run`: the service."""

from threading import Event

import structlog
import typer

from indexer.cli.opening import opened
from indexer.cli.progress import Watch
from indexer.cli.session import Session
from indexer.cli.signals import stopping
from indexer.errors import NodeError
from indexer.schedule import Jobs, Service, report_jobs

_log = structlog.get_logger()


def run(context: typer.Context) -> None:
    """The service: follows the chain, verifies a sample and keeps house, until it is told to stop.

    SIGTERM or Ctrl-C ends it in order. What it does when: [schedule] in the configuration.

    [dim]$[/] indexer run
    """
    session = Session(context.obj)
    stop = Event()
    settings = session.settings
    with stopping(stop):
        try:
            with opened(session, stop) as ready, Watch(ready.first_block, bar=False) as watch:
                engine = ready.sync(session, watch)
                feeds = settings.feeds_of(ready.chain_id)
                jobs = Jobs(ready.store, settings.node.url, feeds, settings.schedule)
                all_jobs = [*jobs.all(), *report_jobs(ready.store, session.asked(ready.chain_id), settings.report)]
                Service(engine.follow, all_jobs, ready.store).run(stop)
                _log.info("stopped", did=watch.summary())
        except NodeError:
            if not stop.is_set():
                raise

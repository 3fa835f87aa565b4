"""`run`: the service."""

from threading import Event

import structlog
import typer

from indexer.api.house import House, build, node_for_requests
from indexer.cli.alerting import alerts_of
from indexer.cli.opening import Opened, opened
from indexer.cli.progress import Watch
from indexer.cli.session import Session
from indexer.cli.signals import stopping
from indexer.errors import NodeError
from indexer.schedule import Jobs, Service, report_jobs, snapshot_jobs
from indexer.sync.progress import Phase, Progress, Report

_COMMITTED = (Phase.FOLLOW, Phase.REORG)

_log = structlog.get_logger()


def run(context: typer.Context) -> None:
    """The service: follows the chain, answers over HTTP, verifies, keeps house, until it is told to stop.

    SIGTERM or Ctrl-C ends it in order. What it does when: [schedule] in the configuration; where it answers: [api].

    [dim]$[/] indexer run
    """
    session = Session(context.obj)
    stop = Event()
    _ = session.settings
    with stopping(stop):
        try:
            with opened(session, stop) as ready, Watch(ready.first_block, bar=False) as watch:
                _serve(session, ready, watch, stop)
                _log.info("stopped", did=watch.summary())
        except NodeError:
            if not stop.is_set():
                raise


def _serve(session: Session, ready: Opened, watch: Watch, stop: Event) -> None:
    settings = session.settings
    house = _house(session, ready)
    engine = ready.sync(session, watch if house is None else _waking(watch, house))
    living = None if house is None else house.doors.current.living
    alerts = alerts_of(settings, ready.store, session.asked(ready.chain_id), living)
    jobs = Jobs(ready.store, settings.node.url, settings.feeds_of(ready.chain_id), settings.schedule, alerts)
    scheduled = [
        *jobs.all(),
        *report_jobs(ready.store, session.asked(ready.chain_id), settings.report),
        *snapshot_jobs(ready.store, session.asked(ready.chain_id), settings.snapshot),
    ]
    service = Service(engine.follow, scheduled, ready.store, {} if house is None else {"API": house.run})
    if house is not None:
        house.pulse.scheduler_silent_s = lambda: service.silent_s
        house.pulse.rpc_requests = lambda: ready.node.rpc.http_requests
        house.start()
    try:
        service.run(stop)
    finally:
        jobs.close()


def _house(session: Session, ready: Opened) -> House | None:
    """The API, where it is turned on. Its node is another client than the follower's, which is for one thread."""
    settings = session.settings
    if not settings.api.enabled:
        return None
    return build(settings, ready.store, chain_id=ready.chain_id, node=node_for_requests(settings, ready.chain_id))


def _waking(watch: Watch, house: House) -> Report:
    """Tells both about a block: what is shown on stderr, and what is answered."""

    def report(progress: Progress) -> None:
        watch(progress)
        if progress.phase in _COMMITTED:
            house.doors.current.wake()

    return report

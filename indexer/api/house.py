"""The API as a whole, built from the settings in one place: for `run`, for `serve`, for the tests.

A new door is a router that is included in `build`, where whoever listens to each block is told, too.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI

from indexer.api import health, metrics, page
from indexer.api.access.gate import Gate
from indexer.api.access.wire import Limits
from indexer.api.app import build_app
from indexer.api.current import Current
from indexer.api.doors import Doors
from indexer.api.health import Pulse, Readiness
from indexer.api.metrics import Metrics
from indexer.api.server import Server
from indexer.api.stream import endpoint
from indexer.api.stream.announcer import Announcer
from indexer.errors import NotFoundError, ServiceError
from indexer.node import JsonRpc, Node, rpc
from indexer.reports.face import keeper
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import Store

_LOOK_EVERY_S = 0.5
_END_S = 10.0

_log = structlog.get_logger()


class SharedRpc(JsonRpc):
    """A client that any thread may use: batches queue up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - JsonRpc's own
        super().__init__(*args, **kwargs)
        self._one_at_a_time = threading.Lock()

    def batch(self, requests: Sequence[rpc.Request], *, timeouts: int | None = None) -> list[rpc.Reply]:
        """As JsonRpc, one caller after the other."""
        with self._one_at_a_time:
            return super().batch(requests, timeouts=timeouts)


@dataclass(slots=True)
class House:
    """Everything that serves. `start`, then `run` until the end."""

    doors: Doors
    app: FastAPI
    server: Server
    metrics: Metrics
    pulse: Pulse
    announcer: Announcer
    _death: BaseException | None = None

    def start(self) -> None:
        """Listen. Raises ConfigurationError, one line; DatabaseError where the stream's log cannot be read."""
        self.announcer.load()
        self.server.start()
        _log.info("the API answers", url=self.server.url)

    def run(self, stop: threading.Event) -> None:
        """Keep up with the store and serve until `stop`. Raises ServiceError when a thread of these died."""
        ended = threading.Event()
        keeping = threading.Thread(target=self._keep_up, args=(ended,), name="current", daemon=True)
        keeping.start()
        try:
            while not stop.wait(_LOOK_EVERY_S):
                if not self.server.is_alive:
                    raise ServiceError(f"the API's server died: {self.server.why_dead()}")
                if not keeping.is_alive():
                    raise ServiceError(f"the API no longer follows the database: {self._death}") from self._death
        finally:
            ended.set()
            self.doors.current.wake()
            self.announcer.close()
            self.server.stop()
            keeping.join(_END_S)

    def _keep_up(self, ended: threading.Event) -> None:
        try:
            self.doors.current.run(ended)
        except BaseException as error:  # noqa: BLE001 - told by `run`
            self._death = error
            _log.exception("the API no longer follows the database", why=f"{type(error).__name__}: {error}")


def build(
    settings: Settings,
    store: Store,
    *,
    chain_id: int,
    node: Node | None = None,
    limits: Limits | None = None,
    log: Store | None = None,
) -> House:
    """Put the API together over stores that another one closes. Nothing listens yet, and nothing is read.

    `log` is the same database, opened for writing what the stream says; None: `store` is.
    """
    doors = open_doors(settings, store, chain_id=chain_id, node=node)
    pulse = Pulse()
    counted = Metrics(doors, pulse)
    app = build_app(doors)
    announcer = Announcer(log or store, settings.stream)
    doors.current.listen(announcer)
    app.include_router(endpoint.router(doors, announcer))
    app.include_router(page.router(doors))
    app.include_router(health.router(Readiness(doors, pulse)))
    app.include_router(metrics.router(counted))
    server = Server(Gate(app, settings.api, counted.seen), settings.api, limits)
    return House(doors, app, server, counted, pulse, announcer)


def open_doors(settings: Settings, store: Store, *, chain_id: int, node: Node | None = None) -> Doors:
    """What every answer is made of. `node` is asked about blocks that the store alone cannot answer."""
    asked = Asked(
        feeds=settings.feeds_of(chain_id),
        wrappers=settings.wrappers_of(chain_id),
        block_time_s=settings.block_time_of(chain_id),
        watch_below=settings.watch.below,
        keep=keeper(settings.database.url),
    )
    current = Current(Living(store, asked), settings.schedule.poll_s)
    return Doors(store, current, settings, asked, node)


def node_for_requests(settings: Settings, chain_id: int) -> Node | None:
    """A node that all requests share, where one is set; one of another chain is passed over. Nothing is asked yet."""
    if not settings.node.url:
        return None
    client = SharedRpc(settings.node.url, timeout_s=settings.node.timeout_s, attempts=1)
    client.chain_id = chain_id
    return Node(client, finality_depth=settings.chain.finality_depth)


def chain_of(store: Store) -> int:
    """The chain of a database that only reads. Raises NotFoundError before the first sync."""
    if store.chain_id is None:
        raise NotFoundError(f"{store.name} holds nothing yet: run `indexer sync` first")
    return store.chain_id


__all__ = ["House", "build", "chain_of", "node_for_requests", "open_doors"]

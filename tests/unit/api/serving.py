"""The whole API over the small store, on a free port of this machine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from indexer.api.access.wire import Limits
from indexer.api.house import House, build, chain_of
from indexer.errors import ServiceError
from indexer.settings import Settings
from indexer.store import Store
from tests.unit.reports.stored import changes_of, write_store


@dataclass(frozen=True)
class Served:
    """A running house and a client of it."""

    house: House
    client: httpx.Client
    died: list[ServiceError] = field(default_factory=list)
    """What its `run` raised."""

    @property
    def address(self) -> tuple[str, int]:
        """For raw sockets."""
        url = httpx.URL(self.house.server.url)
        return url.host, url.port or 0


def nothing(_: House) -> None:
    """Leave the house as it is."""


@contextmanager
def served(
    folder: Path, *, limits: Limits | None = None, furnish: Callable[[House], None] = nothing, **api: Any
) -> Iterator[Served]:
    """Serve with these keys of `[api]`; ends in order."""
    url = write_store(f"sqlite:///{folder}/indexer.db", changes_of())
    settings = Settings.model_validate({"database": {"url": url}, "api": {"port": 0, **api}})
    with Store.open(url, read_only=True) as store:
        house = build(settings, store, chain_id=chain_of(store), limits=limits)
        furnish(house)
        house.start()
        stop, seen = threading.Event(), threading.Event()
        house.doors.current.listen(lambda *_: seen.set())
        died: list[ServiceError] = []

        def run() -> None:
            try:
                house.run(stop)
            except ServiceError as error:
                died.append(error)

        running = threading.Thread(target=run)
        running.start()
        try:
            assert seen.wait(10)
            with httpx.Client(base_url=house.server.url, timeout=10) as client:
                yield Served(house, client, died)
        finally:
            stop.set()
            running.join(20)
            assert not running.is_alive()

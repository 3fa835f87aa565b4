"""What every door needs: the database, the newest block, the settings, and a node where there is one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from indexer.api.current import Current
from indexer.node import Node
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.settings import Settings
from indexer.store import Store


@dataclass(frozen=True, slots=True)
class Doors:
    """Shared by all requests and threads. `asked` is what every snapshot has in common (feeds, wrappers, cuts)."""

    store: Store
    current: Current
    settings: Settings
    asked: Asked
    node: Node | None = None

    @contextmanager
    def snapshot(self, block: int | None = None, at_timestamp: int | None = None) -> Iterator[Snapshot]:
        """The newest block, or another one, which is loaded for it. Raises NotFoundError, HistoryError, UserError."""
        if block is None and at_timestamp is None:
            with self.current.living.reading() as snapshot:
                yield snapshot
            return
        asked = replace(self.asked, block=block, at_timestamp=at_timestamp, node=self.node)
        with open_snapshot(self.store, asked) as snapshot:
            yield snapshot

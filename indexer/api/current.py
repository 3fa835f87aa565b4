"""What the doors show of the newest block: it follows the store, and tells whoever listens about every step."""

import threading
from collections.abc import Callable

import structlog

from indexer.errors import DatabaseUnavailable
from indexer.reports.accounts import Filters, at_risk
from indexer.reports.living import Living, Step
from indexer.reports.rows import Row
from indexer.reports.snapshot import Snapshot

_log = structlog.get_logger()

Listener = Callable[[Snapshot, Step, list[Row]], None]
"""Called after every step with the block, the step and the watch list at it. The snapshot is only good meanwhile.

Called again with the same step where the database was away while it was told.
"""


class Current:
    """One thread (`run`) moves `living` on and tells the listeners, in their order; any thread may read."""

    def __init__(self, living: Living, poll_s: float) -> None:
        self.living = living
        self._poll_s = poll_s
        self._listeners: list[Listener] = []
        self._news = threading.Event()
        self._untold: Step | None = None

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every step from now on."""
        self._listeners.append(listener)

    def wake(self) -> None:
        """Something was committed: look now instead of at the next poll. From any thread."""
        self._news.set()

    def run(self, stop: threading.Event) -> None:
        """Follow the store until `stop` (then `wake` too, to end at once)."""
        while not stop.is_set():
            self._news.clear()
            try:
                moved = self.advance()
            except DatabaseUnavailable as error:
                _log.warning("the database cannot be read, the answers stay those of the last block", why=str(error))
                moved = False
            if not moved:
                self._news.wait(self._poll_s)

    def advance(self) -> bool:
        """One step, told to everybody. False: there was nothing new."""
        step = self._untold or self.living.step()
        if step is None:
            return False
        self._untold = step
        with self.living.reading() as snapshot:
            rows, _ = at_risk(snapshot, Filters())
            for listener in self._listeners:
                listener(snapshot, step, rows)
        self._untold = None
        return True

"""How often one client may ask: a token bucket each, and a bound on how many clients are remembered."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MOST_CLIENTS = 4_096


class Rates:
    """`burst` requests at once, `per_minute` in the long run, for every client by itself. For one thread.

    Of more than `most` clients the one that has been silent longest is forgotten: its bucket is the fullest.
    """

    def __init__(
        self, per_minute: int, burst: int, *, most: int = MOST_CLIENTS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._per_second = per_minute / 60
        self._burst = burst
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By client: how many requests it may still make, and when that was so."""

    def wait_s(self, client: str) -> float:
        """Count one request of `client`: 0 where it is allowed, else the seconds until the next one is."""
        now = self._clock()
        left, at = self._buckets.pop(client, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._per_second)
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._per_second

    def __len__(self) -> int:
        return len(self._buckets)

"""Ways through one owner's edges, backwards: what stands upstream of a collateral, and how long its chain is.

Anybody may open hundreds of positions that all stand on each other, so no step looks at more than it has to: edges are
found by where they end, and one of those between the same two positions stands for all.
"""

from collections import deque
from collections.abc import Collection, Iterable

from indexer.risk.chains import Reuse
from indexer.risk.cycles import LONGEST, source_of, target_of
from indexer.risk.footprints import Account

_MOST = 1_000

Way = tuple[Reuse, ...]
"""Consecutive edges."""


class Ways:
    """The edges of one owner."""

    def __init__(self, edges: Iterable[Reuse]) -> None:
        self._into: dict[Account, dict[Account, Reuse]] = {}
        for edge in edges:
            self._into.setdefault(target_of(edge), {}).setdefault(source_of(edge), edge)
        self._upstream: dict[Account, frozenset[Account]] = {}

    def nearest(self, edge: Reuse, wanted: Collection[Account]) -> Way | None:
        """The shortest way that ends with this edge and begins at one of these; None: there is none.

        The edge's own target is not upstream of itself.
        """
        start, end = source_of(edge), target_of(edge)
        if self._all_upstream(start).isdisjoint(wanted):
            return None
        if start in wanted and start != end:
            return (edge,)
        seen = {start, end}
        waiting: deque[tuple[Account, Way]] = deque([(start, (edge,))])
        while waiting:
            place, way = waiting.popleft()
            for before, step in self._into.get(place, {}).items():
                if before in seen:
                    continue
                if before in wanted:
                    return (step, *way)
                seen.add(before)
                waiting.append((before, (step, *way)))
        return None

    def longest(self, edge: Reuse) -> Way:
        """The longest way that ends with this edge and passes no position twice, of those found in `_MOST` tries."""
        best: Way = (edge,)
        waiting = [(source_of(edge), best, frozenset((source_of(edge), target_of(edge))))]
        for _ in range(_MOST):
            if not waiting or len(best) == LONGEST:
                break
            place, way, passed = waiting.pop()
            best = max(best, way, key=len)
            if len(way) < LONGEST:
                waiting += [
                    (before, (step, *way), passed | {before})
                    for before, step in self._into.get(place, {}).items()
                    if before not in passed
                ]
        return best

    def _all_upstream(self, start: Account) -> frozenset[Account]:
        """The position and everything from which a way leads to it."""
        found = self._upstream.get(start)
        if found is None:
            seen, waiting = {start}, [start]
            while waiting:
                fresh = self._into.get(waiting.pop(), {}).keys() - seen
                seen |= fresh
                waiting += fresh
            found = self._upstream[start] = frozenset(seen)
        return found

"""Cycles: debt that comes back, over other positions, to where it was borrowed.

The gain of a cycle is the product of what each collateral in it lets borrow (its loan-to-value): of one unit that goes
in, that much may come round. Near 1 the cycle feeds itself almost without end; what it can carry is bounded by its
thinnest edge. A position that lends on what it owes itself (a loop) is the shortest cycle.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import networkx as nx

from indexer.risk.chains import Leg, Reuse
from indexer.risk.footprints import Account
from indexer.risk.measures import cycle_gain

LONGEST = 6
"""Positions in a cycle or a path; longer ones are not looked for."""
_MOST = 1_000
Limit = Callable[[Leg], Fraction | None]
"""What a collateral lets its account borrow, as a share of its value; None: not known."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """Edges that lead from a position back to it, in order."""

    edges: tuple[Reuse, ...]
    gain: Fraction | None
    """The product of the loan-to-values; None where one is not known."""


def source_of(edge: Reuse) -> Account:
    """The position that owes."""
    return Account(edge.source.side.deployment, edge.source.side.account)


def target_of(edge: Reuse) -> Account:
    """The position that has put it up again."""
    return Account(edge.target.side.deployment, edge.target.side.account)


def cycles(edges: Sequence[Reuse], limit: Limit) -> list[Cycle]:
    """The cycles of one owner, strongest first.

    Between two positions the edge that lets borrow most stands for all. An owner with very many positions has more
    cycles than anybody reads: `_MOST` are looked at.
    """
    strongest: dict[tuple[Account, Account], Reuse] = {}
    for edge in edges:
        key = source_of(edge), target_of(edge)
        if key not in strongest or _strength(edge, limit) > _strength(strongest[key], limit):
            strongest[key] = edge
    graph = nx.DiGraph(strongest.keys())
    found = []
    for nodes in islice(nx.simple_cycles(graph, length_bound=LONGEST), _MOST):
        start = nodes.index(min(nodes))
        turned = [*nodes[start:], *nodes[:start]]
        steps = tuple(strongest[pair] for pair in zip(turned, [*turned[1:], turned[0]], strict=True))
        found.append(Cycle(steps, _product(limit(edge.target) for edge in steps)))
    return sorted(found, key=lambda cycle: (-(cycle.gain or 0), len(cycle.edges), _names(cycle)))


def gain_of(edge: Reuse, found: Iterable[Cycle], limit: Limit) -> Fraction | None:
    """The strongest gain of a cycle through this edge, with the edge's own loan-to-value; None: in none, or unknown."""
    gains = []
    for cycle in found:
        for place, step in enumerate(cycle.edges):
            if (source_of(step), target_of(step)) == (source_of(edge), target_of(edge)):
                others = (each for index, each in enumerate(cycle.edges) if index != place)
                gains.append(_product((limit(edge.target), *(limit(each.target) for each in others))))
    return max((gain for gain in gains if gain is not None), default=None)


def ancestors(edge: Reuse, edges: Sequence[Reuse]) -> Iterator[tuple[Reuse, ...]]:
    """The shortest way from each position upstream that ends with this edge, nearest first."""
    seen = {target_of(edge), source_of(edge)}
    waiting: deque[tuple[Reuse, ...]] = deque([(edge,)])
    while waiting:
        way = waiting.popleft()
        yield way
        for before in edges:
            if target_of(before) == source_of(way[0]) and source_of(before) not in seen:
                seen.add(source_of(before))
                waiting.append((before, *way))


def longest(edge: Reuse, edges: Sequence[Reuse]) -> tuple[Reuse, ...]:
    """The longest way that ends with this edge and passes no position twice, of those found in `_MOST` tries."""
    best: tuple[Reuse, ...] = (edge,)
    waiting = [best]
    for _ in range(_MOST):
        if not waiting:
            break
        way = waiting.pop()
        best = max(best, way, key=len)
        passed = {target_of(step) for step in way} | {source_of(way[0])}
        if len(way) < LONGEST:
            before = (each for each in edges if target_of(each) == source_of(way[0]))
            waiting += [(each, *way) for each in before if source_of(each) not in passed]
    return best


def _strength(edge: Reuse, limit: Limit) -> Fraction:
    return limit(edge.target) or Fraction(0)


def _product(factors: Iterable[Fraction | None]) -> Fraction | None:
    known = list(factors)
    return None if None in known else cycle_gain(factor for factor in known if factor is not None)


def _names(cycle: Cycle) -> tuple[str, ...]:
    return tuple(name for edge in cycle.edges for name in edge.path)

"""Cycles: debt that comes back, over other positions, to where it was borrowed.

The gain of a cycle is the product of what each collateral in it lets borrow (its loan-to-value): of one unit that goes
in, that much may come round. Near 1 the cycle feeds itself almost without end; what it can carry is bounded by its
thinnest edge. A position that lends on what it owes itself (a loop) is the shortest cycle.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
Step = tuple[Account, Account]
"""From one position to another."""


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


def step_of(edge: Reuse) -> Step:
    """From which position to which."""
    return source_of(edge), target_of(edge)


def cycles(edges: Sequence[Reuse], limit: Limit) -> list[Cycle]:
    """The cycles of one owner, strongest first.

    Between two positions the edge that lets borrow most stands for all. An owner with very many positions has more
    cycles than anybody reads: `_MOST` are looked at.
    """
    strongest: dict[Step, Reuse] = {}
    for edge in edges:
        key = step_of(edge)
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


def rests(found: Iterable[Cycle], limit: Limit) -> dict[Step, Fraction]:
    """By step of a cycle the strongest product of its other loan-to-values, of those cycles where all are known."""
    out: dict[Step, Fraction] = {}
    for cycle in found:
        limits = [limit(edge.target) for edge in cycle.edges]
        for place, edge in enumerate(cycle.edges):
            rest = _product((*limits[:place], *limits[place + 1 :]))
            if rest is not None:
                out[step_of(edge)] = max(rest, out.get(step_of(edge), Fraction(0)))
    return out


def gain_of(edge: Reuse, rest: Mapping[Step, Fraction], limit: Limit) -> Fraction | None:
    """The strongest gain of a cycle through this edge, with the edge's own loan-to-value; None: in none, or unknown.

    `rest` is what `rests` says of the owner's cycles.
    """
    others = rest.get(step_of(edge))
    return None if others is None else _product((limit(edge.target), others))


def _strength(edge: Reuse, limit: Limit) -> Fraction:
    return limit(edge.target) or Fraction(0)


def _product(factors: Iterable[Fraction | None]) -> Fraction | None:
    known = list(factors)
    return None if None in known else cycle_gain(factor for factor in known if factor is not None)


def _names(cycle: Cycle) -> tuple[str, ...]:
    return tuple(name for edge in cycle.edges for name in edge.path)

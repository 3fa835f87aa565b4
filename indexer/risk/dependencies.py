"""Which protocol stands on which: sums of edges that keep their constituents, cycles among them, concentration."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import networkx as nx

from indexer.evm import Address
from indexer.risk.chains import ReceiptEdge, Reuse
from indexer.risk.cycles import LONGEST, Limit
from indexer.risk.measures import bottleneck, cycle_deposits, cycle_gain, gross_over_net, transport_maximum
from indexer.risk.owners import Price


@dataclass(slots=True)
class Dependency:
    """What the collateral of `target` owes to `source`, in the common numeraire: `high` never counts a unit twice.

    `low` adds up what is proven, `high` per owner and base asset the lesser of all his debts in `source` and all his
    collateral in `target`, and all receipts. `unknown` counts constituents that cannot be valued: they are in no sum.
    """

    source: str
    target: str
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    unknown: int = 0
    reuses: list[Reuse] = field(default_factory=list)
    receipts: list[ReceiptEdge] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ProtocolCycle:
    """Protocols that stand on each other in a circle: the strongest gain of any such chain, and its thinnest edge."""

    deployments: tuple[str, ...]
    ltvs: tuple[Fraction, ...] | None
    """The highest loan-to-value at each of them; None where one is not known."""
    bottleneck: Fraction

    @property
    def gain(self) -> Fraction | None:
        """What comes back of one unit sent once around."""
        return None if self.ltvs is None else cycle_gain(self.ltvs)

    @property
    def gross_over_net(self) -> Fraction | None:
        """The most that can stand in all of them together for one unit of equity; None without an end or unknown."""
        if self.ltvs is None or cycle_gain(self.ltvs) >= 1:
            return None
        return gross_over_net(cycle_deposits(Fraction(1), self.ltvs), Fraction(1))


def dependencies(reuses: Iterable[Reuse], receipts: Iterable[ReceiptEdge], price: Price) -> list[Dependency]:
    """One a pair of deployments, largest first; a deployment may depend on itself."""
    found: dict[tuple[str, str], Dependency] = {}
    for edge in reuses:
        of = _between(found, edge.source.side.deployment, edge.target.side.deployment)
        of.reuses.append(edge)
    for receipt in receipts:
        _between(found, receipt.deployment, receipt.target.side.deployment).receipts.append(receipt)
    for of in found.values():
        _add_reuses(of, price)
        _add_receipts(of, price)
    return sorted(found.values(), key=lambda of: (-of.high, of.source, of.target))


def protocol_cycles(found: Sequence[Dependency], limit: Limit) -> list[ProtocolCycle]:
    """The circles among different deployments, strongest first."""
    by_pair = {(of.source, of.target): of for of in found if of.source != of.target}
    out = []
    for nodes in nx.simple_cycles(nx.DiGraph(by_pair.keys()), length_bound=LONGEST):
        start = nodes.index(min(nodes))
        turned = [*nodes[start:], *nodes[:start]]
        steps = [by_pair[pair] for pair in zip(turned, [*turned[1:], turned[0]], strict=True)]
        out.append(ProtocolCycle(tuple(turned), _ltvs(steps, limit), bottleneck(of.high for of in steps)))
    return sorted(out, key=lambda cycle: (-(cycle.gain or 0), -cycle.bottleneck, cycle.deployments))


def by_base(found: Iterable[Dependency], price: Price) -> Mapping[Address, Fraction]:
    """How much of every base asset goes round: the sums of `high` by base, in the common numeraire."""
    out: dict[Address, Fraction] = {}
    for of in found:
        for base, amount in _stock(of.reuses).items():
            worth = price(base[1])
            if worth is not None:
                out[base[1]] = out.get(base[1], Fraction(0)) + amount * worth
    return out


def _between(found: dict[tuple[str, str], Dependency], source: str, target: str) -> Dependency:
    return found.setdefault((source, target), Dependency(source, target))


def _add_reuses(of: Dependency, price: Price) -> None:
    for (_, base), amount in _stock(of.reuses).items():
        worth = price(base)
        if worth is not None:
            of.high += amount * worth
    for edge in of.reuses:
        worth = price(edge.base)
        if worth is None or edge.low is None:
            of.unknown += 1
        else:
            of.low += edge.low * worth


def _stock(edges: Iterable[Reuse]) -> dict[tuple[str, Address], int]:
    """By owner and base: min(his debts here, his collateral there), each leg once."""
    legs: dict[tuple[str, Address], tuple[dict[object, int], dict[object, int]]] = {}
    for edge in edges:
        debts, collaterals = legs.setdefault((edge.source.owner, edge.base), ({}, {}))
        debts[edge.source.side, edge.source.asset] = edge.source.base_amount or 0
        collaterals[edge.target.side, edge.target.asset] = edge.target.base_amount or 0
    return {key: transport_maximum(debts.values(), puts.values()) for key, (debts, puts) in legs.items()}


def _add_receipts(of: Dependency, price: Price) -> None:
    for receipt in of.receipts:
        worth, base = None, receipt.target.base
        amount = receipt.target.base_amount
        if base is not None:
            worth = price(base)
        if worth is None or amount is None:
            of.unknown += 1
        else:
            of.low += amount * worth
            of.high += amount * worth


def _ltvs(steps: Sequence[Dependency], limit: Limit) -> tuple[Fraction, ...] | None:
    """By protocol in the order of the cycle: what its own collateral, the last step's target, lets borrow at most."""
    found = []
    for of in (steps[-1], *steps[:-1]):
        legs = [edge.target for edge in of.reuses] + [receipt.target for receipt in of.receipts]
        limits = [ltv for leg in legs if (ltv := limit(leg)) is not None]
        if not limits:
            return None
        found.append(max(limits))
    return tuple(found)

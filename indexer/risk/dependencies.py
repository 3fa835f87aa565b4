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

Key = tuple[str, Address]
"""An owner and a base asset."""


@dataclass(slots=True)
class Dependency:
    """What the collateral of `target` owes to `source`, in the common numeraire: no unit is counted twice.

    Per owner and base asset: `high` adds the lesser of all his debts in `source` and all his collateral in `target` to
    his receipts of `source`, never more than he has put up; `low` is the larger of what is proven and the receipts. Of
    a vault's receipts no more counts than it has there. `unknown` counts constituents that cannot be valued, or whose
    both ends are hearsay: they are in no sum.
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
        _add(of, price)
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


def _add(of: Dependency, price: Price) -> None:
    """Owner by owner and base by base: a collateral that is a receipt, and borrowed too, counts once."""
    stock, proven, claimed, put_up = _stock(of.reuses), _proven(of, price), _claimed(of, price), _put_up(of)
    for key in stock.keys() | claimed.keys():
        worth = price(key[1])
        if worth is not None:
            reused, receipts = stock.get(key, 0), claimed.get(key, Fraction(0))
            of.high += min(receipts + reused, Fraction(put_up[key])) * worth
            of.low += max(Fraction(min(proven.get(key, 0), reused)), receipts) * worth


def _proven(of: Dependency, price: Price) -> dict[Key, int]:
    """What transactions prove. Counts the edges that cannot be valued."""
    out: dict[Key, int] = {}
    for edge in of.reuses:
        if price(edge.base) is None or edge.low is None or edge.is_hearsay:
            of.unknown += 1
        else:
            key = edge.source.owner, edge.base
            out[key] = out.get(key, 0) + edge.low
    return out


def _put_up(of: Dependency) -> dict[Key, int]:
    """The collaterals of all edges, each once, in base units."""
    targets = [*(edge.target for edge in of.reuses), *(receipt.target for receipt in of.receipts)]
    legs = {(leg.side, leg.asset): leg for leg in targets}
    out: dict[Key, int] = {}
    for leg in legs.values():
        if leg.base is not None:
            out[leg.owner, leg.base] = out.get((leg.owner, leg.base), 0) + (leg.base_amount or 0)
    return out


def _stock(edges: Iterable[Reuse]) -> dict[Key, int]:
    """By owner and base: min(his debts here, his collateral there), each leg once.

    Nor more than the debts and collaterals together that are not hearsay: no pair of two hearsay ends carries anything.
    """
    sums: dict[Key, dict[tuple[object, bool], int]] = {}
    hearsay: dict[Key, dict[tuple[object, bool], int]] = {}
    for edge in edges:
        key = edge.source.owner, edge.base
        for leg, is_debt in ((edge.source, True), (edge.target, False)):
            of = hearsay if leg.route.is_hearsay else sums
            of.setdefault(key, {})[(leg.side, leg.asset), is_debt] = leg.base_amount or 0
    out = {}
    for key in sums.keys() | hearsay.keys():
        known, told = sums.get(key, {}), hearsay.get(key, {})
        both = (known | told).items()
        debts = [amount for (_, is_debt), amount in both if is_debt]
        puts = [amount for (_, is_debt), amount in both if not is_debt]
        out[key] = min(transport_maximum(debts, puts), sum(known.values()))
    return out


def _claimed(of: Dependency, price: Price) -> dict[Key, Fraction]:
    """What receipts stand for: through one wrapper or vault all owners together no more than it has there.

    Counts the receipts that cannot be valued.
    """
    shares: dict[tuple[Address | None, str], int] = {}
    for receipt in of.receipts:
        through = receipt.holder, receipt.market
        shares[through] = shares.get(through, 0) + (receipt.amount or 0)
    out: dict[Key, Fraction] = {}
    for receipt in of.receipts:
        base, amount = receipt.target.base, receipt.base_amount
        if base is None or price(base) is None or amount is None:
            of.unknown += 1
            continue
        told = shares[receipt.holder, receipt.market]
        there = Fraction(1) if receipt.most is None or told <= receipt.most else Fraction(receipt.most, told)
        key = receipt.target.owner, base
        out[key] = out.get(key, Fraction(0)) + amount * there
    return out


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

"""What all chains come to: protocol on protocol, cycles among them, concentration."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from indexer.reports.chains.scene import Scene
from indexer.risk.dependencies import Dependency, by_base, dependencies, protocol_cycles
from indexer.risk.measures import effective_number, herfindahl
from indexer.risk.owners import Owner

Row = dict[str, Any]


def all_dependencies(scene: Scene, owners: Sequence[Owner]) -> list[Dependency]:
    """The sums of these owners' edges, with their constituents."""
    edges = [edge for owner in owners for edge in owner.reuses]
    receipts = [edge for owner in owners for edge in owner.receipts]
    return dependencies(edges, receipts, scene.price)


def dependency_rows(found: Sequence[Dependency]) -> list[Row]:
    """Protocol on protocol, in dollars; `owners` and `edges` count the constituents, which are the rows of `chains`."""
    return [
        {
            "source": of.source,
            "target": of.target,
            "low_usd": float(of.low),
            "high_usd": float(of.high),
            "edges": len(of.reuses) + len(of.receipts),
            "owners": len({e.source.owner for e in of.reuses} | {e.target.owner for e in of.receipts}),
            "unvalued_edges": of.unknown,
        }
        for of in found
    ]


def cycle_rows(scene: Scene, found: Sequence[Dependency]) -> list[Row]:
    """Protocols that stand on each other in a circle."""
    return [
        {
            "deployments": list(cycle.deployments),
            "gain": None if cycle.gain is None else float(cycle.gain),
            "gross_over_net": None if cycle.gross_over_net is None else float(cycle.gross_over_net),
            "bottleneck_usd": float(cycle.bottleneck),
        }
        for cycle in protocol_cycles(found, scene.loan_to_value)
    ]


def concentration_row(scene: Scene, found: Sequence[Dependency]) -> Row:
    """Herfindahl-Hirschman indices of what is reused, by base asset, by protocol that put it up again, by feed."""
    by_target: dict[str, Fraction] = {}
    by_feed: dict[str, Fraction] = {}
    for of in found:
        by_target[of.target] = by_target.get(of.target, Fraction(0)) + of.high
        for edge in of.reuses:
            worth = None if edge.is_hearsay else scene.price(edge.base)
            for feed in scene.feeds(edge.target) if worth is not None else ():
                by_feed[feed] = by_feed.get(feed, Fraction(0)) + (edge.high or 0) * (worth or 0)
    return {
        **_concentration("base", by_base(found, scene.price).values()),
        **_concentration("protocol", by_target.values()),
        **_concentration("feed", by_feed.values()),
    }


def _concentration(name: str, amounts: Iterable[Fraction]) -> Row:
    """The index, and how many equal ones would be as concentrated; null of nothing."""
    found = herfindahl(amounts)
    return {
        f"hhi_by_{name}": None if found is None else float(found),
        f"effective_number_by_{name}": None if found is None else float(effective_number(found)),
    }

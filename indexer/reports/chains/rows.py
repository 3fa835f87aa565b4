"""Chains as rows: what `indexer chains` lists and what `indexer account` shows of one owner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indexer.evm import Address
from indexer.reports.chains.scene import Scene
from indexer.reports.rows import text
from indexer.risk.chains import Leg, ReceiptEdge
from indexer.risk.cycles import cycles, gain_of, rests
from indexer.risk.flags import Raised, joined
from indexer.risk.measures import loop_limit
from indexer.risk.owners import Owner
from indexer.risk.ways import Way, Ways

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChainFilters:
    """Which rows are wanted."""

    owner: str | None = None
    flag: str | None = None
    deployment: str | None = None
    min_usd: float | None = None
    limit: int | None = None


def chain_rows(scene: Scene, owners: Iterable[Owner]) -> list[Row]:
    """Every edge of these owners: the largest first, what cannot be valued last, as unknown accounts are."""
    return sorted((row for owner in owners for row in owner_rows(scene, owner)), key=_order)


def _order(row: Row) -> tuple[bool, float, str, list[str]]:
    return row["high_usd"] is None, -(row["high_usd"] or 0.0), row["owner"], row["path"]


def owner_rows(scene: Scene, owner: Owner) -> list[Row]:
    """The edges of one owner: debts that may be collateral again, then receipts of other deployments."""
    rest, ways = rests(cycles(owner.reuses, scene.loan_to_value), scene.loan_to_value), Ways(owner.reuses)
    rows = []
    for edge, flags in scene.judge.flags(owner):
        gain = gain_of(edge, rest, scene.loan_to_value)
        rows.append(_reuse_row(scene, owner, ways.longest(edge), flags, gain))
    return [*rows, *(_receipt_row(scene, owner, edge) for edge in owner.receipts)]


def passes(row: Row, filters: ChainFilters) -> bool:
    """Whether a row is wanted; what cannot be valued is not hidden by a size."""
    if filters.flag is not None and filters.flag not in row["flags"]:
        return False
    if filters.deployment is not None and filters.deployment not in row["path"]:
        return False
    return filters.min_usd is None or row["high_usd"] is None or row["high_usd"] >= filters.min_usd


def _reuse_row(scene: Scene, owner: Owner, whole: Way, flags: Sequence[Raised], gain: Fraction | None) -> Row:
    """`whole` is the longest way that ends with the row's edge."""
    edge = whole[-1]
    return {
        "owner": owner.address,
        "kind": "recursive" if edge.is_recursive else "reuse",
        "path": list(edge.path),
        "chain": list(joined(whole)),
        "chain_length": len(whole),
        **token_row(scene, edge.base),
        "low": text(edge.low),
        "high": text(edge.high),
        "total_high": text(edge.total),
        "low_usd": None if edge.is_hearsay else _usd(scene, edge.base, edge.low),
        "high_usd": None if edge.is_hearsay else _usd(scene, edge.base, edge.high),
        "state": edge.end.value,
        "flags": [each.flag.value for each in flags],
        "flag_paths": [{"flag": each.flag.value, "path": list(each.path)} for each in flags],
        "cycle_gain": None if gain is None else float(gain),
        "leverage_limit": None if gain is None or gain >= 1 else float(loop_limit(gain)),
        "tokens": _tokens(scene, edge.path),
        "source": _side(scene, owner, edge.source),
        "target": _side(scene, owner, edge.target),
    }


def _receipt_row(scene: Scene, owner: Owner, edge: ReceiptEdge) -> Row:
    """A receipt is certain: both bounds are what it stands for, no more than is there."""
    return {
        "owner": owner.address,
        "kind": "receipt",
        "path": list(edge.path),
        "chain": list(edge.path),
        "chain_length": 1,
        **token_row(scene, edge.asset),
        "low": text(edge.amount),
        "high": text(edge.amount),
        "total_high": text(edge.amount),
        "low_usd": _usd(scene, edge.asset, edge.amount),
        "high_usd": _usd(scene, edge.asset, edge.amount),
        "state": edge.end.value,
        "flags": [],
        "flag_paths": [],
        "cycle_gain": None,
        "leverage_limit": None,
        "tokens": _tokens(scene, edge.path),
        "source": {
            "deployment": edge.deployment,
            "account": None,
            "market": edge.market,
            "state": None,
            "feeds": _feeds(scene, edge.deployment, edge.market),
        },
        "target": _side(scene, owner, edge.target),
    }


def token_row(scene: Scene, asset: Address) -> Row:
    """A token as people know it."""
    token = scene.snapshot.tokens.get(asset)
    return {
        "asset": asset,
        "symbol": None if token is None else token.symbol,
        "decimals": None if token is None else token.decimals,
    }


def _tokens(scene: Scene, path: Sequence[str]) -> list[Row]:
    """The tokens a chain passes through; `kind` and `underlying` are None where a token stands for nothing else."""
    found = []
    for asset in map(Address, path[1:-1]):
        of = scene.look.conversions.get(asset)
        stands_for = (
            {"kind": None, "underlying": None} if of is None else {"kind": of.kind, "underlying": of.underlying}
        )
        found.append({**token_row(scene, asset), **stands_for})
    return found


def _feeds(scene: Scene, deployment: str, market: str) -> list[Row]:
    """The feeds behind a market's price; `name` is None where the configuration names none."""
    known = scene.snapshot.asked.feeds
    return [
        {"address": feed, "name": known[feed].name if feed in known else None}
        for feed in sorted(scene.feeds_of(deployment, market))
    ]


def _side(scene: Scene, owner: Owner, leg: Leg) -> Row:
    """One end of an edge. `position` is the account's key: with the deployment it names the position.

    `account_market` is the one market the position is about, None where a position spans markets.
    """
    holding = owner.holding(leg.side)
    return {
        "deployment": leg.side.deployment,
        "position": leg.side.account,
        "account": holding.identity.account,
        "account_market": holding.identity.market,
        "market": leg.side.market,
        "asset": leg.asset,
        "amount": str(leg.amount),
        "state": holding.health.state.value,
        "reason": None if holding.health.reason is None else holding.health.reason.value,
        "health_factor_wad": text(holding.health.health_factor_wad),
        "ownership": holding.ownership.value,
        "feeds": _feeds(scene, leg.side.deployment, leg.side.market),
    }


def _usd(scene: Scene, asset: Address, amount: int | None) -> float | None:
    worth = scene.price(asset)
    return None if worth is None or amount is None else float(amount * worth)

"""Chains as rows: what `indexer chains` lists and what `indexer account` shows of one owner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indexer.evm import Address
from indexer.reports.chains.scene import Scene
from indexer.reports.rows import text
from indexer.risk.chains import Leg, ReceiptEdge, Reuse
from indexer.risk.cycles import cycles, gain_of, longest
from indexer.risk.flags import Raised, joined
from indexer.risk.look_through import End
from indexer.risk.owners import Owner

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
    """Every edge of these owners: what cannot be valued first, then the largest."""
    return sorted((row for owner in owners for row in owner_rows(scene, owner)), key=_order)


def _order(row: Row) -> tuple[bool, float, str, list[str]]:
    return row["high_usd"] is not None, -(row["high_usd"] or 0.0), row["owner"], row["path"]


def owner_rows(scene: Scene, owner: Owner) -> list[Row]:
    """The edges of one owner: debts that may be collateral again, then receipts of other deployments."""
    found = cycles(owner.reuses, scene.loan_to_value)
    rows = []
    for edge, flags in scene.judge.flags(owner):
        gain = gain_of(edge, found, scene.loan_to_value)
        rows.append(_reuse_row(scene, owner, edge, flags, gain))
    return [*rows, *(_receipt_row(scene, owner, edge) for edge in owner.receipts)]


def passes(row: Row, filters: ChainFilters) -> bool:
    """Whether a row is wanted; what cannot be valued is not hidden by a size."""
    if filters.flag is not None and filters.flag not in row["flags"]:
        return False
    if filters.deployment is not None and filters.deployment not in row["path"]:
        return False
    return filters.min_usd is None or row["high_usd"] is None or row["high_usd"] >= filters.min_usd


def _reuse_row(scene: Scene, owner: Owner, edge: Reuse, flags: Sequence[Raised], gain: Fraction | None) -> Row:
    whole = longest(edge, owner.reuses)
    return {
        "owner": owner.address,
        "kind": "recursive" if edge.is_recursive else "reuse",
        "path": list(edge.path),
        "chain": list(joined(whole)),
        "chain_length": len(whole),
        **_base(scene, edge.base),
        "low": text(edge.low),
        "high": text(edge.high),
        "total_high": text(edge.total),
        "low_usd": _usd(scene, edge.base, edge.low),
        "high_usd": _usd(scene, edge.base, edge.high),
        "state": End.BASE.value if edge.high is not None else End.UNREADABLE.value,
        "flags": [each.flag.value for each in flags],
        "flag_paths": [{"flag": each.flag.value, "path": list(each.path)} for each in flags],
        "cycle_gain": None if gain is None else float(gain),
        "source": _side(owner, edge.source),
        "target": _side(owner, edge.target),
    }


def _receipt_row(scene: Scene, owner: Owner, edge: ReceiptEdge) -> Row:
    """A receipt is certain: both bounds are what it stands for."""
    return {
        "owner": owner.address,
        "kind": "receipt",
        "path": list(edge.path),
        "chain": list(edge.path),
        "chain_length": 1,
        **_base(scene, edge.asset),
        "low": text(edge.amount),
        "high": text(edge.amount),
        "total_high": text(edge.amount),
        "low_usd": _usd(scene, edge.asset, edge.amount),
        "high_usd": _usd(scene, edge.asset, edge.amount),
        "state": End.BASE.value if edge.amount is not None else End.UNREADABLE.value,
        "flags": [],
        "flag_paths": [],
        "cycle_gain": None,
        "source": {"deployment": edge.deployment, "account": None, "market": edge.market, "state": None},
        "target": _side(owner, edge.target),
    }


def _base(scene: Scene, asset: Address) -> Row:
    token = scene.snapshot.tokens.get(asset)
    return {
        "asset": asset,
        "symbol": None if token is None else token.symbol,
        "decimals": None if token is None else token.decimals,
    }


def _side(owner: Owner, leg: Leg) -> Row:
    holding = owner.holding(leg.side)
    return {
        "deployment": leg.side.deployment,
        "account": holding.identity.account,
        "market": leg.side.market,
        "asset": leg.asset,
        "amount": str(leg.amount),
        "state": holding.health.state.value,
        "reason": None if holding.health.reason is None else holding.health.reason.value,
        "health_factor_wad": text(holding.health.health_factor_wad),
        "ownership": holding.ownership.value,
    }


def _usd(scene: Scene, asset: Address, amount: int | None) -> float | None:
    worth = scene.price(asset)
    return None if worth is None or amount is None else float(amount * worth)

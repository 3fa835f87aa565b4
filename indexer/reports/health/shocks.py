"""The named shocks: what each strikes, what becomes liquidatable, and why one does not apply."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indexer.evm import Address
from indexer.reports.health.assets import Assets
from indexer.reports.health.formats import MINUS
from indexer.reports.health.stressed import Stressed
from indexer.reports.snapshot import Snapshot
from indexer.reports.text import symbol
from indexer.risk.contagion.falls import Falls

Row = dict[str, Any]
STABLECOINS = 3
"""So many of those with the most collateral behind them fall one by one."""
POINTS_BPS = 500


@dataclass(frozen=True, slots=True)
class Named:
    """A shock as the report lists it. Without tokens and without points it does not apply, and `why_not` says why."""

    name: str
    tokens: Sequence[Address]
    fall: Fraction
    points_bps: int = 0
    why_not: str | None = None


def named_shocks(assets: Assets, snapshot: Snapshot) -> Iterator[Named]:
    """Ether, stablecoins, staked ether, liquidation thresholds. A stranger's symbol is short and harmless in a name."""
    ether = assets.called("WETH", "ETH")
    yield Named(
        f"ETH {MINUS}30 %", ether, Fraction(30, 100), why_not="no token with a price here calls itself WETH or ETH"
    )
    largest = [base.token for base in assets.pegged[:STABLECOINS]]
    for token in largest:
        yield Named(f"{symbol(snapshot.symbol(token), token)} {MINUS}5 %", [token], Fraction(5, 100))
    everyone = [base.token for base in assets.pegged]
    if len(everyone) != 1:
        no_peg = "no base asset behind collateral is priced near one dollar"
        yield Named(f"every stablecoin {MINUS}5 %", everyone, Fraction(5, 100), why_not=no_peg)
    no_staking = "no staked ether is known here ([[wrappers]] can name it)"
    yield Named(f"staked ether {MINUS}10 % against ether", assets.staking, Fraction(10, 100), why_not=no_staking)
    yield Named(f"liquidation thresholds {MINUS}5 points", (), Fraction(0), POINTS_BPS)


def shock_rows(stressed: Stressed, assets: Assets, snapshot: Snapshot) -> list[Row]:
    """One row a shock; figures are None where it does not apply."""
    return [_row(stressed, assets, shock, snapshot) for shock in named_shocks(assets, snapshot)]


def _row(stressed: Stressed, assets: Assets, shock: Named, snapshot: Snapshot) -> Row:
    names = sorted(stressed.scene.views)
    able = [name for name in names if stressed.stress.lowers_thresholds(name)] if shock.points_bps else names
    applies = bool(shock.tokens or (shock.points_bps and able))
    row: Row = {
        "name": shock.name,
        "fall": float(shock.fall) if shock.tokens else None,
        "points_bps": shock.points_bps or None,
        "tokens": [{"asset": token, "symbol": snapshot.symbol(token)} for token in shock.tokens],
        "affected": [{"asset": token, "symbol": snapshot.symbol(token)} for token in assets.affected(shock.tokens)],
        "applies": applies,
        "why_not": None if applies else shock.why_not or "no protocol here can lower the threshold of an open position",
        "not_applied_to": [],
        "figures": None,
    }
    if applies:
        falls = stressed.falls(shock.tokens, shock.fall) if shock.tokens else Falls(stressed.backings)
        outcome = stressed.stress.under(falls, shock.points_bps)
        row["not_applied_to"] = [name for name in names if name not in able]
        row["unmoved"] = sorted(outcome.unmoved)
        row["figures"] = stressed.figures(outcome, falls)
    return row

"""Measures of one account, beside its exact integers: floats, for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from indexer.protocols._interface import PositionRow
from indexer.reports.accounts import Listed
from indexer.reports.price_paths import Measure, paths_of
from indexer.reports.rows import Row
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.risk.measures import effective_number, herfindahl
from indexer.risk.metrics.distance import bad_debt_fall, liquidation_probability, log_distance, price_fall
from indexer.risk.metrics.haircut import DAY_S, after_haircuts, volatility_haircut
from indexer.risk.metrics.ratios import borrowable, efficiency, over_collateralization
from indexer.risk.metrics.volatility import FEWEST_MOVES, Volatility, ratio_path, volatility_of
from indexer.units import PERCENTAGE_FACTOR
from indexer.words import State

HAIRCUT = 0.1
HORIZONS = {"1d": DAY_S, "7d": 7 * DAY_S, "30d": 30 * DAY_S}


@dataclass(frozen=True, slots=True)
class Measured:
    """What is asked of an account beyond its row."""

    haircut: float = HAIRCUT
    """What a hurried sale loses of the collateral's value, as a share."""
    target_wad: int | None = None
    """The health factor to reach."""


def metrics_row(snapshot: Snapshot, account: Listed, measured: Measured) -> Row:
    """All null for an unknown account; null one by one where there is no debt, or too little to measure by."""
    positions = _known_positions(snapshot, account)
    collateral, weighted, debt = (_integer(account.row, name) for name in ("collateral_value", *_COMPARED))
    factor = Fraction(weighted, debt) if weighted and debt else None
    ratio = account.row["collateralization_ratio"]
    moves = _volatility(snapshot, account.found, account.key, positions) if factor is not None else None
    annual = None if moves is None else moves.volatility.annual
    cut = None if annual is None else volatility_haircut(annual)
    beyond = None if collateral is None or debt is None else over_collateralization(collateral, debt)
    return {
        "over_collateralization": _float(beyond),
        "haircut": measured.haircut,
        "haircut_ratio": None if ratio is None else after_haircuts(ratio, measured.haircut, 0.0),
        "volatility": annual,
        "volatility_standard_error": None if moves is None else moves.volatility.standard_error,
        "volatility_from": None if moves is None else moves.measure.value,
        "volatility_moves": None if moves is None else moves.volatility.moves,
        "volatility_missing": _missing(account.row, moves),
        "volatility_haircut": cut,
        "volatility_adjusted_ratio": None if ratio is None or cut is None else after_haircuts(ratio, 0.0, cut),
        "distance_to_liquidation": None if factor is None else log_distance(factor),
        "price_fall": None if factor is None else _float(price_fall(factor)),
        "bad_debt_fall": _bad_debt_fall(snapshot, account, factor, collateral, weighted),
        "liquidation_probability": _probabilities(factor, annual),
        "efficiency": _efficiency(account, positions, debt),
        "diversification": _diversification(positions),
    }


_COMPARED = ("weighted_collateral_value", "debt_value")


@dataclass(frozen=True, slots=True)
class _Moves:
    volatility: Volatility
    measure: Measure


def _known_positions(snapshot: Snapshot, account: Listed) -> Sequence[PositionRow]:
    if account.row["state"] == State.UNKNOWN:
        return ()
    return account.found.now.positions(account.key, snapshot.at)


def _volatility(snapshot: Snapshot, found: DeploymentView, key: str, positions: Sequence[PositionRow]) -> _Moves:
    """Of weighted collateral over debt. A token that its market's price is not about is what values are counted in."""
    collateral: dict[str, float] = {}
    debt: dict[str, float] = {}
    for position in positions:
        is_priced = position.asset == found.now.priced_asset(position.market)
        name = position.market if is_priced else _COUNTED_IN
        if position.is_collateral and position.supplied_value:
            ltv = found.now.loan_to_value(key, position.market) or Fraction(1)
            collateral[name] = collateral.get(name, 0.0) + float(position.supplied_value * ltv)
        if position.borrowed_value:
            debt[name] = debt.get(name, 0.0) + float(position.borrowed_value)
    measure, paths = paths_of(snapshot, found, {name for name in (*collateral, *debt) if name != _COUNTED_IN})
    return _Moves(volatility_of(ratio_path(collateral, debt, {**paths, _COUNTED_IN: [(0, 1)]})), measure)


_COUNTED_IN = ""


def _missing(row: Row, moves: _Moves | None) -> str | None:
    """Why there is no volatility."""
    if moves is None:
        return "unknown" if row["state"] == State.UNKNOWN else "nothing to liquidate"
    if moves.volatility.annual is None:
        return f"{moves.volatility.moves} moves, {FEWEST_MOVES} needed"
    return None


def _probabilities(factor: Fraction | None, annual: float | None) -> Row:
    if factor is None or annual is None:
        return dict.fromkeys(HORIZONS)
    distance = log_distance(factor)
    return {name: liquidation_probability(distance, annual, seconds) for name, seconds in HORIZONS.items()}


def _bad_debt_fall(
    snapshot: Snapshot, account: Listed, factor: Fraction | None, collateral: int | None, weighted: int | None
) -> float | None:
    """By the threshold that the account has in all, and the largest bonus among its pairs."""
    if factor is None or not collateral or weighted is None:
        return None
    terms = account.found.now.liquidation(account.key, snapshot.at)
    bonuses = [term.bonus_bps for term in terms if term.bonus_bps is not None]
    if not bonuses:
        return None
    return float(bad_debt_fall(factor, Fraction(weighted, collateral), Fraction(max(bonuses), PERCENTAGE_FACTOR)))


def _efficiency(account: Listed, positions: Sequence[PositionRow], debt: int | None) -> float | None:
    """Debt over what the collateral would let it borrow; null where a collateral's loan to value is not known."""
    if not debt:
        return None
    pledges = []
    for position in positions:
        if position.is_collateral and position.supplied:
            ltv = account.found.now.loan_to_value(account.key, position.market)
            if ltv is None or position.supplied_value is None:
                return None
            pledges.append((position.supplied_value, ltv))
    return _float(efficiency(debt, borrowable(pledges)))


def _diversification(positions: Sequence[PositionRow]) -> Row | None:
    """Of the collateral by token and value; null without any."""
    sizes: dict[str, int] = {}
    for position in positions:
        if position.is_collateral and position.supplied:
            if position.supplied_value is None:
                return None
            sizes[position.asset] = sizes.get(position.asset, 0) + position.supplied_value
    index = herfindahl(sizes.values())
    return None if index is None else {"hhi": float(index), "effective_number": float(effective_number(index))}


def _integer(row: Row, name: str) -> int | None:
    return None if row[name] is None else int(row[name])


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)

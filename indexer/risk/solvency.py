"""Sums over the accounts of one deployment: what stands behind what is owed, by market and by value unit.

Pure, one pass, each account once. Integers are exact: they are what SQL's SUM gives over the rows of accounts and
positions. An unknown account's raw debt is summed apart; its values are not known and are in no other sum.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indexer.protocols._interface import PositionRow, ValueUnit
from indexer.words import Health, State


@dataclass(slots=True)
class MarketSums:
    """One market. Amounts in raw token units, values in its accounts' unit."""

    unit: ValueUnit
    collateral: int = 0
    """Of every account, unknown ones too: positions that count as collateral."""
    collateral_asset: str | None = None
    borrowed_asset: str | None = None
    suppliers: Counter[str] = field(default_factory=Counter)
    """Positions with a supply, by token: where a market has two, collateral and loan are apart."""
    borrowers: int = 0
    debt: Counter[State] = field(default_factory=Counter)
    debt_value: Counter[State] = field(default_factory=Counter)
    """Without those positions that have no value."""
    at_threshold: float = 0.0
    """What the contract counts of the collateral in this market, for show: see `_weigh`."""
    behind_debt: float = 0.0
    """Collateral of known borrowers, each one's divided among his debts by value, for show."""


@dataclass(slots=True)
class UnitSums:
    """All accounts whose values are in one unit: exact integers of that unit."""

    unit: ValueUnit
    accounts: int = 0
    unknown_accounts: int = 0
    """Unknown ones without debt too."""
    unvalued_accounts: int = 0
    """Known to owe nothing, with collateral that nobody can value: in no sum of collateral."""
    states: Counter[State] = field(default_factory=Counter)
    """Accounts with debt, by state."""
    collateral: int = 0
    weighted: int = 0
    debt: int = 0
    borrowers_collateral: int = 0
    """Collateral of those who owe."""
    shortfall: int = 0
    """Debt less collateral, of bad debt."""
    debt_by_state: Counter[State] = field(default_factory=Counter)
    debt_by_owner: Counter[str] = field(default_factory=Counter)
    collateral_by_asset: Counter[str] = field(default_factory=Counter)


UnitKey = tuple[str, str | None]
"""Name and token of a unit: two loan tokens are never added, though their units have one name."""


@dataclass(slots=True)
class Sums:
    """One deployment, filled by `add`. `threshold_of` gives a market's liquidation threshold, as a share."""

    threshold_of: Mapping[str, float]
    markets: dict[str, MarketSums] = field(default_factory=dict)
    units: dict[UnitKey, UnitSums] = field(default_factory=dict)

    def add(
        self, unit: ValueUnit, owner: str, health: Health, positions: Sequence[PositionRow], owes: Callable[[], bool]
    ) -> None:
        """Count one account. `owes` is asked only where the positions do not show a debt of an unknown account."""
        key = (unit.name, unit.asset)
        sums = self.units.get(key)
        if sums is None:
            sums = self.units[key] = UnitSums(unit)
        is_borrower = False
        for position in positions:
            self._add_position(unit, health.state, position)
            is_borrower = is_borrower or position.borrowed > 0
        if health.state is State.UNKNOWN:
            is_borrower = is_borrower or owes()
        sums.accounts += 1
        if is_borrower:
            sums.states[health.state] += 1
        if health.state is State.UNKNOWN:
            sums.unknown_accounts += 1
            return
        if health.collateral_value is None:
            sums.unvalued_accounts += 1
        _add_values(sums, owner, health, is_borrower=is_borrower)
        self._weigh(sums, health, positions)

    def _add_position(self, unit: ValueUnit, state: State, position: PositionRow) -> None:
        market = self.markets.get(position.market)
        if market is None:
            market = self.markets[position.market] = MarketSums(unit)
        if position.supplied:
            market.suppliers[position.asset] += 1
            if position.is_collateral:
                market.collateral += position.supplied
                market.collateral_asset = position.asset
        if position.borrowed:
            market.borrowers += 1
            market.borrowed_asset = position.asset
            market.debt[state] += position.borrowed
            if state is not State.UNKNOWN and position.borrowed_value is not None:
                market.debt_value[state] += position.borrowed_value

    def _weigh(self, sums: UnitSums, health: Health, positions: Sequence[PositionRow]) -> None:
        """Divide the account's own totals among its markets.

        Its weighted collateral by value x the market's threshold, so that thresholds of another class (an e-mode) are
        in the sum as the contract counts them; its collateral, whole, among its debts by value.
        """
        pledged = [p for p in positions if p.is_collateral and p.supplied_value]
        for position in pledged:
            sums.collateral_by_asset[position.asset] += position.supplied_value or 0
        for position, share in _shares(pledged, self._weight):
            self.markets[position.market].at_threshold += share * (health.weighted_collateral_value or 0)
        owed = [p for p in positions if p.borrowed_value]
        for position, share in _shares(owed, _owed):
            self.markets[position.market].behind_debt += share * (health.collateral_value or 0)

    def _weight(self, position: PositionRow) -> float:
        return (position.supplied_value or 0) * self.threshold_of.get(position.market, 0.0)


def _owed(position: PositionRow) -> float:
    return float(position.borrowed_value or 0)


def _shares(
    positions: Sequence[PositionRow], weight: Callable[[PositionRow], float]
) -> Iterable[tuple[PositionRow, float]]:
    """Each position's share of all weights; one position has all."""
    if len(positions) == 1:
        return [(positions[0], 1.0)]
    weights = [weight(position) for position in positions]
    total = sum(weights)
    if not total:
        return [(position, 1 / len(positions)) for position in positions]
    return [(position, each / total) for position, each in zip(positions, weights, strict=True)]


def _add_values(sums: UnitSums, owner: str, health: Health, *, is_borrower: bool) -> None:
    collateral, debt = health.collateral_value or 0, health.debt_value or 0
    sums.collateral += collateral
    sums.weighted += health.weighted_collateral_value or 0
    sums.debt += debt
    sums.debt_by_state[health.state] += debt
    if is_borrower:
        sums.borrowers_collateral += collateral
        sums.debt_by_owner[owner] += debt
    if health.state is State.BAD_DEBT:
        sums.shortfall += debt - collateral


__all__ = ["MarketSums", "Sums", "UnitKey", "UnitSums"]

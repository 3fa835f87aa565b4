"""What to repay, or to add, so that an account's health factor reaches a target."""

from collections.abc import Callable

from indexer.book import Entity
from indexer.protocols._interface import PositionRow, View
from indexer.reports.accounts import Listed
from indexer.reports.rows import Row, text
from indexer.reports.snapshot import Snapshot
from indexer.risk.metrics.target import largest_debt, smallest_supply
from indexer.units import WAD
from indexer.words import Health, State

_MOST = 2**127
"""Stored units beyond which no contract keeps a balance."""


class _Trial:
    """One account alone, in which one stored integer at a time is changed; health and amounts are the protocol's."""

    def __init__(self, snapshot: Snapshot, account: Listed) -> None:
        name = account.found.deployment.name
        self._name, self._key, self._at = name, account.key, snapshot.at
        self._rows = snapshot.book[name].only(account.key)
        self._view: View = account.found.over(self._rows)

    def stored(self, market: str, field: str) -> int:
        """Stored units of a position."""
        return self._rows.position_field(self._key, market, field) or 0

    def health(self, market: str, field: str, units: int) -> Health:
        """With so many stored units."""
        before = self.stored(market, field)
        self._set(market, field, units)
        found = self._view.health(self._key, self._at, WAD)
        self._set(market, field, before)
        return found

    def position(self, like: PositionRow, field: str, units: int) -> PositionRow | None:
        """The position with so many stored units; None where nothing is left of it."""
        before = self.stored(like.market, field)
        self._set(like.market, field, units)
        rows = self._view.positions(self._key, self._at)
        self._set(like.market, field, before)
        return next((row for row in rows if (row.market, row.asset) == (like.market, like.asset)), None)

    def _set(self, market: str, field: str, units: int) -> None:
        self._rows.set(Entity(self._name, market, self._key), field, units)


def targets_row(snapshot: Snapshot, account: Listed, target_wad: int) -> Row:
    """`repay_to_target` by debt and `add_to_target` by collateral: each alone reaches the target at the block's prices.

    Amounts are raw units, rounded so that the contract's own rounding still reaches it: "0" where it is reached
    already, null where no amount of this one does. Both are null for an unknown account.
    """
    row: Row = {"target_health_factor_wad": str(target_wad), "repay_to_target": None, "add_to_target": None}
    view = account.found.now
    weights = None if account.row["state"] == State.UNKNOWN else view.weights(snapshot.at)
    if weights is None:
        return row
    trial = _Trial(snapshot, account)
    positions = view.positions(account.key, snapshot.at)
    owed = [position for position in positions if position.borrowed]
    pledged = [position for position in positions if position.is_collateral and position.supplied]
    row["repay_to_target"] = [_repay(snapshot, trial, each, weights.debt_field, target_wad) for each in owed]
    row["add_to_target"] = [_add(snapshot, trial, each, weights.supply_field, target_wad) for each in pledged]
    return row


def _reaches(trial: _Trial, market: str, field: str, target_wad: int) -> Callable[[int], bool]:
    def reaches(units: int) -> bool:
        health = trial.health(market, field, units)
        if health.state is State.UNKNOWN:
            return False
        return health.health_factor_wad is None or health.health_factor_wad >= target_wad

    return reaches


def _repay(snapshot: Snapshot, trial: _Trial, position: PositionRow, field: str, target_wad: int) -> Row:
    """What is taken off is worth what it is alone, rounded up by the protocol, or what the rest is short of."""
    stored = trial.stored(position.market, field)
    kept = largest_debt(_reaches(trial, position.market, field, target_wad), stored)
    if kept is None:
        return _amount(snapshot, position, None, None)
    left = trial.position(position, field, kept)
    gone = trial.position(position, field, stored - kept)
    difference = position.borrowed - (0 if left is None else left.borrowed)
    alone = 0 if gone is None or kept in (0, stored) else gone.borrowed
    health = trial.health(position.market, field, kept)
    return _amount(snapshot, position, max(difference, alone), health)


def _add(snapshot: Snapshot, trial: _Trial, position: PositionRow, field: str, target_wad: int) -> Row:
    """Shares round down when they are minted: one unit more, but where a stored unit is a unit of the token."""
    stored = trial.stored(position.market, field)
    wanted = smallest_supply(_reaches(trial, position.market, field, target_wad), stored, _MOST)
    if wanted is None:
        return _amount(snapshot, position, None, None)
    if wanted == stored:
        return _amount(snapshot, position, 0, trial.health(position.market, field, stored))
    after = trial.position(position, field, wanted)
    fresh = trial.position(position, field, wanted - stored)
    difference = 0 if after is None else after.supplied - position.supplied
    alone = 0 if fresh is None else fresh.supplied
    is_plain = alone == wanted - stored and position.supplied == stored
    amount = max(difference, alone) + (0 if is_plain else 1)
    return _amount(snapshot, position, amount, trial.health(position.market, field, wanted))


def _amount(snapshot: Snapshot, position: PositionRow, amount: int | None, health: Health | None) -> Row:
    token = snapshot.tokens.get(position.asset)
    return {
        "market": position.market,
        "asset": position.asset,
        "symbol": snapshot.symbol(position.asset),
        "decimals": None if token is None else token.decimals,
        "amount": text(amount),
        "health_factor_wad": None if health is None else text(health.health_factor_wad),
    }

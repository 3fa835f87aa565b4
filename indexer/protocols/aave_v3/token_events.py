"""From token events to the exact scaled balance and the account's previous index.

An event tells amounts, the storage holds scaled amounts. Up to 3.4 the difference is one `rayDiv` of the amount; from
3.5 on the events tell differences of rounded balances, so the balance before (scaled balance at the previous
index) is needed, and the new scaled balance is the only one with the new balance (an index is at least one ray).
"""

from dataclasses import dataclass

from indexer.protocols.aave_v3.accrual import debt_balance, supply_balance
from indexer.protocols.aave_v3.revisions import Rounding, TokenRules
from indexer.units import ray_div_ceil, ray_div_floor, ray_div_half_up, uint256


@dataclass(frozen=True, slots=True)
class ScaledBalance:
    """`_userState` of an aToken or variable debt token: scaled balance, and the index of its last change (ray)."""

    scaled: int = 0
    index: int = 0


@dataclass(frozen=True, slots=True)
class StableDebt:
    """One account in a stable debt token: principal (token units), its own rate (ray), last update (seconds)."""

    principal: int = 0
    rate: int = 0
    updated: int = 0


def _balance(state: ScaledBalance, rules: TokenRules) -> int:
    convert = debt_balance if rules.is_debt else supply_balance
    return convert(state.scaled, state.index, rules.rounding)


def _scaled_of(balance: int, index: int, rules: TokenRules) -> int:
    """The one scaled balance whose rounded balance is `balance` (inverse of floor is ceiling, and back)."""
    return ray_div_floor(balance, index) if rules.is_debt else ray_div_ceil(balance, index)


def apply_mint(
    before: ScaledBalance, value: int, balance_increase: int, index: int, rules: TokenRules
) -> ScaledBalance:
    """The state after `Mint(caller, onBehalfOf, value, balanceIncrease, index)` of the account `onBehalfOf`.

    Also emitted by a burn smaller than the interest (value < balanceIncrease) and, for interest alone, by a
    transfer (equal). `ScaledBalanceTokenBase._mintScaled`, `_burnScaled`, `_transfer`, 3.0.1 to 3.4 and 3.5+.
    """
    if rules.rounding is Rounding.DIRECTIONAL:
        return ScaledBalance(_scaled_of(_balance(before, rules) + value, index, rules), index)
    if value >= balance_increase:
        return ScaledBalance(before.scaled + ray_div_half_up(value - balance_increase, index), index)
    return ScaledBalance(uint256(before.scaled - ray_div_half_up(balance_increase - value, index)), index)


def apply_burn(
    before: ScaledBalance, value: int, balance_increase: int, index: int, rules: TokenRules
) -> ScaledBalance:
    """The state after `Burn(from, target, value, balanceIncrease, index)` of the account `from`.

    `ScaledBalanceTokenBase._burnScaled`, 3.0 to 3.4 and 3.5+. Raises `ArithmeticOverflow` when the account had less.
    """
    if rules.rounding is Rounding.DIRECTIONAL:
        return ScaledBalance(_scaled_of(uint256(_balance(before, rules) - value), index, rules), index)
    return ScaledBalance(uint256(before.scaled - ray_div_half_up(value + balance_increase, index)), index)


def apply_transfer(
    sender: ScaledBalance, recipient: ScaledBalance, value: int, index: int, rules: TokenRules
) -> tuple[ScaledBalance, ScaledBalance]:
    """Both states after `BalanceTransfer(from, to, value, index)` between two different accounts.

    `AToken._transfer`: the value is scaled and both indices are refreshed from 3.0.1 on; in 3.0.0 it is not scaled
    and the indices stay. For a transfer to oneself use `apply_self_transfer`.
    """
    if not rules.transfers_scaled:
        scaled = ray_div_half_up(value, index)
        return (
            ScaledBalance(uint256(sender.scaled - scaled), sender.index),
            ScaledBalance(recipient.scaled + scaled, recipient.index),
        )
    return (
        ScaledBalance(uint256(sender.scaled - value), index),
        ScaledBalance(recipient.scaled + value, index),
    )


def apply_self_transfer(before: ScaledBalance, index: int, rules: TokenRules) -> ScaledBalance:
    """The state after `BalanceTransfer` from an account to itself: the balance stays, the index is refreshed."""
    return ScaledBalance(before.scaled, index if rules.transfers_scaled else before.index)


def apply_stable_mint(
    *, amount: int, current_balance: int, balance_increase: int, new_rate: int, timestamp: int
) -> StableDebt:
    """The state after a stable debt `Mint(user, onBehalfOf, amount, currentBalance, balanceIncrease, newRate, ..)`.

    `StableDebtToken.mint` and the path of `burn` that emits Mint (interest above the amount burnt), 3.0 and 3.1:
    in both `amount` is what `_mint` adds to the principal, and `newRate` is the account's own rate afterwards.
    """
    principal_before = uint256(current_balance - balance_increase)
    return StableDebt(principal_before + amount, new_rate, timestamp)


def apply_stable_burn(
    before: StableDebt, *, amount: int, current_balance: int, balance_increase: int, timestamp: int
) -> StableDebt:
    """The state after a stable debt `Burn(from, amount, currentBalance, balanceIncrease, ..)`.

    `StableDebtToken.burn`, 3.0 and 3.1: `amount` is what `_burn` takes from the principal (net of interest). The
    rate stays, until the whole debt is burnt: then rate and timestamp are 0.
    """
    principal_before = uint256(current_balance - balance_increase)
    principal = uint256(principal_before - amount)
    if principal == 0:
        return StableDebt()
    return StableDebt(principal, before.rate, timestamp)

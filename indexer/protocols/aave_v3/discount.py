"""GHO's debt token up to 3.3: an account may owe only a part of the interest since its last action.

`GhoVariableDebtToken` of aave/gho-core: the account's discount (basis points) is applied to that interest, in the
balance at once and in the scaled balance at the next action. It is set by `DiscountPercentUpdated`, which comes before
the Mint or Burn of the same action, so the action itself still uses the percentage before. 3.4 made GHO a usual
reserve.
"""

from dataclasses import dataclass, replace

from indexer.protocols.aave_v3 import token_events as decode
from indexer.protocols.aave_v3.accrual import debt_balance
from indexer.protocols.aave_v3.revisions import Rules, TokenRules
from indexer.protocols.aave_v3.state import Position
from indexer.protocols.aave_v3.token_events import ScaledBalance
from indexer.units import percent_mul_half_up, ray_div_half_up, ray_mul_half_up, uint256

LAST_POOL_REVISION = 7  # POOL_REVISION of 3.3


@dataclass(frozen=True, slots=True)
class DiscountedDebt:
    """One account in the debt token: its state, and the discount (basis points) that its next action uses."""

    state: ScaledBalance
    percent: int

    def forgiven(self, index: int) -> int:
        """The interest since the last action that is not owed, in token units."""
        scaled = self.state.scaled
        increase = ray_mul_half_up(scaled, index) - ray_mul_half_up(scaled, self.state.index)
        return percent_mul_half_up(increase, self.percent)

    def balance(self, index: int) -> int:
        """`GhoVariableDebtToken.balanceOf`."""
        return ray_mul_half_up(self.state.scaled, index) - self.forgiven(index)


def variable_debt(position: Position, index: int, rules: Rules, *, discounted: bool) -> int:
    """What the position owes at the variable rate; with `discounted`, as GHO's debt token of 3.3 and before says."""
    if discounted and position.discount and position.scaled_debt:
        state = ScaledBalance(position.scaled_debt, position.debt_index)
        return DiscountedDebt(state, position.discount).balance(index)
    return debt_balance(position.scaled_debt, index, rules.rounding)


def apply_mint(debt: DiscountedDebt, value: int, balance_increase: int, index: int, rules: TokenRules) -> ScaledBalance:
    """The state after `Mint`: a borrow, a repayment of less than the interest, a discount set anew (value = increase).

    `_mintScaled`, `_burnScaled`, `rebalanceUserDiscountPercent`, `updateDiscountDistribution`.
    """
    after = decode.apply_mint(debt.state, value, balance_increase, index, rules)
    return _without_forgiven(debt, after)


def apply_burn(debt: DiscountedDebt, value: int, balance_increase: int, index: int, rules: TokenRules) -> ScaledBalance:
    """The state after `Burn`; whoever pays the whole balance owes nothing, whatever the divisions would leave."""
    if value + balance_increase == debt.balance(index):
        return ScaledBalance(0, index)
    return _without_forgiven(debt, decode.apply_burn(debt.state, value, balance_increase, index, rules))


def _without_forgiven(debt: DiscountedDebt, after: ScaledBalance) -> ScaledBalance:
    forgiven = ray_div_half_up(debt.forgiven(after.index), after.index)
    return replace(after, scaled=uint256(after.scaled - forgiven))

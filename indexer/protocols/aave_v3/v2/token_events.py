"""From token events to the exact stored balance: in V2 an event carries the amount that was burnt or minted.

`AToken`, `VariableDebtToken` and `StableDebtToken` of protocol-v2 1.0.1.
"""

from dataclasses import dataclass

from indexer.protocols.aave_v3.accrual import compounded_interest_truncated
from indexer.protocols.aave_v3.token_events import StableDebt
from indexer.units import ray_div_half_up, ray_mul_half_up, uint256


def scaled_amount(value: int, index: int) -> int:
    """Scaled units of a Mint, Burn or BalanceTransfer of `value`: `rayDiv`, half up. In V3 transfers are scaled."""
    return ray_div_half_up(value, index)


@dataclass(frozen=True, slots=True)
class StableSupply:
    """A stable debt token's own totals: principal (token units), average rate (ray), time of the last change."""

    principal: int = 0
    average_rate: int = 0
    updated: int = 0

    def at(self, timestamp: int) -> int:
        """`StableDebtToken.totalSupply`: the principal grown at the average rate, half up."""
        if self.principal == 0:
            return 0
        interest = compounded_interest_truncated(self.average_rate, self.updated, timestamp)
        return ray_mul_half_up(self.principal, interest)


@dataclass(frozen=True, slots=True)
class StableLog:
    """What a stable debt `Mint` or `Burn` tells, without who."""

    amount: int
    current_balance: int
    balance_increase: int
    average_rate: int
    new_total: int
    timestamp: int

    @property
    def principal_before(self) -> int:
        """The stored principal before the event."""
        return uint256(self.current_balance - self.balance_increase)


def apply_stable_mint(log: StableLog, new_rate: int, total: StableSupply) -> StableDebt:
    """The debt after `StableDebtToken.Mint`.

    A loan adds the interest beside the amount; a repayment smaller than the interest is logged as a Mint of the rest.
    The logs look alike, but only a loan lets the total supply grow (`_totalSupply = previousSupply + amount`, in
    `burn` minus). A loan is preceded by Transfer(0, debtor), a repayment followed by Transfer(debtor, 0): the same.
    """
    added = log.amount + log.balance_increase if _is_loan(log, total) else log.amount
    return StableDebt(log.principal_before + added, new_rate, log.timestamp)


def apply_stable_burn(log: StableLog, before: StableDebt) -> StableDebt:
    """The debt after `StableDebtToken.Burn`: the amount is net of interest. A whole repayment resets rate and time."""
    principal = uint256(log.principal_before - log.amount)
    return StableDebt(principal, before.rate, log.timestamp) if principal else StableDebt()


def total_after(log: StableLog, *, is_mint: bool, total: StableSupply) -> StableSupply:
    """The token's totals after either event.

    `burn` sets both to 0 when the debtor's part of the average is all of it or more, but logs the difference as the
    total: an average rate of 0 tells. A loan at rate 0 leaves its total.
    """
    emptied = log.average_rate == 0 and not (is_mint and _is_loan(log, total))
    return StableSupply(0 if emptied else log.new_total, log.average_rate, log.timestamp)


def _is_loan(log: StableLog, total: StableSupply) -> bool:
    return log.new_total > total.at(log.timestamp)

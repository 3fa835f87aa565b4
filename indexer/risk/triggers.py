"""At which price one-collateral positions become liquidatable, and what a fall makes liquidatable: closed forms.

Exact fractions of one numeraire; a fall is a fraction of 1. A position is liquidatable where its health factor is
strictly below 1, as most contracts compare. Positions of several collaterals are revalued instead (`contagion`).
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Leveraged:
    """`amount` of one collateral at a liquidation threshold, against a debt whose value does not move."""

    amount: Fraction
    debt: Fraction
    threshold: Fraction

    @property
    def trigger(self) -> Fraction | None:
        """The price strictly below which it is liquidatable; None: with debt and nothing that counts, at any."""
        weighted = self.amount * self.threshold
        return self.debt / weighted if weighted else None

    def health_factor(self, price: Fraction) -> Fraction | None:
        """At a price; None without debt."""
        return self.amount * self.threshold * price / self.debt if self.debt else None


@dataclass(frozen=True, slots=True)
class Liquidatable:
    """What is liquidatable after a fall: collateral at the fallen price, and debt."""

    collateral: Fraction
    debt: Fraction


class ShockTable:
    """One sorting of the triggers answers every fall."""

    def __init__(self, positions: Iterable[Leveraged]) -> None:
        """Positions without debt are never liquidatable."""
        owing = [position for position in positions if position.debt > 0]
        always = [position for position in owing if position.trigger is None]
        rest = sorted((p.trigger, p.amount, p.debt) for p in owing if p.trigger is not None)
        self._triggers = [-trigger for trigger, _, _ in reversed(rest)]
        self._sums = [(sum((p.amount for p in always), Fraction(0)), sum((p.debt for p in always), Fraction(0)))]
        for _, amount, debt in reversed(rest):
            before = self._sums[-1]
            self._sums.append((before[0] + amount, before[1] + debt))

    def at(self, price: Fraction) -> Liquidatable:
        """Everything whose trigger is strictly above `price`."""
        amount, debt = self._sums[bisect_left(self._triggers, -price)]
        return Liquidatable(amount * price, debt)

    def after(self, price: Fraction, fall: Fraction) -> Liquidatable:
        """After `price` fell by `fall`."""
        return self.at(price * (1 - fall))


def fall_to_liquidation(health_factor: Fraction) -> Fraction:
    """How far one collateral may fall until the health factor is 1: 1 - 1 / HF; below 0 where it is there already."""
    return 1 - 1 / health_factor


def fall_to_bad_debt(health_factor: Fraction, threshold: Fraction, bonus: Fraction) -> Fraction:
    """How far it may fall until a whole liquidation leaves debt behind: 1 - LT * (1 + b) / HF."""
    return 1 - threshold * (1 + bonus) / health_factor


def is_toxic(ltv: Fraction, bonus: Fraction) -> bool:
    """Whether each partial liquidation makes the position worse, until debt is left: LTV > 1 / (1 + b)."""
    return ltv * (1 + bonus) > 1


def ltv_after(collateral: Fraction, debt: Fraction, bonus: Fraction, repaid: Fraction) -> Fraction:
    """Loan to value after `repaid` seized (1 + b) times as much. Raises ValueError where there is not that much."""
    left = collateral - repaid * (1 + bonus)
    if not 0 <= repaid <= debt or left <= 0:
        raise ValueError("more is repaid than is owed, or seized than is there")
    return (debt - repaid) / left

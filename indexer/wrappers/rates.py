"""A rate, and how far an amount converted by it can be from what the contract itself would say.

A contract that converts x to floor(x * A / B) is asked once a block, for a sample S: q = floor(S * A / B). From
q <= S * A / B < q + 1 follows x * q / S <= x * A / B < x * (q + 1) / S for every x > 0, so what the contract would
say lies between `convert(x)` = floor(x * q / S) and `most(x)` = ceil(x * (q + 1) / S) - 1, both included. The two
differ by at most ceil(x / S): by one for every x <= S, so that `convert` is exact or one less. Where they are equal
`is_exact` says so; with S = 10**36 nearly always, as x * (q + 1) / S is then only x / S above.

A contract that floors more than once on the way, or takes a fee, is its own roundings further off.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`numerator` is what `denominator` of the token were said to be worth, raw units of the underlying."""

    numerator: int
    denominator: int

    def convert(self, amount: int) -> int:
        """floor(amount * numerator / denominator): what the amount is worth, or less by no more than `slack`."""
        return amount * self.numerator // self.denominator

    def most(self, amount: int) -> int:
        """The most that the contract could say the amount is worth."""
        return (amount * (self.numerator + 1) - 1) // self.denominator if amount else 0

    def slack(self, amount: int) -> int:
        """By how much `convert` may be too low; at most ceil(amount / denominator)."""
        return self.most(amount) - self.convert(amount)

    def is_exact(self, amount: int) -> bool:
        """Whether `convert` is provably what the contract would say."""
        return self.slack(amount) == 0

"""Closed forms of loops, cycles, bounds and concentration, as exact fractions.

Amounts are of one asset or one numeraire, whichever the caller takes; ratios are fractions of 1. Nothing is rounded.
Each raises ValueError outside the numbers it is defined for. Definitions: Darlin, Papadopoulos, Tassiulas 2022
(debt-financed collateral); Heimbach and Huang, BIS WP 1171 (leverage).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod


@dataclass(frozen=True, slots=True)
class Loop:
    """Deposit, borrow, deposit again: what stands in the end."""

    collateral: Fraction
    debt: Fraction

    @property
    def equity(self) -> Fraction:
        """What the owner brought."""
        return self.collateral - self.debt

    @property
    def financed_share(self) -> Fraction:
        """The share of the collateral that is debt-financed."""
        return self.debt / self.collateral

    @property
    def leverage(self) -> Fraction:
        """Assets over equity."""
        return self.collateral / self.equity

    def health_factor(self, threshold: Fraction) -> Fraction | None:
        """Collateral at the liquidation threshold over debt; None without debt."""
        return self.collateral * threshold / self.debt if self.debt else None


def loop(equity: Fraction, ltv: Fraction, redeposits: int) -> Loop:
    """`equity` put up, and each time all of `ltv` borrowed and put up again: e * (1 - l**(N + 1)) / (1 - l)."""
    _check(equity > 0 and 0 <= ltv < 1 and redeposits >= 0)
    collateral = equity * (1 - ltv ** (redeposits + 1)) / (1 - ltv)
    return Loop(collateral, collateral - equity)


def loop_limit(ltv: Fraction) -> Fraction:
    """The leverage that no number of re-deposits passes: 1 / (1 - l)."""
    _check(0 <= ltv < 1)
    return 1 / (1 - ltv)


def cycle_gain(ltvs: Iterable[Fraction]) -> Fraction:
    """What comes back of one unit sent once around a cycle of protocols: the product of the hops' LTVs."""
    return prod(ltvs, start=Fraction(1))


def cycle_deposits(equity: Fraction, ltvs: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """The most that stands in each protocol of a cycle, first the one where the equity goes in.

    `ltvs[i]` is what protocol i lends on its deposits, which go into the next one, and from the last back to the first.
    The sum over `equity` is the cycle's gross over net.
    """
    gain = cycle_gain(ltvs)
    _check(equity > 0 and bool(ltvs) and 0 <= gain < 1)
    deposits = [equity / (1 - gain)]
    for ltv in ltvs[:-1]:
        deposits.append(deposits[-1] * ltv)
    return tuple(deposits)


def gross_over_net(deposits: Iterable[Fraction], equity: Fraction) -> Fraction:
    """How often each unit of equity is counted: gross deposits over what is behind them."""
    _check(equity > 0)
    return sum(deposits, Fraction(0)) / equity


def bottleneck(edges: Iterable[Fraction]) -> Fraction:
    """What can actually go around a cycle: its smallest edge."""
    return min(edges)


def share_price_factor(weight: Fraction, loss: Fraction) -> Fraction:
    """What is left of a receipt's rate where `weight` of it is lent to a market that loses `loss` of its supply."""
    _check(0 <= weight <= 1 and 0 <= loss <= 1)
    return 1 - weight * loss


def receipt_threshold(weight: Fraction, loss: Fraction) -> Fraction | None:
    """Accounts on that collateral alone are liquidatable with a health factor strictly below this; None: all are."""
    factor = share_price_factor(weight, loss)
    return 1 / factor if factor else None


def herfindahl(weights: Iterable[Fraction]) -> Fraction:
    """Herfindahl-Hirschman index: the sum of the squared shares, of weights of any size. Raises where all are 0."""
    sizes = list(weights)
    total = sum(sizes, Fraction(0))
    _check(total > 0 and min(sizes) >= 0)
    return sum((Fraction(size) / total) ** 2 for size in sizes) + Fraction(0)


def effective_number(weights: Iterable[Fraction]) -> Fraction:
    """As many equal shares would be as concentrated: 1 / HHI."""
    return 1 / herfindahl(weights)


@dataclass(frozen=True, slots=True)
class Traced:
    """How much of a deposit is debt-financed, by which money is taken to go first."""

    lower: int
    """Own money first."""
    pro_rata: Fraction
    upper: int
    """Borrowed money first: the stock bound."""


def traced(own: int, borrowed: int, deposited: int) -> Traced:
    """A wallet of own and borrowed units of one token, of which `deposited` are put up."""
    _check(min(own, borrowed, deposited) >= 0 and deposited <= own + borrowed)
    share = Fraction(borrowed, own + borrowed) if deposited else Fraction(0)
    return Traced(max(0, deposited - own), deposited * share, min(borrowed, deposited))


def transport_maximum(debts: Mapping[str, int], collaterals: Mapping[str, int], *, across: bool = False) -> int:
    """The most debt that can stand behind collateral elsewhere, all pairs of one asset together.

    By place. `across`: no place's debt behind its own collateral. By minimal cuts (Ford and Fulkerson): either all
    debts, or all collaterals, or all but one place's are full: that one's debt reaches every collateral but its own.
    """
    debt, collateral = sum(debts.values()), sum(collaterals.values())
    cuts = [debt, collateral]
    if across:
        cuts += [debt - own + collateral - collaterals.get(place, 0) for place, own in debts.items()]
    return min(cuts)


def _check(holds: bool) -> None:
    if not holds:
        raise ValueError("not defined for these numbers")

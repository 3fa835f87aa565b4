"""Closed forms of loops, cycles, bounds and concentration, as exact fractions.

Amounts are of one asset or one numeraire, whichever the caller takes; ratios are fractions of 1. Nothing is rounded.
Each raises ValueError outside the numbers it is defined for.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import prod


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


def herfindahl(weights: Iterable[Fraction | int]) -> Fraction | None:
    """Herfindahl-Hirschman index: the sum of the squared shares, of weights of any size, 1 where one has all.

    None where there is nothing to share.
    """
    sizes = list(weights)
    total = sum(sizes)
    _check(all(size >= 0 for size in sizes))
    return Fraction(sum(size * size for size in sizes)) / (total * total) if total else None


def effective_number(index: Fraction) -> Fraction:
    """As many equal shares would be as concentrated as this index: 1 / HHI."""
    return 1 / index


def transport_maximum(debts: Iterable[int], collaterals: Iterable[int]) -> int:
    """The most debt that can stand behind collateral of one asset, all pairs together, where any may go with any."""
    return min(sum(debts), sum(collaterals))


def _check(holds: bool) -> None:
    if not holds:
        raise ValueError("not defined for these numbers")

"""How much stands behind a debt, and how much of what could be borrowed is: exact fractions."""

from collections.abc import Iterable
from fractions import Fraction


def collateralization(collateral: int, debt: int) -> Fraction | None:
    """Collateral over debt, in one unit; None without debt."""
    return Fraction(collateral, debt) if debt else None


def over_collateralization(collateral: int, debt: int) -> Fraction | None:
    """What collateral there is beyond the debt, as a share of the debt; below 0: too little. None without debt."""
    ratio = collateralization(collateral, debt)
    return None if ratio is None else ratio - 1


def utilisation(borrowed: int, supplied: int) -> Fraction | None:
    """What is borrowed of what was supplied; None where nothing was."""
    return Fraction(borrowed, supplied) if supplied else None


def borrowable(pledges: Iterable[tuple[int, Fraction]]) -> Fraction:
    """The most that (collateral value, loan to value) pairs let an account borrow."""
    return sum((value * ltv for value, ltv in pledges), Fraction(0))


def efficiency(debt: int, most: Fraction) -> Fraction | None:
    """Debt over what the collateral would let the account borrow; above 1: no more can be. None where nothing can."""
    return debt / most if most else None

"""A running auction: its price by the clock, when it must be started again, what a buyer pays.

Source: abaci and Clipper of makerdao/dss fa4f6630afb0. Prices in ray, `lot` in wad, `tab`, `owe` and `chost` in rad.
"""

from dataclasses import dataclass
from enum import StrEnum

from indexer.errors import ArithmeticOverflow
from indexer.protocols.maker.accrual import rpow
from indexer.units import RAY, WAD, uint256


class Curve(StrEnum):
    """The three calculators of abaci.sol."""

    LINEAR = "linear"
    STAIRSTEP = "stairstep"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Abacus:
    """A calculator's words: `tau` and `step` in seconds, `cut` in ray."""

    curve: Curve
    tau: int = 0
    cut: int = 0
    step: int = 0

    def price(self, top: int, duration: int) -> int:
        """`price(top, dur)` of LinearDecrease, StairstepExponentialDecrease, ExponentialDecrease; every product down.

        Raises ArithmeticOverflow where it reverts (a step of 0 too).
        """
        if self.curve is Curve.LINEAR:
            if duration >= self.tau:
                return 0
            return uint256(top * (uint256((self.tau - duration) * RAY) // self.tau)) // RAY
        if self.curve is Curve.STAIRSTEP:
            if self.step == 0:
                raise ArithmeticOverflow(self.step)
            duration //= self.step
        return uint256(top * rpow(self.cut, duration, RAY)) // RAY


@dataclass(frozen=True, slots=True)
class Purchase:
    """What `take` moves: `slice` collateral for `owe`; `tab` and `lot` are what is left."""

    slice: int
    owe: int
    tab: int
    lot: int


class NoPartialPurchase(ArithmeticOverflow):
    """`take` says "Clipper/no-partial-purchase": no more than chost is left to raise, so all of the lot or nothing."""


def needs_redo(price: int, top: int, duration: int, *, tail: int, cusp: int) -> bool:
    """`done` of `Clipper.status`: `duration > tail || rdiv(price, top) < cusp`, the quotient rounded down."""
    if top == 0:
        raise ArithmeticOverflow(top)
    return duration > tail or uint256(price * RAY) // top < cusp


def take(tab: int, lot: int, amount: int, price: int, chost: int) -> Purchase:
    """`Clipper.take` of up to `amount`: owe = slice * price, at most tab; a rest below chost is left at chost.

    A slice cut down to its debt is owe / price, rounded down. Raises NoPartialPurchase, and ArithmeticOverflow where it
    reverts on the numbers.
    """
    part = min(lot, amount)
    owe = uint256(part * price)
    if owe > tab:
        owe = tab
        part = owe // price
    elif owe < tab and part < lot and tab - owe < chost:
        if tab <= chost:
            raise NoPartialPurchase(chost)
        owe = tab - chost
        if price == 0:
            raise ArithmeticOverflow(price)
        part = owe // price
    return Purchase(part, owe, tab - owe, lot - part)


def redo_reward(tab: int, lot: int, price: int, chost: int, *, tip: int, chip: int) -> int:
    """What `Clipper.redo` pays, in rad: that of `kick`, but only where tab and lot at the feed's price reach chost."""
    if tab < chost or uint256(lot * price) < chost:
        return 0
    return uint256(tip + uint256(tab * chip) // WAD)

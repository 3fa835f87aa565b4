"""What `Dog.bark` takes from an unsafe vault, and what `Clipper.kick` asks for it.

Source: Dog and Clipper of makerdao/dss fa4f6630afb0 (Liquidations 2.0).
"""

from dataclasses import dataclass

from indexer.protocols.maker.vault import feed_price
from indexer.units import RAY, WAD, uint256


@dataclass(frozen=True, slots=True)
class Limits:
    """The Dog's words: `chop` in wad, the rest in rad. `hole_all` and `dirt_all` are its `Hole` and `Dirt`."""

    chop: int
    hole: int
    dirt: int
    hole_all: int
    dirt_all: int

    @property
    def room(self) -> int:
        """`min(Hole - Dirt, hole - dirt)`; 0 where `bark` says "liquidation-limit-hit"."""
        return max(0, min(self.hole_all - self.dirt_all, self.hole - self.dirt))


@dataclass(frozen=True, slots=True)
class Bark:
    """Amounts of one liquidation: `dink` and `dart` in wad, `due`, `tab` and `room` in rad.

    `is_dusty`: a partial one whose own debt is below the dust: `bark` reverts.
    """

    dink: int
    dart: int
    due: int
    tab: int
    room: int
    is_dusty: bool


def bark(ink: int, art: int, rate: int, dust: int, limits: Limits) -> Bark:
    """Amounts of `Dog.bark` (makerdao/dss fa4f6630afb0); the caller knows that the vault is unsafe and room is not 0.

    dart = min(art, room * WAD / rate / chop), two divisions rounded down one after the other; a rest below the dust is
    taken too. dink = ink * dart / art and tab = dart * rate * chop / WAD round down. Raises ArithmeticOverflow where it
    reverts, for a chop of 0 as well.
    """
    room = limits.room
    dart = min(art, _divided(_divided(uint256(room * WAD), rate), limits.chop))
    is_dusty = False
    if art > dart:
        if uint256((art - dart) * rate) < dust:
            dart = art
        else:
            is_dusty = uint256(dart * rate) < dust
    dink = uint256(ink * dart) // art
    due = uint256(dart * rate)
    return Bark(dink, dart, due, uint256(due * limits.chop) // WAD, room, is_dusty)


def starting_price(val: int, par: int, buf: int) -> int:
    """`top` of `Clipper.kick` and `redo` (dss fa4f6630afb0): `rmul(getFeedPrice(), buf)`, rounded down, ray."""
    return uint256(feed_price(val, par) * buf) // RAY


def reward(tab: int, tip: int, chip: int) -> int:
    """What `Clipper.kick` pays who barked, in rad: tip + tab * chip / WAD, the product rounded down; 0 without both."""
    return uint256(tip + uint256(tab * chip) // WAD)


def _divided(value: int, by: int) -> int:
    return uint256(value) // by if by else uint256(-1)

"""What decides about one vault (urn): price with safety margin, and the comparison of `Dog.bark` and `Vat.frob`.

Units: wad 1e18 (`ink`, `art`, an oracle's `val`), ray 1e27 (`rate`, `spot`, `mat`, `par`, prices), rad (products).
"""

from indexer.errors import ArithmeticOverflow
from indexer.units import RAY, WAD, uint256

_BLN = 10**9


def feed_price(val: int, par: int) -> int:
    """The price in ray that `Spotter.poke` and `Clipper.getFeedPrice` take from an oracle's wad.

    `rdiv(mul(val, 10 ** 9), par)` of makerdao/dss 6fd7de0 (Spotter) and fa4f6630afb0 (Clipper): rounded down. Raises
    ArithmeticOverflow where they revert.
    """
    if par == 0:
        raise ArithmeticOverflow(par)
    return uint256(uint256(val * _BLN) * RAY) // par


def spot_of(price: int, mat: int) -> int:
    """`rdiv(price, mat)` of `Spotter.poke` (makerdao/dss 6fd7de0), rounded down: price over liquidation ratio."""
    if mat == 0:
        raise ArithmeticOverflow(mat)
    return uint256(price * RAY) // mat


def price_behind(spot: int, mat: int) -> int:
    """The price that a stored spot stands for: spot * mat / RAY, rounded down.

    Of ours: the contracts never turn a spot back. `spot_of` lost less than one ray unit, so this is at most
    mat / RAY units below the price that was poked.
    """
    return uint256(spot * mat) // RAY


def is_unsafe(ink: int, art: int, rate: int, spot: int) -> bool:
    """The condition of `Dog.bark`: `spot > 0 && mul(ink, spot) < mul(art, rate)`; equality is safe.

    makerdao/dss fa4f6630afb0. Raises ArithmeticOverflow where a product reverts.
    """
    return spot > 0 and uint256(ink * spot) < uint256(art * rate)


def health_factor(ink: int, art: int, rate: int, spot: int) -> int | None:
    """floor(ink * spot * 1e18 / (art * rate)); below 1e18 exactly where the two sides of `bark` are; None without debt.

    The contract has no such number. Raises ArithmeticOverflow where its products revert.
    """
    weighted, debt = uint256(ink * spot), uint256(art * rate)
    return None if debt == 0 else weighted * WAD // debt


def lowest_safe_spot(ink: int, art: int, rate: int) -> int | None:
    """The least spot at which `ink * spot >= art * rate`; None where no spot is enough."""
    return None if ink == 0 else -(-art * rate // ink)


def lowest_price_of(spot: int, mat: int) -> int:
    """The least price whose `spot_of` is at least `spot`."""
    return -(-spot * mat // RAY)


def lowest_value_of(price: int, par: int) -> int:
    """The least oracle value whose `feed_price` is at least `price`."""
    return -(-price * par // (RAY * _BLN))

"""The integer prices a protocol would read after a fall."""

from collections.abc import Iterable
from fractions import Fraction

from indexer.evm import address
from indexer.protocols._interface import ValueUnit, View
from indexer.risk.contagion.falls import Falls


def stressed_prices(view: View, markets: Iterable[str], falls: Falls) -> dict[str, int | None]:
    """By market: floor(price * left of the priced token / left of the token the price counts in).

    A price in dollars falls by the token's own factor; one in another token (ether, a loan token) by the quotient, and
    it rises where that other token falls more. Each market has one price for collateral and debt: rounded down it
    takes less than one price unit off a debt, and nothing where nothing it depends on falls. A price that is missing,
    or whose fall cannot be told, stays None. What the contract makes of a price of 0 (to some it is none) is its own.
    """
    units: dict[ValueUnit, Fraction | None] = {}
    out: dict[str, int | None] = {}
    for market in markets:
        price, out[market] = view.price_of(market), None
        if price is None:
            continue
        unit = view.price_unit(market)
        if unit not in units:
            units[unit] = left_of_unit(unit, falls)
        left, divisor = _left_of(view.priced_asset(market), falls), units[unit]
        if left is not None and divisor:
            out[market] = price * left.numerator * divisor.denominator // (left.denominator * divisor.numerator)
    return out


def left_of_unit(unit: ValueUnit, falls: Falls) -> Fraction | None:
    """What is left of what a value counts: dollars never fall. None where nobody tells which token it is."""
    if unit.is_usd:
        return Fraction(1)
    if unit.asset is None:
        return Fraction(1) if falls.is_nothing else None
    return falls.factor(unit.asset)


def _left_of(asset: str, falls: Falls) -> Fraction | None:
    try:
        return falls.factor(address(asset))
    except ValueError:  # the price of no token (an e-mode category's own source): it may fall with any of them
        return Fraction(1) if falls.is_nothing else None

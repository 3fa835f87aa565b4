"""Fixed-point helpers of Morpho Blue (@morpho-org/morpho-blue 1.0.0): MathLib and SharesMathLib, checked Solidity.

Nothing here is 512 bits wide: a product past uint256 reverts, and raises `ArithmeticOverflow`.
"""

from indexer.errors import ArithmeticOverflow
from indexer.units import WAD, mul_div_ceil, mul_div_floor, uint256

ORACLE_PRICE_SCALE = 10**36
VIRTUAL_SHARES = 10**6
VIRTUAL_ASSETS = 1
_MAX_UINT128 = 2**128 - 1


def uint128(value: int) -> int:
    """`UtilsLib.toUint128`, and checked arithmetic on uint128: reverts where 128 bits do not hold the value."""
    if 0 <= value <= _MAX_UINT128:
        return value
    raise ArithmeticOverflow(value)


def w_mul_down(x: int, y: int) -> int:
    """`MathLib.wMulDown`: x * y / 1e18, rounded down."""
    return mul_div_floor(x, y, WAD)


def w_div_down(x: int, y: int) -> int:
    """`MathLib.wDivDown`: x * 1e18 / y, rounded down."""
    return mul_div_floor(x, WAD, y)


def mul_div_up(x: int, y: int, denominator: int) -> int:
    """`MathLib.mulDivUp`: (x * y + (d - 1)) / d; the addition is checked too."""
    if denominator == 0:
        raise ArithmeticOverflow(denominator)
    uint256(x * y + (denominator - 1))
    return mul_div_ceil(x, y, denominator)


def w_div_up(x: int, y: int) -> int:
    """`MathLib.wDivUp`: x * 1e18 / y, rounded up."""
    return mul_div_up(x, WAD, y)


def w_taylor_compounded(x: int, n: int) -> int:
    """`MathLib.wTaylorCompounded`: the first three terms of e^(n x) - 1, each rounded down."""
    first = uint256(x * n)
    second = mul_div_floor(first, first, 2 * WAD)
    third = mul_div_floor(second, first, 3 * WAD)
    return uint256(first + second + third)


def to_shares_down(assets: int, total_assets: int, total_shares: int) -> int:
    """`SharesMathLib.toSharesDown`."""
    return mul_div_floor(assets, total_shares + VIRTUAL_SHARES, total_assets + VIRTUAL_ASSETS)


def to_shares_up(assets: int, total_assets: int, total_shares: int) -> int:
    """`SharesMathLib.toSharesUp`."""
    return mul_div_up(assets, total_shares + VIRTUAL_SHARES, total_assets + VIRTUAL_ASSETS)


def to_assets_down(shares: int, total_assets: int, total_shares: int) -> int:
    """`SharesMathLib.toAssetsDown`."""
    return mul_div_floor(shares, total_assets + VIRTUAL_ASSETS, total_shares + VIRTUAL_SHARES)


def to_assets_up(shares: int, total_assets: int, total_shares: int) -> int:
    """`SharesMathLib.toAssetsUp`."""
    return mul_div_up(shares, total_assets + VIRTUAL_ASSETS, total_shares + VIRTUAL_SHARES)

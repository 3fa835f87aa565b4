"""Fixed-point integers as the contracts compute them: the rounding is in the function's name.

Every function mirrors one Solidity helper and raises `ArithmeticOverflow` where Solidity's checked
arithmetic reverts (a product or sum past 2**256 - 1, a division by zero).
"""

from typing import NewType

from indexer.errors import ArithmeticOverflow

Wad = NewType("Wad", int)
"""An integer with 18 decimals."""
Ray = NewType("Ray", int)
"""An integer with 27 decimals."""
Bps = NewType("Bps", int)
"""Basis points: 10_000 is 100 %."""

WAD = 10**18
HALF_WAD = WAD // 2
RAY = 10**27
HALF_RAY = RAY // 2
PERCENTAGE_FACTOR = 10_000
HALF_PERCENTAGE_FACTOR = PERCENTAGE_FACTOR // 2
SECONDS_PER_YEAR = 31_536_000
MAX_UINT256 = 2**256 - 1
MAX_INT256 = 2**255 - 1


def uint256(value: int) -> int:
    """Return `value` if a uint256 holds it, else raise `ArithmeticOverflow` as checked Solidity reverts."""
    if 0 <= value <= MAX_UINT256:
        return value
    raise ArithmeticOverflow(value)


def _divisor(value: int) -> int:
    if value == 0:
        raise ArithmeticOverflow(value)
    return value


def mul_div_floor(a: int, b: int, denominator: int) -> int:
    """`a * b / denominator`, rounded down (plain checked Solidity)."""
    return uint256(a * b) // _divisor(denominator)


def mul_div_ceil(a: int, b: int, denominator: int) -> int:
    """`a * b / denominator`, rounded up (Aave V3.5+ `MathUtils.mulDivCeil`)."""
    return -(-uint256(a * b) // _divisor(denominator))


def wad_to_bps(value: int) -> int:
    """A factor with 18 decimals in basis points, rounded down: for people, no contract computes it."""
    return value * PERCENTAGE_FACTOR // WAD


def ray_mul_half_up(a: int, b: int) -> int:
    """`WadRayMath.rayMul`: half rounds up."""
    return uint256(a * b + HALF_RAY) // RAY


def ray_mul_floor(a: int, b: int) -> int:
    """`WadRayMath.rayMulFloor` (Aave V3.5+)."""
    return uint256(a * b) // RAY


def ray_mul_ceil(a: int, b: int) -> int:
    """`WadRayMath.rayMulCeil` (Aave V3.5+)."""
    return -(-uint256(a * b) // RAY)


def ray_div_half_up(a: int, b: int) -> int:
    """`WadRayMath.rayDiv`: half rounds up, where half is floor(b / 2)."""
    return uint256(a * RAY + b // 2) // _divisor(b)


def ray_div_floor(a: int, b: int) -> int:
    """`WadRayMath.rayDivFloor` (Aave V3.5+)."""
    return uint256(a * RAY) // _divisor(b)


def ray_div_ceil(a: int, b: int) -> int:
    """`WadRayMath.rayDivCeil` (Aave V3.5+)."""
    return -(-uint256(a * RAY) // _divisor(b))


def wad_div_half_up(a: int, b: int) -> int:
    """`WadRayMath.wadDiv`: half rounds up, where half is floor(b / 2)."""
    return uint256(a * WAD + b // 2) // _divisor(b)


def percent_mul_half_up(value: int, percentage: int) -> int:
    """`PercentageMath.percentMul`: `percentage` in basis points, half rounds up."""
    return uint256(value * percentage + HALF_PERCENTAGE_FACTOR) // PERCENTAGE_FACTOR


def percent_mul_floor(value: int, percentage: int) -> int:
    """`PercentageMath.percentMulFloor` (Aave V3.5+)."""
    return uint256(value * percentage) // PERCENTAGE_FACTOR


def percent_div_half_up(value: int, percentage: int) -> int:
    """`PercentageMath.percentDiv`: half rounds up, where half is floor(percentage / 2)."""
    return uint256(value * PERCENTAGE_FACTOR + percentage // 2) // _divisor(percentage)


def percent_div_ceil(value: int, percentage: int) -> int:
    """`PercentageMath.percentDivCeil` (Aave V3.5+)."""
    return -(-uint256(value * PERCENTAGE_FACTOR) // _divisor(percentage))

"""The Solidity libraries once more, written from the sources and not from `indexer.units`.

Names and statement order are the contracts': `WadRayMath`, `PercentageMath`, `MathUtils`, `TokenMath`.
"""
# ruff: noqa: N802

MAX = 2**256 - 1
RAY = 1_000000000000000000000000000
WAD = 1_000000000000000000
SECONDS_PER_YEAR = 365 * 24 * 60 * 60


class Revert(Exception):
    """A require, a checked operation or a division by zero."""


def require(condition: bool, reason: str) -> None:
    if not condition:
        raise Revert(reason)


def checked(value: int) -> int:
    require(0 <= value <= MAX, "panic 0x11")
    return value


def div(a: int, b: int) -> int:
    require(b != 0, "panic 0x12")
    return a // b


def rayMul(a: int, b: int) -> int:
    require(b == 0 or a <= (MAX - RAY // 2) // b, "rayMul")
    return (a * b + RAY // 2) // RAY


def rayDiv(a: int, b: int) -> int:
    require(b != 0 and a <= (MAX - b // 2) // RAY, "rayDiv")
    return (a * RAY + b // 2) // b


def rayMulFloor(a: int, b: int) -> int:
    return checked(a * b) // RAY


def rayMulCeil(a: int, b: int) -> int:
    product = checked(a * b)
    return product // RAY + (1 if product % RAY != 0 else 0)


def rayDivFloor(a: int, b: int) -> int:
    return div(checked(a * RAY), b)


def rayDivCeil(a: int, b: int) -> int:
    scaled = checked(a * RAY)
    return div(scaled, b) + (1 if scaled % b != 0 else 0)


def wadDiv(a: int, b: int) -> int:
    require(b != 0 and a <= (MAX - b // 2) // WAD, "wadDiv")
    return (a * WAD + b // 2) // b


def percentMul(value: int, percentage: int) -> int:
    require(percentage == 0 or value <= (MAX - 5000) // percentage, "percentMul")
    return (value * percentage + 5000) // 10000


def percentMulFloor(value: int, percentage: int) -> int:
    return checked(value * percentage) // 10000


def percentDiv(value: int, percentage: int) -> int:
    require(percentage != 0 and value <= (MAX - percentage // 2) // 10000, "percentDiv")
    return (value * 10000 + percentage // 2) // percentage


def percentDivCeil(value: int, percentage: int) -> int:
    require(percentage != 0, "percentDivCeil")
    val = checked(value * 10000)
    return val // percentage + (1 if val % percentage != 0 else 0)


def mulDivCeil(a: int, b: int, c: int) -> int:
    require(c != 0, "mulDivCeil")
    product = checked(a * b)
    return product // c + (1 if product % c != 0 else 0)


def calculateLinearInterest(rate: int, last: int, now: int) -> int:
    result = checked(rate * checked(now - last))
    return checked(RAY + result // SECONDS_PER_YEAR)


def calculateCompoundedInterest_3_0(rate: int, last: int, now: int) -> int:
    exp = checked(now - last)
    if exp == 0:
        return RAY
    expMinusOne = exp - 1  # noqa: N806
    expMinusTwo = exp - 2 if exp > 2 else 0  # noqa: N806
    basePowerTwo = rayMul(rate, rate) // (SECONDS_PER_YEAR * SECONDS_PER_YEAR)  # noqa: N806
    basePowerThree = rayMul(basePowerTwo, rate) // SECONDS_PER_YEAR  # noqa: N806
    secondTerm = checked(exp * expMinusOne * basePowerTwo)  # noqa: N806
    secondTerm //= 2  # noqa: N806
    thirdTerm = checked(exp * expMinusOne * expMinusTwo * basePowerThree)  # noqa: N806
    thirdTerm //= 6  # noqa: N806
    return checked(RAY + checked(rate * exp) // SECONDS_PER_YEAR + secondTerm + thirdTerm)


def calculateCompoundedInterest_3_4(rate: int, last: int, now: int) -> int:
    exp = checked(now - last)
    if exp == 0:
        return RAY
    x = (rate * exp) // SECONDS_PER_YEAR
    return RAY + x + rayMul(x, x // 2 + rayMul(x, x // 6))

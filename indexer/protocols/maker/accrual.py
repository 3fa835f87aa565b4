"""Stability fees: what `Jug.drip` would make of an ilk's rate at a timestamp.

Source: Jug of makerdao/dss 6fd7de0 (`drip`, `rpow`, `rmul`, `add`, `diff`) and `Vat.fold` it ends in.
"""

from indexer.errors import ArithmeticOverflow
from indexer.units import MAX_INT256, RAY, uint256


def rpow(x: int, n: int, b: int) -> int:
    """`Jug.rpow` (makerdao/dss 6fd7de0) and that of the abaci (fa4f6630afb0): x to the n in units of b.

    Square and multiply, half rounded up after each product: `(x * y + b / 2) / b`, where b / 2 rounds down. Raises
    ArithmeticOverflow where the contract reverts: a product past uint256. For 0 to the 0 both give b.
    """
    if x == 0:
        return b if n == 0 else 0
    half = b // 2
    z = x if n % 2 else b
    n //= 2
    while n:
        x = uint256(uint256(x * x) + half) // b
        if n % 2:
            z = uint256(uint256(z * x) + half) // b
        n //= 2
    return z


def dripped_rate(rate: int, duty: int, base: int, elapsed: int) -> int:
    """The rate that `Jug.drip` returns after `elapsed` seconds since `rho` (makerdao/dss 6fd7de0).

    `rmul(rpow(base + duty, elapsed, RAY), rate)`: the power rounds half up, the last product down. Raises
    ArithmeticOverflow where drip reverts on the numbers (`add`, `rpow`, `rmul`, `diff`) or on a time before rho.
    """
    if elapsed < 0:
        raise ArithmeticOverflow(elapsed)
    new = uint256(rpow(uint256(base + duty), elapsed, RAY) * rate) // RAY
    if new > MAX_INT256 or rate > MAX_INT256:
        raise ArithmeticOverflow(new)
    return new


def folds(art_total: int, change: int, debt: int) -> bool:
    """Whether `Vat.fold` (makerdao/dss 6fd7de0) takes a change of the rate.

    `mul(uint, int)` asks Art <= int256 and an exact product; `add(uint, int)` that debt neither wraps nor goes below 0.
    """
    product = art_total * change
    return art_total <= MAX_INT256 and -(2**255) <= product <= MAX_INT256 and 0 <= debt + product < 2**256

"""Interest of a Comet: utilisation, rates, accrued indices, principals and present values.

Source: compound-finance/comet d5a30b0a, contracts/CometWithExtendedAssetList.sol (Comet.sol computes the same) and
contracts/CometCore.sol.
"""

from indexer.protocols.compound_v3.state import (
    BASE_INDEX_SCALE,
    FACTOR_SCALE,
    Comet,
    Indices,
    RateCurve,
    Totals,
    bounded,
)
from indexer.units import mul_div_floor, uint256


def mul_factor(value: int, factor: int) -> int:
    """`mulFactor`: value * factor / 1e18, rounded down."""
    return mul_div_floor(value, factor, FACTOR_SCALE)


def present_value(principal: int, indices: Indices) -> int:
    """`presentValue`: supply and debt both rounded down in magnitude; a debt is negative."""
    if principal >= 0:
        return mul_div_floor(principal, indices.supply, BASE_INDEX_SCALE)
    return -mul_div_floor(-principal, indices.borrow, BASE_INDEX_SCALE)


def principal_value(present: int, indices: Indices) -> int:
    """`principalValue`: a supply rounded down, a debt's magnitude rounded up; int104."""
    if present >= 0:
        return bounded(mul_div_floor(present, BASE_INDEX_SCALE, indices.supply), 103)
    rounded_up = uint256(-present * BASE_INDEX_SCALE + indices.borrow - 1) // indices.borrow
    return -bounded(rounded_up, 103)


def utilization(totals: Totals) -> int:
    """`getUtilization`: borrowed over supplied, 18 decimals, at the stored indices; 0 where nothing is supplied."""
    supplied = mul_div_floor(totals.supply, totals.indices.supply, BASE_INDEX_SCALE)
    borrowed = mul_div_floor(totals.borrow, totals.indices.borrow, BASE_INDEX_SCALE)
    return mul_div_floor(borrowed, FACTOR_SCALE, supplied) if supplied else 0


def rate(curve: RateCurve, used: int) -> int:
    """`getSupplyRate`, `getBorrowRate` at a utilisation: a second, 18 decimals, each product rounded down, uint64."""
    if used <= curve.kink:
        return bounded(curve.base + mul_factor(curve.slope_low, used), 64)
    below = mul_factor(curve.slope_low, curve.kink)
    above = mul_factor(curve.slope_high, used - curve.kink)
    return bounded(curve.base + below + above, 64)


def accrued_indices(comet: Comet, at: int) -> Indices:
    """`accruedInterestIndices(at - lastAccrualTime)`: simple interest since the last accrual, rounded down, uint64.

    Raises ArithmeticOverflow before the last accrual and past uint64, where every call that accrues reverts.
    """
    totals = comet.totals
    elapsed = bounded(at - totals.last_accrual, 40)
    if elapsed == 0:
        return totals.indices
    used = utilization(totals)
    return Indices(
        _grown(totals.indices.supply, rate(comet.supply_curve, used), elapsed),
        _grown(totals.indices.borrow, rate(comet.borrow_curve, used), elapsed),
    )


def _grown(index: int, per_second: int, elapsed: int) -> int:
    return bounded(index + bounded(mul_factor(index, uint256(per_second * elapsed)), 64), 64)


def total_supply(comet: Comet, at: int) -> int:
    """`totalSupply()` at a timestamp: base units, rounded down."""
    return present_value(comet.totals.supply, accrued_indices(comet, at))


def total_borrow(comet: Comet, at: int) -> int:
    """`totalBorrow()` at a timestamp: base units, rounded down."""
    return -present_value(-comet.totals.borrow, accrued_indices(comet, at))

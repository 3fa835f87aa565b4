"""The AdaptiveCurveIrm's rate (morpho-org/morpho-blue-irm a1a87fd5: AdaptiveCurveIrm, ExpLib, MathLib, ConstantsLib).

Signed division in Solidity truncates toward zero where Python floors; shifts to the right floor in both.
"""

from dataclasses import dataclass

from indexer.protocols.morpho_blue.shares import w_div_down
from indexer.units import SECONDS_PER_YEAR, WAD

CURVE_STEEPNESS = 4 * WAD
ADJUSTMENT_SPEED = 50 * WAD // SECONDS_PER_YEAR
TARGET_UTILIZATION = 9 * WAD // 10
INITIAL_RATE_AT_TARGET = 4 * WAD // 100 // SECONDS_PER_YEAR
MIN_RATE_AT_TARGET = WAD // 1000 // SECONDS_PER_YEAR
MAX_RATE_AT_TARGET = 2 * WAD // SECONDS_PER_YEAR

_LN_2 = 693147180559945309
_LN_WEI = -41446531673892822312
_W_EXP_UPPER_BOUND = 93859467695000404319
_W_EXP_UPPER_VALUE = 57716089161558943949701069502944508345128422502756744429568


@dataclass(frozen=True, slots=True)
class CurveRate:
    """What `_borrowRate` returns: the average rate over the time elapsed, and the rate at target at its end."""

    borrow_rate: int
    rate_at_target: int


def _div_to_zero(x: int, y: int) -> int:
    quotient = abs(x) // abs(y)
    return quotient if (x < 0) == (y < 0) else -quotient


def _w_mul_to_zero(x: int, y: int) -> int:
    return _div_to_zero(x * y, WAD)


def _w_div_to_zero(x: int, y: int) -> int:
    return _div_to_zero(x * WAD, y)


def w_exp(x: int) -> int:
    """`ExpLib.wExp`: 2^q times a Taylor polynomial of the second degree in r, where x = q ln 2 + r."""
    if x < _LN_WEI:
        return 0
    if x >= _W_EXP_UPPER_BOUND:
        return _W_EXP_UPPER_VALUE
    adjustment = -(_LN_2 // 2) if x < 0 else _LN_2 // 2
    q = _div_to_zero(x + adjustment, _LN_2)
    r = x - q * _LN_2
    exp_r = WAD + r + _div_to_zero(_div_to_zero(r * r, WAD), 2)
    return exp_r << q if q >= 0 else exp_r >> -q


def _new_rate_at_target(start: int, linear_adaptation: int) -> int:
    moved = _w_mul_to_zero(start, w_exp(linear_adaptation))
    return max(min(moved, MAX_RATE_AT_TARGET), MIN_RATE_AT_TARGET)


def _curve(rate_at_target: int, error: int) -> int:
    coefficient = WAD - _w_div_to_zero(WAD, CURVE_STEEPNESS) if error < 0 else CURVE_STEEPNESS - WAD
    return _w_mul_to_zero(_w_mul_to_zero(coefficient, error) + WAD, rate_at_target)


def curve_rate(total_supply_assets: int, total_borrow_assets: int, rate_at_target: int, elapsed: int) -> CurveRate:
    """`AdaptiveCurveIrm._borrowRate` for a market that was last accrued `elapsed` seconds ago.

    Totals are those before the accrual; rates are wad per second. `rate_at_target` 0: the market's first interaction.
    """
    utilization = w_div_down(total_borrow_assets, total_supply_assets) if total_supply_assets else 0
    norm = WAD - TARGET_UTILIZATION if utilization > TARGET_UTILIZATION else TARGET_UTILIZATION
    error = _w_div_to_zero(utilization - TARGET_UTILIZATION, norm)
    if rate_at_target == 0:
        return CurveRate(_curve(INITIAL_RATE_AT_TARGET, error), INITIAL_RATE_AT_TARGET)
    linear_adaptation = _w_mul_to_zero(ADJUSTMENT_SPEED, error) * elapsed
    average = end = rate_at_target
    if linear_adaptation:
        end = _new_rate_at_target(rate_at_target, linear_adaptation)
        middle = _new_rate_at_target(rate_at_target, _div_to_zero(linear_adaptation, 2))
        average = _div_to_zero(rate_at_target + end + 2 * middle, 4)
    return CurveRate(_curve(average, error), end)

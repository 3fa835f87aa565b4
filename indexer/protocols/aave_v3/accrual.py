"""Interest at a timestamp, and the conversion between scaled balances and balances.

Rates and indices are ray. `at` is the timestamp of the block the contract would run in; an `at` before the last
update underflows in the contract and raises `ArithmeticOverflow` here.
"""

from indexer.protocols.aave_v3.revisions import Compounding, Rounding, Rules
from indexer.protocols.aave_v3.state import Position, Reserve
from indexer.units import (
    RAY,
    SECONDS_PER_YEAR,
    ray_div_ceil,
    ray_div_floor,
    ray_div_half_up,
    ray_mul_ceil,
    ray_mul_floor,
    ray_mul_half_up,
    uint256,
)


def linear_interest(rate: int, last_update: int, at: int) -> int:
    """`MathUtils.calculateLinearInterest`, all revisions: ray, rounded down."""
    elapsed = uint256(at - last_update)
    return RAY + uint256(rate * elapsed) // SECONDS_PER_YEAR


def compounded_interest_binomial(rate: int, last_update: int, at: int) -> int:
    """`MathUtils.calculateCompoundedInterest`, 3.0 to 3.3: (1 + rate per second)**elapsed to the third term."""
    elapsed = uint256(at - last_update)
    if elapsed == 0:
        return RAY
    elapsed_minus_one = elapsed - 1
    elapsed_minus_two = max(elapsed - 2, 0)
    squared_rate = ray_mul_half_up(rate, rate) // SECONDS_PER_YEAR**2
    cubed_rate = ray_mul_half_up(squared_rate, rate) // SECONDS_PER_YEAR
    first_term = uint256(rate * elapsed) // SECONDS_PER_YEAR
    second_term = uint256(elapsed * elapsed_minus_one * squared_rate) // 2
    third_term = uint256(elapsed * elapsed_minus_one * elapsed_minus_two * cubed_rate) // 6
    return uint256(RAY + first_term + second_term + third_term)


def compounded_interest_truncated(rate: int, last_update: int, at: int) -> int:
    """`MathUtils.calculateCompoundedInterest`, Aave V2: binomial, of the rate per second rounded down first."""
    elapsed = uint256(at - last_update)
    if elapsed == 0:
        return RAY
    elapsed_minus_one = elapsed - 1
    elapsed_minus_two = max(elapsed - 2, 0)
    rate_per_second = rate // SECONDS_PER_YEAR
    squared_rate = ray_mul_half_up(rate_per_second, rate_per_second)
    cubed_rate = ray_mul_half_up(squared_rate, rate_per_second)
    second_term = uint256(elapsed * elapsed_minus_one * squared_rate) // 2
    third_term = uint256(elapsed * elapsed_minus_one * elapsed_minus_two * cubed_rate) // 6
    return uint256(RAY + uint256(rate_per_second * elapsed) + second_term + third_term)


def compounded_interest_taylor(rate: int, last_update: int, at: int) -> int:
    """`MathUtils.calculateCompoundedInterest`, 3.4 and later: 1 + x + x**2/2 + x**3/6."""
    elapsed = uint256(at - last_update)
    if elapsed == 0:
        return RAY
    x = uint256(rate * elapsed) // SECONDS_PER_YEAR
    return uint256(RAY + x + ray_mul_half_up(x, x // 2 + ray_mul_half_up(x, x // 6)))


def compounded_interest(rate: int, last_update: int, at: int, rules: Rules) -> int:
    """The compounding of the revision: ray."""
    if rules.compounding is Compounding.TAYLOR:
        return compounded_interest_taylor(rate, last_update, at)
    if rules.compounding is Compounding.TRUNCATED:
        return compounded_interest_truncated(rate, last_update, at)
    return compounded_interest_binomial(rate, last_update, at)


def normalized_income(reserve: Reserve, at: int) -> int:
    """`ReserveLogic.getNormalizedIncome`, all revisions and Aave V2: the liquidity index at `at`, ray, half up."""
    if reserve.last_update == at:
        return reserve.liquidity_index
    interest = linear_interest(reserve.liquidity_rate, reserve.last_update, at)
    return ray_mul_half_up(interest, reserve.liquidity_index)


def normalized_debt(reserve: Reserve, rules: Rules, at: int) -> int:
    """`ReserveLogic.getNormalizedDebt`: the variable borrow index at `at`, ray, half up in all revisions."""
    if reserve.last_update == at:
        return reserve.variable_borrow_index
    interest = compounded_interest(reserve.variable_borrow_rate, reserve.last_update, at, rules)
    return ray_mul_half_up(interest, reserve.variable_borrow_index)


def stable_balance(position: Position, rules: Rules, at: int) -> int:
    """`StableDebtToken.balanceOf`, 3.1 and before, Aave V2: the principal grown at the account's own rate, half up."""
    if not rules.stable_debt or position.stable_principal == 0:
        return 0
    interest = compounded_interest(position.stable_rate, position.stable_updated, at, rules)
    return ray_mul_half_up(position.stable_principal, interest)


def supply_balance(scaled: int, index: int, rounding: Rounding) -> int:
    """Tokens an aToken's scaled balance is worth: `rayMul`; 3.5+ `TokenMath.getATokenBalance`, floor."""
    if rounding is Rounding.DIRECTIONAL:
        return ray_mul_floor(scaled, index)
    return ray_mul_half_up(scaled, index)


def debt_balance(scaled: int, index: int, rounding: Rounding) -> int:
    """Tokens a scaled variable debt owes: `rayMul`; 3.5+ `TokenMath.getVTokenBalance`, ceiling."""
    if rounding is Rounding.DIRECTIONAL:
        return ray_mul_ceil(scaled, index)
    return ray_mul_half_up(scaled, index)


def scaled_supply_taken(amount: int, index: int, rounding: Rounding) -> int:
    """Scaled aTokens burnt or transferred for `amount`: `rayDiv`; 3.5+ `getATokenBurnScaledAmount`, ceiling."""
    if rounding is Rounding.DIRECTIONAL:
        return ray_div_ceil(amount, index)
    return ray_div_half_up(amount, index)


def scaled_debt_burnt(amount: int, index: int, rounding: Rounding) -> int:
    """Scaled debt burnt for `amount`: `rayDiv`; 3.5+ `TokenMath.getVTokenBurnScaledAmount`, floor."""
    if rounding is Rounding.DIRECTIONAL:
        return ray_div_floor(amount, index)
    return ray_div_half_up(amount, index)

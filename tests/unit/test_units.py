"""Fixed-point helpers against the Solidity statements they mirror, reverts included."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer import units
from indexer.errors import ArithmeticOverflow
from tests.protocols.aave_v3 import solidity

MAX = 2**256 - 1
words = (
    st.integers(0, 10)
    | st.integers(0, 2**130)
    | st.integers(0, MAX)
    | st.sampled_from([10**18, 10**27, 10_000, 5_000, 2**128, 2**255, MAX])
)
TWO_ARGUMENTS: list[tuple[Callable[[int, int], int], Callable[[int, int], int]]] = [
    (units.ray_mul_half_up, solidity.rayMul),
    (units.ray_mul_floor, solidity.rayMulFloor),
    (units.ray_mul_ceil, solidity.rayMulCeil),
    (units.ray_div_half_up, solidity.rayDiv),
    (units.ray_div_floor, solidity.rayDivFloor),
    (units.ray_div_ceil, solidity.rayDivCeil),
    (units.wad_div_half_up, solidity.wadDiv),
    (units.percent_mul_half_up, solidity.percentMul),
    (units.percent_mul_floor, solidity.percentMulFloor),
    (units.percent_div_half_up, solidity.percentDiv),
    (units.percent_div_ceil, solidity.percentDivCeil),
]


def outcome(function: Callable[..., int], *args: int) -> int | None:
    """The result, None where it reverts."""
    try:
        return function(*args)
    except (solidity.Revert, ArithmeticOverflow, ZeroDivisionError):
        return None


@pytest.mark.parametrize(("ours", "theirs"), TWO_ARGUMENTS, ids=lambda function: function.__name__)
@given(words, words)
@example(MAX, 1)
@example(1, 0)
def test_is_the_contracts(ours: Callable[[int, int], int], theirs: Callable[[int, int], int], a: int, b: int) -> None:
    assert outcome(ours, a, b) == outcome(theirs, a, b)


@given(words, words, words)
def test_mul_div_ceil_is_the_contracts(a: int, b: int, c: int) -> None:
    assert outcome(units.mul_div_ceil, a, b, c) == outcome(solidity.mulDivCeil, a, b, c)


@given(words, words, words)
def test_mul_div_floor_is_a_checked_product_and_a_division(a: int, b: int, c: int) -> None:
    expected = None if a * b > MAX or c == 0 else a * b // c
    assert outcome(units.mul_div_floor, a, b, c) == expected


@pytest.mark.parametrize(
    ("function", "half", "below_half"),
    [
        (units.ray_mul_half_up, (1, 5 * 10**26), (1, 5 * 10**26 - 1)),
        (units.percent_mul_half_up, (1, 5_000), (1, 4_999)),
        (units.wad_div_half_up, (1, 2 * 10**18), (1, 2 * 10**18 + 2)),
    ],
)
def test_a_half_rounds_up(
    function: Callable[[int, int], int], half: tuple[int, int], below_half: tuple[int, int]
) -> None:
    assert function(*half) == 1
    assert function(*below_half) == 0


@pytest.mark.parametrize("value", [-1, 2**256])
def test_a_value_outside_uint256_reverts_and_is_named(value: int) -> None:
    with pytest.raises(ArithmeticOverflow) as raised:
        units.uint256(value)
    assert raised.value.value == value


def test_the_whole_uint256_fits() -> None:
    assert units.uint256(MAX) == MAX
    assert units.ray_mul_floor(MAX, 1) == MAX // 10**27

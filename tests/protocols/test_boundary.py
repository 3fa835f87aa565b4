"""The search behind every projection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.protocols._boundary import first_true


@given(st.integers(0, 2**80), st.integers(0, 2**80), st.integers(0, 2**80))
def test_it_finds_the_boundary_between_its_ends(one: int, two: int, boundary: int) -> None:
    low, high = sorted((one, two))
    found = first_true(lambda value: value >= boundary, low, high)
    assert found == (boundary if low < boundary <= high else None)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 0)])
def test_there_is_no_boundary_in_nothing(low: int, high: int) -> None:
    assert first_true(lambda value: value > low, low, high) is None

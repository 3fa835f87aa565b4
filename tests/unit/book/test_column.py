"""Columns of exact integers against a plain dict."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.book.column import IntColumn, Links

values = (
    st.none()
    | st.sampled_from([0, 1, 2**64 - 1, 2**64, 2**128 - 1, 2**128, 2**256 - 1, -1, -(2**255)])
    | st.integers(-(2**255), 2**256 - 1)
)
writes = st.lists(st.tuples(st.integers(0, 60), values), max_size=40)
ULP = 2.0**-52


@given(writes)
def test_reads_back_what_was_written_last(moves: list[tuple[int, int | None]]) -> None:
    column, model = IntColumn(2), dict[int, int | None]()
    for row, value in moves:
        column.set(row, value)
        model[row] = value
    assert [column.get(row) for row in range(70)] == [model.get(row) for row in range(70)]


@given(writes)
def test_floats_are_within_three_units_in_the_last_place(moves: list[tuple[int, int | None]]) -> None:
    column, model = IntColumn(2), dict[int, int]()
    for row, value in moves:
        column.set(row, value)
        model[row] = value or 0
    floats = column.floats(70)
    for row in range(70):
        exact = model.get(row, 0)
        assert abs(int(floats[row]) - exact) <= 3 * ULP * abs(exact)


def test_more_rows_than_were_ever_set_are_absent() -> None:
    column = IntColumn(2)
    column.set(1, 2**128)
    assert column.get(1_000_000) is None
    assert column.floats(1).tolist() == [0.0]
    assert column.floats(5).tolist() == [0.0, 2.0**128, 0.0, 0.0, 0.0]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(-1, 2**31 - 1))))
def test_links_point_nowhere_until_set(moves: list[tuple[int, int]]) -> None:
    links, model = Links(), dict[int, int]()
    for row, value in moves:
        links[row] = value
        model[row] = value
    assert [links[row] for row in range(120)] == [model.get(row, -1) for row in range(120)]


def test_a_links_array_is_the_rows_as_int32() -> None:
    links = Links()
    for row in range(20):
        links[row] = row * 2
    assert links.array(20).dtype == np.int32
    assert links.array(20).tolist() == list(range(0, 40, 2))

"""The order of a watch list."""

from typing import Any

import pytest

from indexer.risk.ranking import SortBy, best_bonus, is_executable, sort_rows

Row = dict[str, Any]


def term(bonus: float | None, *, allowed: bool = True) -> Row:
    return {"gross_bonus_usd": bonus, "allowed": allowed}


def row(account: str, health: int | None, debt: float | None, *terms: Row, **changed: str) -> Row:
    state = "unknown" if debt is None else "liquidatable"
    factor = None if health is None else str(health)
    return {
        "deployment": "a",
        "account": account,
        "state": state,
        "health_factor_wad": factor,
        "debt_usd": debt,
        "liquidation": list(terms),
    } | changed


NOBODY_KNOWS = row("0xunknown", None, None)
TINY = row("0xtiny", 9 * 10**17, 0.5, term(0.01))
WHALE = row("0xwhale", 99 * 10**16, 10**6, term(60_000.0, allowed=False), term(50_000.0))
DRY = row("0xdry", 98 * 10**16, 500.0, term(25.0, allowed=False))
ROWS = [NOBODY_KNOWS, WHALE, DRY, TINY]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (SortBy.HEALTH, [TINY, DRY, WHALE, NOBODY_KNOWS]),
        (SortBy.DEBT, [WHALE, DRY, TINY, NOBODY_KNOWS]),
        (SortBy.BONUS, [WHALE, TINY, DRY, NOBODY_KNOWS]),
    ],
)
def test_worst_first_and_unknown_last(by: SortBy, expected: list[Row]) -> None:
    assert sort_rows(ROWS, by) == expected


@pytest.mark.parametrize("by", list(SortBy))
def test_equal_rows_stand_by_deployment_and_address(by: SortBy) -> None:
    twins = [row("0x2", 10**18, 5.0), row("0x1", 10**18, 5.0, deployment="b"), row("0x1", 10**18, 5.0)]
    assert sort_rows(twins, by) == [twins[2], twins[0], twins[1]]


def test_health_factors_are_compared_as_integers_not_as_text() -> None:
    rows = [row("0x1", 10**18, 1.0), row("0x2", 9 * 10**17, 1.0)]
    assert [found["account"] for found in sort_rows(rows, SortBy.HEALTH)] == ["0x2", "0x1"]


@pytest.mark.parametrize(
    ("of", "bonus", "executable"), [(TINY, 0.01, True), (WHALE, 50_000.0, True), (DRY, 0.0, False)]
)
def test_only_allowed_pairs_count(of: Row, bonus: float, executable: bool) -> None:
    assert best_bonus(of) == bonus
    assert is_executable(of) is executable


def test_a_bonus_without_a_dollar_value_counts_nothing() -> None:
    assert best_bonus(row("0x1", 1, 1.0, term(None))) == 0.0

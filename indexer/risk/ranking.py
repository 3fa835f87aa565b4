"""Which accounts come first, and which are hidden by a filter."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from indexer.words import State

Row = dict[str, Any]


class SortBy(StrEnum):
    """What a watch list is sorted by."""

    HEALTH = "health"
    DEBT = "debt"
    BONUS = "bonus"


SortKey = tuple[bool, int | float, str, str, str]
"""Where a row stands: (unknown, what it is sorted by, deployment, account, market). No two rows of a list share one."""


def sort_rows(rows: Sequence[Row], by: SortBy) -> list[Row]:
    """Worst health, largest debt or largest allowed bonus first; unknown accounts last, then by address and market."""
    return sorted(rows, key=sort_key(by))


def sort_key(by: SortBy) -> Callable[[Row], SortKey]:
    """What rows are sorted by, ascending."""
    values: dict[SortBy, Callable[[Row], int | float]] = {
        SortBy.HEALTH: lambda row: int(row["health_factor_wad"] or 0),
        SortBy.DEBT: lambda row: -(row["debt_usd"] or 0.0),
        SortBy.BONUS: lambda row: -best_bonus(row),
    }
    value = values[by]

    def key(row: Row) -> SortKey:
        unknown: bool = row["state"] == State.UNKNOWN
        return unknown, value(row), row["deployment"], row["account"], row.get("market") or ""

    return key


def best_bonus(row: Row) -> float:
    """The largest gross bonus in USD among the allowed pairs; 0 without one."""
    return max((term["gross_bonus_usd"] or 0.0 for term in row["liquidation"] if term["allowed"]), default=0.0)


def is_executable(row: Row) -> bool:
    """Whether at least one pair would be accepted by the contract."""
    return any(term["allowed"] for term in row["liquidation"])

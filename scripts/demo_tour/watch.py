"""What changed on the watch list between two blocks: no terminal, no clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Key = tuple[str, str, str | None]
WAD = 10**18


def key_of(row: Row) -> Key:
    """One account of one deployment, and of one market where they are kept apart."""
    return row["deployment"], row["account"], row["market"]


def health_of(row: Row) -> float | None:
    """The health factor as people read it; None where there is none."""
    return None if row["health_factor_wad"] is None else int(row["health_factor_wad"]) / WAD


def best_bonus(row: Row) -> float | None:
    """What the best liquidation that the contract allows now would earn, in dollars."""
    return max((term["gross_bonus_usd"] or 0.0 for term in row["liquidation"] if term["allowed"]), default=None)


@dataclass(frozen=True)
class Entry:
    """A row of the list beside what it was one block before."""

    row: Row
    before: Row | None

    @property
    def is_new(self) -> bool:
        """Not on the list one block before."""
        return self.before is None

    @property
    def is_changed(self) -> bool:
        """New, or in another state."""
        return self.before is None or self.before["state"] != self.row["state"]

    @property
    def nearness(self) -> float:
        """Distance from the threshold."""
        health = health_of(self.row)
        return 9.0 if health is None else abs(health - 1)


@dataclass(frozen=True)
class Frame:
    """The list at one block and the difference to the block shown before."""

    block: int
    entries: Sequence[Entry]
    left: Sequence[Row] = ()
    counts_before: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[str, int]:
        """Accounts by state."""
        return Counter(entry.row["state"] for entry in self.entries)

    @property
    def changed(self) -> list[Entry]:
        """Entries that are new or in another state."""
        return [entry for entry in self.entries if entry.is_changed]

    def nearest(self, limit: int) -> list[Entry]:
        """What just changed first, then those nearest to the threshold."""
        ordered = sorted(self.entries, key=lambda entry: (not entry.is_changed, entry.nearness))
        return ordered[:limit]


class Watch:
    """Remembers the last block's list."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {key_of(row): row for row in rows}

    def frame(self, block: int, rows: Sequence[Row]) -> Frame:
        """The list at `block`, compared with the one before."""
        before, self._rows = self._rows, {key_of(row): row for row in rows}
        entries = [Entry(row, before.get(key_of(row))) for row in rows]
        left = [row for key, row in before.items() if key not in self._rows]
        return Frame(block, entries, left, Counter(row["state"] for row in before.values()))

"""Growable columns of exact integers: two uint64 per value, wider or negative ones apart."""

import numpy as np
import numpy.typing as npt

_MASK = 2**64 - 1
_NARROW = 2**128


class IntColumn:
    """Exact integers by row. Values of 0 to 2**128 - 1 are two uint64; others live in a dict. Absent is None."""

    __slots__ = ("_hi", "_lo", "_present", "_wide")

    def __init__(self, capacity: int = 16) -> None:
        self._lo: npt.NDArray[np.uint64] = np.zeros(capacity, np.uint64)
        self._hi: npt.NDArray[np.uint64] = np.zeros(capacity, np.uint64)
        self._present: npt.NDArray[np.bool_] = np.zeros(capacity, np.bool_)
        self._wide: dict[int, int] = {}

    def get(self, row: int) -> int | None:
        """The value of `row`, None when absent."""
        if row >= len(self._lo) or not self._present[row]:
            return None
        if self._wide and row in self._wide:
            return self._wide[row]
        return int(self._hi[row]) << 64 | int(self._lo[row])

    def set(self, row: int, value: int | None) -> None:
        """Set or (None) remove the value of `row`."""
        if row >= len(self._lo):
            self._grow(row + 1)
        self._wide.pop(row, None)
        self._present[row] = value is not None
        if value is None:
            value = 0
        elif not 0 <= value < _NARROW:
            self._wide[row] = value
            value = 0
        self._lo[row] = value & _MASK
        self._hi[row] = value >> 64

    def floats(self, rows: int) -> npt.NDArray[np.float64]:
        """The first `rows` values as float64 (absent: 0.0), each within 3 units in the last place."""
        out = np.zeros(rows, np.float64)
        known = min(rows, len(self._lo))
        out[:known] = self._hi[:known].astype(np.float64) * 2.0**64 + self._lo[:known].astype(np.float64)
        for row, value in self._wide.items():
            if row < rows:
                out[row] = float(value)
        return out

    def _grow(self, rows: int) -> None:
        extra = max(rows, 2 * len(self._lo)) - len(self._lo)
        self._lo = np.concatenate([self._lo, np.zeros(extra, np.uint64)])
        self._hi = np.concatenate([self._hi, np.zeros(extra, np.uint64)])
        self._present = np.concatenate([self._present, np.zeros(extra, np.bool_)])


class Links:
    """A growable int32 column: rows pointing at rows (-1: none)."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: npt.NDArray[np.int32] = np.full(16, -1, np.int32)

    def __getitem__(self, row: int) -> int:
        return int(self._values[row]) if row < len(self._values) else -1

    def __setitem__(self, row: int, value: int) -> None:
        if row >= len(self._values):
            extra = max(row + 1, 2 * len(self._values)) - len(self._values)
            self._values = np.concatenate([self._values, np.full(extra, -1, np.int32)])
        self._values[row] = value

    def array(self, rows: int) -> npt.NDArray[np.int32]:
        """The first `rows` values; the rows must have been set."""
        return self._values[:rows]

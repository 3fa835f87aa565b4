r"""The content hash of a table: the same for the same block, whatever the file format, library, database and day.

The recipe (docs/snapshots.md): sha256 over lines. For each file, by its path: a line that says table, chain, protocol,
block, block hash and the names of the columns covered; then a line for each row, in the table's order. A line is a
JSON list without spaces, characters beyond ASCII as \uXXXX, with a newline after it; integers are texts.
"""

import hashlib
import json
from collections.abc import Sequence

from indexer.reports.export.columns import Row


class ContentHash:
    """Takes the files of one table in order, and their rows."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def begin(self, *head: int | str, columns: Sequence[str]) -> None:
        """A file: table, chain, protocol, block, block hash, and the columns that count."""
        self._line([*map(str, head), list(columns)])
        self._columns = tuple(columns)

    def add(self, row: Row) -> None:
        """One row; integers may be integers or their digits."""
        self._line([_text(row[name]) for name in self._columns])

    def hexdigest(self) -> str:
        """The hash so far, as hexadecimal."""
        return self._sha256.hexdigest()

    def _line(self, values: Sequence[object]) -> None:
        self._sha256.update(json.dumps(values, separators=(",", ":")).encode() + b"\n")


def _text(value: object) -> object:
    return value if value is None or isinstance(value, bool | str) else str(value)

"""Writing answers to stdout: a table for people, JSON, CSV or one JSON row a line for programs."""

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
import typer
from rich.console import Console, RenderableType

from indexer.reports.cells import cell

Answer = dict[str, Any]
Row = dict[str, Any]
_BLOCK = ("chain_id", "block_number", "block_hash")
_USUAL_WIDTH = 100
_BROKEN_PIPE = 141


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


def show(answer: Answer, rows: Sequence[Row], chosen: Format | None, draw: Callable[[Answer], RenderableType]) -> None:
    """Write the answer in the chosen format; `rows` are what CSV and NDJSON list, `draw` makes the table."""
    form = chosen or (Format.TABLE if sys.stdout.isatty() else Format.JSON)
    if form is Format.TABLE:
        text = rendered(draw(answer))
    elif form is Format.JSON:
        text = _json(answer)
    else:
        placed = [{**{name: answer.get(name) for name in _BLOCK}, **row} for row in rows]
        text = as_csv(placed) if form is Format.CSV else "".join(_line(row) for row in placed)
    write(text)


def write(text: str) -> None:
    """Write to stdout. Whoever read us may have seen enough: then this ends the command, without complaint."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        raise typer.Exit(_BROKEN_PIPE) from None


def rendered(table: RenderableType) -> str:
    """A table as text: coloured on a terminal, as wide as it; else plain and 100 wide (or $COLUMNS)."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_USUAL_WIDTH, 40)).columns
    if not terminal:
        width = int(columns) if (columns := os.environ.get("COLUMNS", "")).isdigit() else _USUAL_WIDTH
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=max(width, 60), highlight=False, emoji=False)
    console.print(table, crop=False)
    return out.getvalue()


def as_csv(rows: Sequence[Row]) -> str:
    """Rows as CSV: every column that any row has, nested values as JSON, no cell that a spreadsheet would run."""
    columns: dict[str, None] = dict.fromkeys(_BLOCK)
    for row in rows:
        columns.update(dict.fromkeys(row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def _json(answer: Answer) -> str:
    encoded = msgspec.json.encode(answer)
    if sys.stdout.isatty():
        encoded = msgspec.json.format(encoded, indent=2)
    return encoded.decode() + "\n"


def _line(row: Row) -> str:
    return msgspec.json.encode(row).decode() + "\n"

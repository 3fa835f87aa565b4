"""`snapshot` as tables: what was written, and what a check found."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, note, stacked, table, title
from indexer.reports.text import harmless

Row = dict[str, Any]
_WRITTEN = ("table", "rows", "files", "content hash")
_FAULTS = ("block", "file or table", "what is wrong")


def draw_snapshot(answer: Row) -> RenderableType:
    """Every table with its rows and its hash."""
    made = table(_WRITTEN, right=("rows", "files"), keep=("content hash",))
    for row in answer["snapshot"]:
        made.add_row(row["table"], f"{row['rows']:,}", f"{row['files']:,}", Text(row["content_hash"], style=DIM))
    where = f"{harmless(answer['out'])}/{answer['manifest']}"
    done = f"written: {where}" if answer["is_new"] else f"the same content is there already: {where}"
    return stacked(title("snapshot", answer), made, note(done), note(f"again: {answer['command']}"))


def draw_checked(answer: Row) -> RenderableType:
    """What was looked at, and every fault."""
    made = table(_FAULTS, right=("block",))
    for row in answer["faults"]:
        made.add_row("" if row["block"] is None else f"{row['block']:,}", Text(harmless(row["path"])), row["what"])
    looked = f"{answer['snapshots']:,} snapshots, {answer['files']:,} files, {answer['rows']:,} rows"
    faults = answer["faults"]
    verdict = f"{len(faults):,} faults" if faults else "everything is as the manifests say"
    style = "bold red" if faults else "green"
    return stacked(made if faults else None, Text(f"{looked}: {verdict}", style=style))

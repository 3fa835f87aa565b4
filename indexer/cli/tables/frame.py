"""What every table has: its title with the block it is true of, its columns, its colours."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from indexer.reports.text import harmless, moment

Answer = dict[str, Any]
STATE_STYLES = {
    "healthy": "green",
    "at_risk": "yellow",
    "liquidatable": "bold red",
    "bad_debt": "bold magenta",
    "unknown": "cyan",
}
WARNING = "yellow"
DIM = "dim"


def title(name: str, answer: Answer) -> Text:
    """`at-risk  chain 1 · block 19 · 2026-01-01 00:00:00 UTC · 0 behind · finalized`."""
    lag = answer.get("lag_blocks")
    parts = [f"chain {answer['chain_id']}", f"block {answer['block_number']:,}"]
    parts.append(f"{moment(answer['block_timestamp'])} UTC")
    line = Text.assemble((name, "bold"), "  ", " · ".join(parts), " · ")
    behind = "head unknown" if lag is None else "at the head" if lag == 0 else f"{lag:,} blocks behind"
    line.append(behind, style=WARNING if lag != 0 else "green")
    line.append(f" · {answer['finality']}")
    if "at_timestamp" in answer:
        line.append(f"\naccrued to {moment(answer['at_timestamp'])} UTC", style=WARNING)
    if answer.get("deployments_behind"):
        names = ", ".join(harmless(name) for name in answer["deployments_behind"])
        line.append(f"\nnot indexed up to this block yet, left out: {names}", style=WARNING)
    return line


def table(columns: Sequence[str], *, right: Iterable[str] = (), keep: Iterable[str] = ()) -> Table:
    """An empty table; `right` columns are numbers, `keep` columns are never wrapped."""
    made = Table(
        header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), collapse_padding=True
    )
    numbers, whole = set(right), set(keep) | set(right)
    for name in columns:
        made.add_column(
            name, justify="right" if name in numbers else "left", no_wrap=name in whole, overflow="ellipsis"
        )
    return made


def stacked(*parts: RenderableType | None) -> Group:
    """Parts under each other, with an empty line between, without those that are None."""
    shown: list[RenderableType] = []
    for part in parts:
        if part is not None:
            shown += [Text(""), part] if shown else [part]
    return Group(*shown)


def note(text: str, style: str = DIM) -> Text:
    """A footer line."""
    return Text(text, style=style)


def state_text(row: Answer) -> Text:
    """A state in its colour, with the reason where it is unknown."""
    state = str(row["state"])
    shown = Text(state.replace("_", " "), style=STATE_STYLES.get(state, ""))
    if row.get("reason"):
        shown.append(f"\n{row['reason'].replace('_', ' ')}", style=DIM)
    return shown

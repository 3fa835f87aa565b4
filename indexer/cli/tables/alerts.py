"""`alerts` as tables."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import STATE_STYLES, WARNING, note, stacked, table
from indexer.reports.text import NOTHING, dollars, harmless, moment, short

Row = dict[str, Any]
_MOST = 50


def draw_alerts(answer: Row) -> RenderableType:
    """Open alerts, then what waits in the outbox and what was given up."""
    alerts, outbox = answer["alerts"], answer["outbox"]
    opened = table(("rule", "subject", "state", "size", "since (UTC)", "said at block"), right=("said at block",))
    for row in alerts[:_MOST]:
        opened.add_row(*_open_cells(row))
    waiting = table(("created (UTC)", "message", "target", "tries", "last answer"), right=("tries",))
    for row in outbox[:_MOST]:
        why = harmless(row["last_error"] or NOTHING)
        answered = Text(f"given up: {why}", style="bold red") if row["given_up_at"] else Text(why)
        cells = (moment(row["created_at"]), harmless(row["title"]), row["target"], str(row["attempts"]))
        waiting.add_row(*(Text(cell) for cell in cells), answered)
    waits = sum(row["given_up_at"] is None for row in outbox)
    line = f"{len(alerts):,} open · {waits:,} deliveries wait · {len(outbox) - waits:,} given up"
    cut = max(len(alerts), len(outbox)) > _MOST
    return stacked(
        _title(answer),
        opened if alerts else None,
        waiting if outbox else None,
        note(f"{line}; the first {_MOST} of each are shown, --format json has all" if cut else line),
    )


def _title(answer: Row) -> Text:
    number = answer["block_number"]
    where = "nothing was read yet" if number is None else f"chain {answer['chain_id']} · block {number:,}"
    return Text.assemble(("alerts", "bold"), "  ", where)


def _open_cells(row: Row) -> list[Text]:
    facts = row["facts"]
    state = str(facts.get("state") or facts.get("figure") or NOTHING)
    size = dollars(row["size"]) if "debt_usd" in facts else NOTHING if row["size"] is None else f"{row['size']:,.0f}"
    shown = Text(state.replace("_", " "), style=STATE_STYLES.get(state, ""))
    if row["calm_since"] is not None:
        shown.append(" (calm)", style=WARNING)
    subject = harmless(" ".join(short(part) for part in row["subject"].split("|") if part))
    cells = [Text(row["rule"]), Text(subject), shown, Text(size)]
    return [*cells, Text(moment(row["fired_at"])), Text(f"{row['said_block']:,}")]


def draw_test(answer: Row) -> RenderableType:
    """One line a target."""
    made = table(("", "target", "outcome"))
    for row in answer["targets"]:
        mark = Text("ok", style="green") if row["ok"] else Text("fail", style="bold red")
        made.add_row(mark, Text(row["target"]), Text("accepted" if row["ok"] else harmless(row["why"])))
    sent = answer["targets"][0]["id"]
    return stacked(Text("alerts test", style="bold"), made, note(f"message {sent}"))

"""`verify` and `doctor` as tables."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, WARNING, note, stacked, table, title
from indexer.reports.text import duration, harmless, short, size

Row = dict[str, Any]
_VERIFIED = ("deployment", "revision", "accounts", "fields compared", "unknown", "mismatches")
_SUBJECT = ("account or market",)
_MARKS = {"ok": "green", "warn": WARNING, "fail": "bold red"}


def draw_verify(answer: Row) -> RenderableType:
    """What was compared, a deployment a row, and every mismatch with both integers."""
    made = table(_VERIFIED, right=_VERIFIED[2:])
    for row in answer["verify"]:
        cells = [harmless(row["deployment"]), row["revision"]]
        cells += [f"{row[name]:,}" for name in ("accounts", "fields", "unknown")]
        bad = "bold red" if row["mismatches"] else "green"
        made.add_row(*(Text(cell) for cell in cells), Text(f"{row['mismatches']:,}", style=bad))
    wrong = table(("account or market", "field", "ours", "contract"), right=("ours", "contract"), keep=_SUBJECT)
    for row in answer["mismatches"]:
        subject = row["account"] or row["market"]
        field = f"{row['field']} of {short(row['market'])}" if row["account"] and row["market"] else row["field"]
        cells = [subject, field, row["ours"] or "cannot say", row["contract"] or "cannot say"]
        wrong.add_row(*(Text(cell, style="red") for cell in cells))
    return stacked(title("verify", answer), made, wrong if answer["mismatches"] else None, _verdict(answer))


def _verdict(answer: Row) -> Text:
    count = answer["fields_compared"]
    if answer["mismatches"]:
        accounts = len({(row["deployment"], row["account"]) for row in answer["mismatches"] if row["account"]})
        differ = f"{len(answer['mismatches']):,} differ, in {accounts:,} accounts"
        return Text(f"{count:,} integers compared with the contracts' own: {differ}", style="bold red")
    if not count:
        return note("nothing could be compared", WARNING)
    return Text(f"{count:,} integers compared with the contracts' own: all the same", style="green")


def draw_doctor(answer: Row) -> RenderableType:
    """One line a check, grouped, with what to do."""
    made = table(("", "check", "found"), keep=("", "check"))
    for row in answer["checks"]:
        found = Text(harmless(row["found"]))
        if row["todo"]:
            found.append(f"\n→ {harmless(row['todo'])}", style=_MARKS[row["status"]])
        made.add_row(Text(row["status"], style=_MARKS[row["status"]]), Text(row["check"]), found)
    counts = {status: sum(1 for row in answer["checks"] if row["status"] == status) for status in _MARKS}
    line = " · ".join(f"{count} {status}" for status, count in counts.items())
    style = "green" if answer["ok"] else "bold red"
    return stacked(Text("doctor", style="bold"), made, _estimate(answer.get("estimate")), Text(line, style=style))


def _estimate(found: Row | None) -> Text | None:
    if found is None:
        return None
    shown = Text("what a backfill will take\n", style="bold")
    shown.append(f"{found['blocks']:,} blocks · about {found['requests']:,} requests")
    shown.append(f" · {duration(found['hours'] * 3600)} · {size(found['disk_bytes'])} of disk\n")
    shown.append(found["basis"], style=DIM)
    return shown

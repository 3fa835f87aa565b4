"""Which protocol stands on which: deployments as boxes, what goes round between them as arrows."""

from typing import Any

from indexer.reports.chains.drawing.diagram import (
    MOST_ARROWS,
    Answer,
    Arrow,
    Box,
    Diagram,
    Words,
    box_name,
    money,
    notes,
    share_proven,
    subtitle,
    widths,
)
from indexer.reports.chains.styles import CIRCULAR, INK, QUIET, REUSE
from indexer.reports.text import NOTHING, harmless, percent

Row = dict[str, Any]
_MOST_CYCLES = 3


def protocols_diagram(answer: Answer) -> Diagram:
    """The largest dependencies; those in a circle have its colour."""
    rows = answer["dependencies"]
    drawn = rows[:MOST_ARROWS]
    around = {pair for cycle in answer["cycles"] for pair in _pairs(cycle["deployments"])}
    largest = max((row["high_usd"] for row in drawn), default=0.0)
    used = {_colour(row, around) for row in drawn}
    meanings = {
        REUSE: "from where it is borrowed or issued to where it is collateral",
        CIRCULAR: "the same, in a circle of protocols",
    }
    return Diagram(
        "Protocol on protocol: collateral that is borrowed or issued elsewhere",
        subtitle(answer),
        _boxes(drawn, rows),
        tuple(_arrow(row, largest, _colour(row, around)) for row in drawn),
        tuple((colour, meaning) for colour, meaning in meanings.items() if colour in used),
        notes(answer, len(drawn), len(rows) - len(drawn), "dependencies are", _cycle_lines(answer["cycles"])),
    )


def _boxes(drawn: list[Row], rows: list[Row]) -> tuple[Box, ...]:
    """Deployments of the arrows drawn, with the sums of all their arrows."""
    names = dict.fromkeys(name for row in drawn for name in (row["source"], row["target"]))
    out = {name: sum(row["high_usd"] for row in rows if row["source"] == name) for name in names}
    put = {name: sum(row["high_usd"] for row in rows if row["target"] == name) for name in names}
    most = max((out[name] + put[name] for name in names), default=0.0)
    return tuple(
        Box(
            name,
            (Words(box_name(name), 10.5, bold=True), *_sums(out[name], put[name])),
            INK,
            "#f3f5f7",
            (out[name] + put[name]) / most if most else 0.0,
        )
        for name in names
    )


def _sums(out: float, put: float) -> list[Words]:
    """What goes from here and what comes here, at most."""
    if not out and not put:
        return [Words("nothing with a price", 8, QUIET)]
    ways = ((out, "from here"), (put, "put up here"))
    return [Words(f"{money(amount)} {way}", 8, QUIET) for amount, way in ways if amount]


def _arrow(row: Row, largest: float, colour: str) -> Arrow:
    low, high, unvalued = row["low_usd"], row["high_usd"], row["unvalued_edges"]
    owners = f"{row['owners']:,} owner{'' if row['owners'] == 1 else 's'}"
    if not high and unvalued:
        above, below = "no price", f"{unvalued:,} edge{'' if unvalued == 1 else 's'}, {owners}"
        low = high = None
    else:
        above, below = money(high), f"{share_proven(low, high)}, {owners}"
        below += f", {unvalued:,} without a price" if unvalued else ""
    proven, possible = widths(low, high, largest)
    return Arrow(
        row["source"],
        row["target"],
        (Words(above, 9, bold=True),),
        (Words(below, 7.5, QUIET),),
        proven,
        possible,
        colour,
    )


def _cycle_lines(cycles: list[Row]) -> list[Words]:
    lines = []
    for cycle in cycles[:_MOST_CYCLES]:
        names = [harmless(name) for name in (*cycle["deployments"], cycle["deployments"][0])]
        gain = NOTHING if cycle["gain"] is None else percent(cycle["gain"])
        at_most = money(cycle["bottleneck_usd"])
        lines.append(
            Words(f"Circle {' → '.join(names)}: gain {gain}, at most {at_most} can go round.", colour=CIRCULAR)
        )
    if len(cycles) > _MOST_CYCLES:
        lines.append(Words(f"{len(cycles) - _MOST_CYCLES:,} weaker circles are not listed.", colour=QUIET))
    return lines


def _pairs(names: list[str]) -> list[tuple[str, str]]:
    return list(zip(names, [*names[1:], names[0]], strict=True))


def _colour(row: Row, around: set[tuple[str, str]]) -> str:
    return CIRCULAR if (row["source"], row["target"]) in around else REUSE

"""What is in a picture of chains, before anything has a place: boxes, arrows between them, words around."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import Any

from indexer.reports.chains.styles import INK, QUIET, WARNING
from indexer.reports.text import NOTHING, harmless, moment, short, symbol

Answer = dict[str, Any]
MOST_ARROWS = 12
"""More than these nobody follows with the eye."""
WIDEST, THINNEST = 11.0, 1.6
"""Widths of arrows, points."""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `size` in points."""

    text: str
    size: float = 8.5
    colour: str = INK
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A position or a deployment. `share` 0 to 1: how much of what goes round touches it."""

    key: str
    lines: tuple[Words, ...]
    colour: str
    tint: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrow:
    """From box to box: a solid core as wide as what is proven in a dashed casing as wide as what is possible, points.

    `possible` 0: all of it is proven; `proven` 0: nothing is.
    """

    source: str
    target: str
    above: tuple[Words, ...]
    below: tuple[Words, ...]
    proven: float
    possible: float
    colour: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A whole picture. `arrows` are in their order of importance."""

    title: str
    subtitle: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    legend: tuple[tuple[str, str], ...]
    """Colours of arrows that are used, and what they mean."""
    notes: tuple[Words, ...]


def widths(low: float | None, high: float | None, largest: float) -> tuple[float, float]:
    """Widths of the proven core and of the possible casing, in proportion; what has no price is a thin casing."""
    if low is None or high is None or largest <= 0:
        return 0.0, THINNEST
    proven = 0.0 if low <= 0 else max(THINNEST / 2, min(low, high) / largest * WIDEST)
    return proven, 0.0 if low >= high else max(THINNEST, high / largest * WIDEST, proven + 2.4)


def box_name(deployment: str) -> str:
    """A deployment's name as a heading."""
    return symbol(deployment, deployment, 28)


def money(value: float | None) -> str:
    """Dollars in three digits, rounded up: they are bounds from above."""
    if value is None:
        return NOTHING
    exact = Context(prec=3, rounding=ROUND_CEILING).create_decimal(Decimal(value))
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if exact >= size:
            return f"${(exact / size).normalize():f}{letter}"
    return f"${exact.normalize():f}" if exact >= 1 or exact == 0 else "<$1"


def share_proven(low: float, high: float) -> str:
    """How much of it single transactions prove, rounded down."""
    if high <= 0 or low <= 0:
        return "nothing proven"
    percent = min(100, int(100 * low / high))
    return "all proven" if percent == 100 else f"{percent or '<1'} % proven"


def subtitle(answer: Answer) -> str:
    """Which chain, which block."""
    at = answer.get("at_timestamp", answer["block_timestamp"])
    parts = (f"chain {answer['chain_id']}", f"block {answer['block_number']:,}", short(answer["block_hash"]))
    return " · ".join((*parts, f"{moment(at)} UTC", answer["finality"]))


def notes(answer: Answer, drawn: int, left_out: int, rest: str, more: Sequence[Words] = ()) -> tuple[Words, ...]:
    """What is not in the picture: an incomplete one must not look complete."""
    found = list(more)
    if not drawn:
        found.append(Words("No chain.", colour=QUIET))
    if left_out:
        found.append(Words(f"{left_out:,} smaller {rest} not drawn.", colour=QUIET))
    if answer["hidden_rows"]:
        found.append(Words(f"{answer['hidden_rows']:,} more rows are hidden by the filters.", colour=QUIET))
    if answer["deployments_unknown"]:
        names = ", ".join(harmless(name) for name in answer["deployments_unknown"])
        found.append(Words(f"Nothing can be said about {names}: their chains are missing here.", colour=WARNING))
    return tuple(found)

"""Places in a picture: rectangles, arrows with their corners, and heights that keep clear of each other. Inches."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.reports.chains.drawing.diagram import Arrow, Box, Words

POINT = 1 / 72
LINE = 1.35
"""The height of a line of text over its size."""


@dataclass(frozen=True, slots=True)
class Rect:
    """Left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Rect") -> bool:
        """Whether they share more than an edge, which floats make a little wide."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return across > 1e-6 and down > 1e-6


@dataclass(frozen=True, slots=True)
class Drawn:
    """An arrow with its corners; `curved`: bends are smooth from corner to corner, else round at right angles."""

    arrow: Arrow
    corners: tuple[tuple[float, float], ...]
    curved: bool
    label: Rect
    line: float
    """Where the arrow runs through its label."""


@dataclass(slots=True)
class Layout:
    """Everything with its place; `right` and `bottom` are where it ends."""

    boxes: dict[str, tuple[Box, Rect]] = field(default_factory=dict)
    arrows: list[Drawn] = field(default_factory=list)
    right: float = 0.0
    bottom: float = 0.0


def label_height(lines: Sequence[Words]) -> float:
    """Lines of text, one below the other."""
    return sum(line.size * LINE * POINT for line in lines)


def spread(wanted: Sequence[tuple[float, float, float]]) -> list[float]:
    """Heights near the wanted ones, in their order, so that nothing from `up` above to `down` below overlaps."""
    groups: list[tuple[list[tuple[float, float, float]], float]] = []
    for each in wanted:
        group, top = [each], each[0] - each[1]
        while groups and groups[-1][1] + sum(up + down for _, up, down in groups[-1][0]) > top:
            group = [*groups.pop()[0], *group]
            top = _best_top(group)
        groups.append((group, top))
    found = []
    for group, top in groups:
        y = top
        for _, up, down in group:
            found.append(y + up)
            y += up + down
    return found


def _best_top(group: Sequence[tuple[float, float, float]]) -> float:
    """Where a packed group begins so that its members are as near as can be to what they want."""
    used, total = 0.0, 0.0
    for middle, up, down in group:
        total += middle - used - up
        used += up + down
    return total / len(group)

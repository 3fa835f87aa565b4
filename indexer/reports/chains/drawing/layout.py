"""Where everything in a picture goes, in inches from the top left corner; nothing lies on a label.

Between two columns every arrow has a lane of its own, as high as its label. What runs backwards goes round below all
boxes, what returns to its own box goes round below that box. Every arrow leaves a box on its right and enters on its left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from indexer.reports.chains.drawing.diagram import Arrow, Box, Diagram, Words
from indexer.reports.chains.drawing.layers import Item, Layers, layered

Measure = Callable[[Words], float]
"""The width of a line of text, inches."""
POINT = 1 / 72
LINE = 1.35
"""The height of a line of text over its size."""
_PORT, _STEM, _BESIDE = 0.24, 0.22, 0.19
_GUTTER, _BETWEEN, _PAD = 0.62, 0.34, 0.14
_LEAST_WIDTH, _LEAST_HEIGHT, _GROWTH = 1.5, 0.6, 0.9
_THIN_LANE = 0.2


@dataclass(frozen=True, slots=True)
class Rect:
    """Left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Rect") -> bool:
        """Whether they share more than an edge."""
        beside = self.x + self.width <= other.x or other.x + other.width <= self.x
        return not (beside or self.y + self.height <= other.y or other.y + other.height <= self.y)


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


def arrange(diagram: Diagram, measure: Measure) -> Layout:
    """The places of boxes and arrows."""
    return _Arranger(diagram, layered(diagram), measure).arrange()


class _Arranger:
    def __init__(self, diagram: Diagram, layers: Layers, measure: Measure) -> None:
        self.arrows, self.layers, self.measure = diagram.arrows, layers, measure
        self.boxes = {box.key: box for box in diagram.boxes}
        self.out, self.into = self._ports(source=True), self._ports(source=False)
        self.place: dict[Item, Rect] = {}
        self.gutter = _GUTTER + _BESIDE * len(layers.backward)
        self.layout = Layout()

    def arrange(self) -> Layout:
        sizes = [self._column_width(column) for column in self.layers.columns]
        x = self.gutter if self.layers.backward or self.layers.loops else 0.0
        for number, column in enumerate(self.layers.columns):
            self._stack(column, x, sizes[number])
            x += sizes[number] + self._gap_width(number)
        self.layout.boxes = {i.key: (self.boxes[i.key], r) for i, r in self.place.items() if i.passing < 0}
        lanes = [self._lanes(number) for number in range(len(self.layers.columns) - 1)]
        for number in self.layers.forward:
            self._draw_forward(number, lanes)
        self._draw_loops()
        self._draw_backward()
        self._to_the_top()
        return self.layout

    def _ports(self, *, source: bool) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {key: [] for key in self.boxes}
        for number in (*self.layers.forward, *self.layers.backward, *self.layers.loops):
            found[self.arrows[number].source if source else self.arrows[number].target].append(number)
        return found

    def _label(self, number: int) -> tuple[float, float, float]:
        """Width, and height above and below the line."""
        arrow = self.arrows[number]
        half = max(arrow.proven, arrow.possible) * POINT / 2 + 0.03
        width = max((self.measure(words) for words in (*arrow.above, *arrow.below)), default=0.0)
        return width, half + label_height(arrow.above), half + label_height(arrow.below) + 0.05

    def _loops_of(self, key: str) -> list[int]:
        return [number for number in self.layers.loops if self.arrows[number].source == key]

    def _column_width(self, column: Sequence[Item]) -> float:
        keys = [item.key for item in column if item.passing < 0]
        texts = [self.measure(words) + 2 * _PAD + 0.06 for key in keys for words in self.boxes[key].lines]
        return max(_LEAST_WIDTH, *texts, *(self._label(number)[0] for key in keys for number in self._loops_of(key)))

    def _gap_width(self, number: int) -> float:
        """The gap to the right of a column: the labels of what leaves it, and room to bend on both sides."""
        leaving = [n for n in self.layers.forward if self.layers.column_of[self.arrows[n].source] == number]
        return max([0.3, *(self._label(n)[0] for n in leaving)]) + 2 * self.gutter

    def _stack(self, column: Sequence[Item], x: float, width: float) -> None:
        """One below the other, the middle at zero; room for loops below their box."""
        heights, rooms = [], []
        for item in column:
            heights.append(_THIN_LANE if item.passing >= 0 else self._box_height(item.key))
            rooms.append(0.0 if item.passing >= 0 else sum(sum(self._label(n)[1:]) for n in self._loops_of(item.key)))
        y = -(sum(heights) + sum(rooms) + _BETWEEN * (len(column) - 1)) / 2
        for item, height, room in zip(column, heights, rooms, strict=True):
            self.place[item] = Rect(x, y, width, height)
            y += height + room + _BETWEEN
            self.layout.bottom = max(self.layout.bottom, y - _BETWEEN)

    def _box_height(self, key: str) -> float:
        box, ports = self.boxes[key], max(len(self.out[key]), len(self.into[key]))
        text = label_height(box.lines) + 2 * _PAD
        return max(text, (ports + 1) * _PORT, _LEAST_HEIGHT + _GROWTH * box.share)

    def _port(self, key: str, number: int, ports: dict[str, list[int]]) -> float:
        """Forward arrows by where they go to or come from, then those round below."""
        rect, here = self.place[Item(key)], ports[key]
        ahead = [n for n in here if n in self.layers.forward]
        step = 1 if ports is self.out else -2
        ahead.sort(key=lambda n: (self._middle(self.layers.stops(n, self.arrows[n])[step]), n))
        order = [*ahead, *(n for n in here if n not in self.layers.forward)]
        return rect.y + rect.height * (order.index(number) + 1) / (len(order) + 1)

    def _middle(self, item: Item) -> float:
        rect = self.place[item]
        return rect.y + rect.height / 2

    def _height_at(self, item: Item, number: int, ports: dict[str, list[int]]) -> float:
        return self._middle(item) if item.passing >= 0 else self._port(item.key, number, ports)

    def _lanes(self, gap: int) -> dict[int, float]:
        """The height at which every arrow crosses a gap."""
        wanted = []
        for number in self.layers.forward:
            stops = self.layers.stops(number, self.arrows[number])
            first = self.layers.column_of[self.arrows[number].source]
            if first <= gap < first + len(stops) - 1:
                ends = stops[gap - first], stops[gap - first + 1]
                middle = (self._height_at(ends[0], number, self.out) + self._height_at(ends[1], number, self.into)) / 2
                up, down = self._label(number)[1:] if gap == first else (_THIN_LANE / 2, _THIN_LANE / 2)
                wanted.append((middle, number, up, down))
        found = spread([(middle, up, down) for middle, _, up, down in sorted(wanted)])
        for (_, _, _, down), y in zip(sorted(wanted), found, strict=True):
            self.layout.bottom = max(self.layout.bottom, y + down)
        return {number: y for (_, number, _, _), y in zip(sorted(wanted), found, strict=True)}

    def _draw_forward(self, number: int, lanes: Sequence[dict[int, float]]) -> None:
        arrow = self.arrows[number]
        stops, first = self.layers.stops(number, arrow), self.layers.column_of[arrow.source]
        corners = []
        for step, (one, other) in enumerate(pairwise(stops)):
            left, right = self.place[one], self.place[other]
            start, lane = left.x + left.width, lanes[first + step][number]
            corners += [(start, self._height_at(one, number, self.out)), (start + self.gutter, lane)]
            corners += [(right.x - self.gutter, lane), (right.x, self._height_at(other, number, self.into))]
        middle = (corners[1][0] + corners[2][0]) / 2
        self._keep(number, corners, (middle, corners[1][1]), curved=True)

    def _draw_loops(self) -> None:
        for key in self.boxes:
            rect = self.place[Item(key)]
            y = rect.y + rect.height
            for nth, number in enumerate(self._loops_of(key)):
                _, up, down = self._label(number)
                self._round(number, y + up, _STEM + _BESIDE * nth)
                y += up + down

    def _draw_backward(self) -> None:
        """The shortest way nearest to the boxes."""
        of = self.layers.column_of

        def length(number: int) -> tuple[int, int]:
            return of[self.arrows[number].source] - of[self.arrows[number].target], number

        y = self.layout.bottom + 0.12
        for nth, number in enumerate(sorted(self.layers.backward, key=length)):
            _, up, down = self._label(number)
            loops = max(len(self._loops_of(end)) for end in (self.arrows[number].source, self.arrows[number].target))
            self._round(number, y + up, _STEM + _BESIDE * (nth + min(loops, 2)))
            y += up + down
            self.layout.bottom = y

    def _round(self, number: int, lane: float, beside: float) -> None:
        """Out on the right, down, back below, up, and in on the left."""
        arrow = self.arrows[number]
        source, target = self.place[Item(arrow.source)], self.place[Item(arrow.target)]
        leaving, arriving = self._port(arrow.source, number, self.out), self._port(arrow.target, number, self.into)
        right, left = source.x + source.width, target.x
        corners = [(right, leaving), (right + beside, leaving), (right + beside, lane)]
        corners += [(left - beside, lane), (left - beside, arriving), (left, arriving)]
        self._keep(number, corners, ((right + left) / 2, lane), curved=False)

    def _keep(
        self, number: int, corners: Sequence[tuple[float, float]], at: tuple[float, float], *, curved: bool
    ) -> None:
        width, up, down = self._label(number)
        label = Rect(at[0] - width / 2, at[1] - up, width, up + down)
        self.layout.arrows.append(Drawn(self.arrows[number], tuple(corners), curved, label, at[1]))

    def _to_the_top(self) -> None:
        """Move everything so that it begins at zero."""
        rects = [rect for _, rect in self.layout.boxes.values()] + [drawn.label for drawn in self.layout.arrows]
        corners = [corner for drawn in self.layout.arrows for corner in drawn.corners]
        top = min([rect.y for rect in rects] + [y for _, y in corners], default=0.0)
        left = min([rect.x for rect in rects] + [x for x, _ in corners], default=0.0)
        self.layout.right = max([r.x + r.width for r in rects] + [x for x, _ in corners], default=0.0) - left
        self.layout.bottom = max([r.y + r.height for r in rects] + [y for _, y in corners], default=0.0) - top

        def moved(rect: Rect) -> Rect:
            return Rect(rect.x - left, rect.y - top, rect.width, rect.height)

        self.layout.boxes = {key: (box, moved(rect)) for key, (box, rect) in self.layout.boxes.items()}
        self.layout.arrows = [
            Drawn(
                each.arrow,
                tuple((x - left, y - top) for x, y in each.corners),
                each.curved,
                moved(each.label),
                each.line - top,
            )
            for each in self.layout.arrows
        ]


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

"""Where everything in a picture goes, in inches from the top left corner; nothing lies on a label.

Between two columns every arrow has a lane of its own, as high as its label. What runs backwards goes round below all
boxes, what returns to its own box goes round below that box. Every arrow leaves a box on the right
and enters on the left.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from indexer.reports.chains.drawing.diagram import Diagram, Words
from indexer.reports.chains.drawing.layers import Item, Layers, layered
from indexer.reports.chains.drawing.places import POINT, Drawn, Layout, Rect, label_height, spread

Measure = Callable[[Words], float]
"""The width of a line of text, inches."""
_PORT, _STEM, _BESIDE = 0.24, 0.22, 0.19
_GUTTER, _BETWEEN, _PAD = 0.62, 0.34, 0.14
_LEAST_WIDTH, _LEAST_HEIGHT, _GROWTH = 1.5, 0.6, 0.9
_THIN_LANE = 0.2


def arrange(diagram: Diagram, measure: Measure) -> Layout:
    """The places of boxes and arrows."""
    return _Arranger(diagram, layered(diagram), measure).arrange()


class _Arranger:
    def __init__(self, diagram: Diagram, layers: Layers, measure: Measure) -> None:
        self.arrows, self.layers, self.measure = diagram.arrows, layers, measure
        self.boxes = {box.key: box for box in diagram.boxes}
        self.out, self.into = self._ports(source=True), self._ports(source=False)
        self.place: dict[Item, Rect] = {}
        self.right_of, self.left_of = self._verticals(source=True), self._verticals(source=False)
        self.layout = Layout()

    def arrange(self) -> Layout:
        sizes = [self._column_width(column) for column in self.layers.columns]
        x = 0.0
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

    def _verticals(self, *, source: bool) -> dict[int, float]:
        """How far beside its box an arrow runs that goes round below: first the loops, then what runs backwards."""
        loops = {key: self._loops_of(key) for key in self.boxes}
        beside = {number: _STEM + _BESIDE * nth for found in loops.values() for nth, number in enumerate(found)}
        taken: dict[int, int] = {}
        for key, found in loops.items():
            column = self.layers.column_of[key]
            taken[column] = max(taken.get(column, 0), len(found))
        for number in self._backward():
            arrow = self.arrows[number]
            column = self.layers.column_of[arrow.source if source else arrow.target]
            beside[number] = _STEM + _BESIDE * taken.get(column, 0)
            taken[column] = taken.get(column, 0) + 1
        return beside

    def _backward(self) -> list[int]:
        """The shortest way first: it runs nearest to the boxes."""
        of, arrows = self.layers.column_of, self.arrows
        return sorted(self.layers.backward, key=lambda n: (of[arrows[n].source] - of[arrows[n].target], n))

    def _gutter(self, column: int, *, right: bool) -> float:
        """Room beside a column for arrows to bend, and to go down."""
        beside, of = (self.right_of if right else self.left_of), self.layers.column_of
        ends = {n: self.arrows[n].source if right else self.arrows[n].target for n in beside}
        furthest = max([far for n, far in beside.items() if of[ends[n]] == column], default=0.0)
        return max(_GUTTER + furthest / 2, furthest + _BESIDE)

    def _label(self, number: int) -> tuple[float, float, float]:
        """Width, and height above and below the line."""
        arrow = self.arrows[number]
        half = max(arrow.proven, arrow.possible) * POINT / 2 + 0.03
        width = max((self.measure(words) for words in (*arrow.above, *arrow.below)), default=0.0)
        return width, half + label_height(arrow.above) + 0.05, half + label_height(arrow.below) + 0.05

    def _loops_of(self, key: str) -> list[int]:
        return [number for number in self.layers.loops if self.arrows[number].source == key]

    def _column_width(self, column: Sequence[Item]) -> float:
        keys = [item.key for item in column if item.passing < 0]
        texts = [self.measure(words) + 2 * _PAD + 0.06 for key in keys for words in self.boxes[key].lines]
        return max(_LEAST_WIDTH, *texts, *(self._label(number)[0] for key in keys for number in self._loops_of(key)))

    def _gap_width(self, number: int) -> float:
        """The gap to the right of a column: labels of what leaves it or comes back to it, and room to bend."""
        leaving = [n for n in self.layers.forward if self.layers.column_of[self.arrows[n].source] == number]
        back = [n for n in self.layers.backward if self.layers.column_of[self.arrows[n].target] == number]
        labels = max([0.3, *(self._label(n)[0] for n in (*leaving, *back))])
        return self._gutter(number, right=True) + labels + self._gutter(number + 1, right=False)

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
            start, lane, gap = left.x + left.width, lanes[first + step][number], first + step
            corners += [(start, self._height_at(one, number, self.out))]
            corners += [(start + self._gutter(gap, right=True), lane)]
            corners += [(right.x - self._gutter(gap + 1, right=False), lane)]
            corners += [(right.x, self._height_at(other, number, self.into))]
        middle = (corners[1][0] + corners[2][0]) / 2
        self._keep(number, corners, (middle, corners[1][1]), curved=True)

    def _draw_loops(self) -> None:
        for key in self.boxes:
            rect = self.place[Item(key)]
            y = rect.y + rect.height
            for number in self._loops_of(key):
                _, up, down = self._label(number)
                self._round(number, y + up)
                y += up + down

    def _draw_backward(self) -> None:
        y = self.layout.bottom + 0.12
        for number in self._backward():
            _, up, down = self._label(number)
            self._round(number, y + up)
            y += up + down
            self.layout.bottom = y

    def _round(self, number: int, lane: float) -> None:
        """Out on the right, down, back below, up, and in on the left."""
        arrow = self.arrows[number]
        source, target = self.place[Item(arrow.source)], self.place[Item(arrow.target)]
        leaving, arriving = self._port(arrow.source, number, self.out), self._port(arrow.target, number, self.into)
        right, left = source.x + source.width, target.x
        outer, inner = right + self.right_of[number], left - self.left_of[number]
        corners = [
            (right, leaving),
            (outer, leaving),
            (outer, lane),
            (inner, lane),
            (inner, arriving),
            (left, arriving),
        ]
        self._keep(number, corners, (self._middle_of(number), lane), curved=False)

    def _middle_of(self, number: int) -> float:
        """Where the label of an arrow that goes round is: below its box, or in the gap beside where it goes."""
        target = self.place[Item(self.arrows[number].target)]
        if number in self.layers.loops:
            return target.x + target.width / 2
        column = self.layers.column_of[self.arrows[number].target]
        beside = self._gutter(column, right=True) - self._gutter(column + 1, right=False)
        return target.x + target.width + (beside + self._gap_width(column)) / 2

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

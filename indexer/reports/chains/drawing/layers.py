"""Which box stands in which column, and in which order: most arrows run left to right, the largest first of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import networkx as nx

from indexer.reports.chains.drawing.diagram import Arrow, Diagram

_SWEEPS = 4
_LONELY_COLUMNS = 3


class Item(NamedTuple):
    """What takes a place in a column: a box, or an arrow (by its number) that only passes."""

    key: str
    passing: int = -1


@dataclass(frozen=True, slots=True)
class Layers:
    """Columns from left to right, each from top to bottom. Arrows by number: the others run backwards or stay."""

    columns: tuple[tuple[Item, ...], ...]
    forward: tuple[int, ...]
    backward: tuple[int, ...]
    loops: tuple[int, ...]
    column_of: Mapping[str, int]

    def stops(self, number: int, arrow: Arrow) -> list[Item]:
        """Where a forward arrow goes through, its boxes included."""
        first, last = self.column_of[arrow.source], self.column_of[arrow.target]
        between = [Item(f"{arrow.target}\0{column}", number) for column in range(first + 1, last)]
        return [Item(arrow.source), *between, Item(arrow.target)]


def layered(diagram: Diagram) -> Layers:
    """Deterministic: ties keep the order of the diagram."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(box.key for box in diagram.boxes)
    forward, backward, loops = [], [], []
    for number, arrow in enumerate(diagram.arrows):
        if arrow.source == arrow.target:
            loops.append(number)
        elif nx.has_path(graph, arrow.target, arrow.source):
            backward.append(number)
        else:
            forward.append(number)
            graph.add_edge(arrow.source, arrow.target)
    column_of = _columns(graph, [box.key for box in diagram.boxes])
    found = Layers((), tuple(forward), tuple(backward), tuple(loops), column_of)
    ways = [found.stops(number, diagram.arrows[number]) for number in forward]
    return Layers(_ordered(diagram, column_of, ways), found.forward, found.backward, found.loops, column_of)


def _columns(graph: "nx.DiGraph[str]", names: Sequence[str]) -> dict[str, int]:
    """The longest way from the left; what only sends stands just before whom it sends to."""
    column: dict[str, int] = {}
    for name in nx.topological_sort(graph):
        column[name] = max((column[before] + 1 for before in graph.predecessors(name)), default=0)
    for name in names:
        if graph.out_degree(name) and not graph.in_degree(name):
            column[name] = min(column[after] for after in graph.successors(name)) - 1
    lonely = [name for name in names if not graph.degree(name)]
    spread = max(_LONELY_COLUMNS, *column.values(), 0) if column else 1
    column.update({name: place % spread for place, name in enumerate(lonely)})
    return column


def _ordered(
    diagram: Diagram, column_of: Mapping[str, int], ways: Sequence[Sequence[Item]]
) -> tuple[tuple[Item, ...], ...]:
    """Each column by the middle of its neighbours, a few times to and fro."""
    columns: list[list[Item]] = [[] for _ in range(max(column_of.values(), default=-1) + 1)]
    for box in diagram.boxes:
        columns[column_of[box.key]].append(Item(box.key))
    for way in ways:
        for step, item in enumerate(way[1:-1], start=1):
            columns[column_of[way[0].key] + step].append(item)
    near: dict[Item, list[Item]] = {item: [] for column in columns for item in column}
    for way in ways:
        for one, other in pairwise(way):
            near[one].append(other)
            near[other].append(one)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            place = {item: (row + 0.5) / len(each) for each in columns for row, item in enumerate(each)}
            middle = {
                item: sum(place[other] for other in near[item]) / len(near[item]) if near[item] else place[item]
                for item in column
            }
            column.sort(key=middle.__getitem__)
    return tuple(tuple(column) for column in columns)

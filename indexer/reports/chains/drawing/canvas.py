"""A diagram as SVG. The one module that loads matplotlib, which takes a second: import it to draw only.

Letters are drawn as outlines of the font matplotlib brings along, so that the picture is the same everywhere; what the
font does not have is shown as a replacement character. Nothing in a text is a command: no mathematics, no markup.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextToPath

from indexer.reports.chains.drawing.diagram import Arrow, Box, Diagram, Words
from indexer.reports.chains.drawing.layout import arrange
from indexer.reports.chains.drawing.places import LINE, POINT, Drawn, Layout, Rect, label_height
from indexer.reports.chains.styles import INK, QUIET
from indexer.reports.text import harmless

_MARGIN, _HEAD, _LEAST_WIDTH = 0.32, 0.15, 7.2
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_ROUND = 0.12


def svg_of(diagram: Diagram) -> str:
    """The picture on a white card, which reads on any page. Same diagram, same bytes."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = "collateral-chains"
        mpl.rcParams["svg.fonttype"] = "path"
        out = StringIO()
        figure = _figure(diagram)
        figure.savefig(out, format="svg", metadata={"Title": harmless(diagram.title), **_NO_METADATA})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def width_of(words: Words) -> float:
    """Inches."""
    font = _font(words)
    width, _, _ = TextToPath().get_text_width_height_descent(_shown(words), font, ismath=False)
    return float(width) * POINT


def _figure(diagram: Diagram) -> Figure:
    layout = arrange(diagram, width_of)
    head = [Words(diagram.title, 12.5, bold=True), Words(diagram.subtitle, 8.5, QUIET)]
    inner = max(layout.right, _LEAST_WIDTH, *(width_of(words) for words in head))
    foot = [line for words in diagram.notes for line in _wrapped(words, inner)]
    above = _MARGIN + label_height(head) + 0.28
    legend = _legend(diagram, inner) if diagram.arrows else []
    key = above + layout.bottom + 0.32
    below = max((key + y + 0.24 for _, y, _, _ in legend), default=above)
    width, height = inner + 2 * _MARGIN, below + label_height(foot) + _MARGIN * 0.8
    figure = Figure(figsize=(width, height), facecolor="none")
    FigureCanvasSVG(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    card = FancyBboxPatch((0.04, 0.04), width - 0.08, height - 0.08, boxstyle="round,pad=0,rounding_size=0.12")
    card.set(facecolor="white", edgecolor="#d1d9e0", linewidth=0.8, gid="card")
    axes.add_patch(card)
    _write(axes, head, _MARGIN, _MARGIN)
    _draw(axes, layout, _MARGIN + (inner - layout.right) / 2, above)
    _draw_legend(axes, legend, key)
    _write(axes, foot, _MARGIN, below)
    return figure


def _draw(axes: Axes, layout: Layout, x: float, y: float) -> None:
    for number, drawn in enumerate(layout.arrows):
        _draw_arrow(axes, drawn, (x, y), f"arrow-{number}")
    for drawn in layout.arrows:
        centre = x + drawn.label.x + drawn.label.width / 2
        half = max(drawn.arrow.proven, drawn.arrow.possible) * POINT / 2 + 0.03
        _write(axes, drawn.arrow.above, centre, y + drawn.line - half - label_height(drawn.arrow.above), centred=True)
        _write(axes, drawn.arrow.below, centre, y + drawn.line + half, centred=True)
    for number, (box, rect) in enumerate(layout.boxes.values()):
        _draw_box(axes, box, Rect(x + rect.x, y + rect.y, rect.width, rect.height), f"box-{number}")


def _draw_box(axes: Axes, box: Box, rect: Rect, name: str) -> None:
    patch = FancyBboxPatch((rect.x, rect.y), rect.width, rect.height, boxstyle="round,pad=0,rounding_size=0.07")
    patch.set(facecolor=box.tint, edgecolor=box.colour, linewidth=1.1, zorder=4, gid=name)
    axes.add_patch(patch)
    stripe = Rectangle((rect.x, rect.y + 0.07), 0.06, rect.height - 0.14, facecolor=box.colour, linewidth=0, zorder=5)
    axes.add_patch(stripe)
    top = rect.y + (rect.height - label_height(box.lines)) / 2
    _write(axes, box.lines, rect.x + rect.width / 2 + 0.03, top, centred=True)


def _draw_arrow(axes: Axes, drawn: Drawn, at: tuple[float, float], name: str) -> None:
    """The dashed casing, the solid core upon it, the head."""
    corners = [(at[0] + x, at[1] + y) for x, y in drawn.corners]
    (x, y), arrow = corners[-1], drawn.arrow
    half = max(arrow.proven, arrow.possible) * POINT / 2 + 0.055
    corners[-1] = (x - _HEAD, y)
    outline = _curve(corners) if drawn.curved else _rounded(corners)
    for line in _lines(arrow):
        axes.add_patch(PathPatch(outline, fill=False, gid=f"{name}-{line['gid']}", zorder=2, **_style(line)))
    tip = Polygon([(x - _HEAD, y - half), (x, y), (x - _HEAD, y + half)], facecolor=arrow.colour, linewidth=0, zorder=3)
    axes.add_patch(tip)


def _lines(arrow: Arrow) -> Iterator[dict[str, object]]:
    if arrow.possible:
        thick = arrow.possible > 3
        dashes = (0, (1.1, 0.5)) if thick else (0, (3.2, 2.0))
        alpha = 0.38 if thick or arrow.proven else 0.9
        yield {
            "gid": "possible",
            "linewidth": arrow.possible,
            "linestyle": dashes,
            "alpha": alpha,
            "edgecolor": arrow.colour,
        }
    if arrow.proven:
        yield {"gid": "proven", "linewidth": arrow.proven, "linestyle": "solid", "edgecolor": arrow.colour}


def _style(line: dict[str, object]) -> dict[str, object]:
    return {"capstyle": "butt", "joinstyle": "round", **{name: value for name, value in line.items() if name != "gid"}}


def _curve(corners: Sequence[tuple[float, float]]) -> Outline:
    """Level at every corner, smooth between those of different height."""
    points, codes = [corners[0]], [Outline.MOVETO]
    for (x, y), (to_x, to_y) in pairwise(corners):
        middle = (x + to_x) / 2
        points += [(middle, y), (middle, to_y), (to_x, to_y)]
        codes += [Outline.CURVE4] * 3
    return Outline(points, codes)


def _rounded(corners: Sequence[tuple[float, float]]) -> Outline:
    """Right angles, rounded."""
    points, codes = [corners[0]], [Outline.MOVETO]
    for before, here, after in zip(corners, corners[1:], corners[2:], strict=False):
        points += [_towards(here, before), here, _towards(here, after)]
        codes += [Outline.LINETO, Outline.CURVE3, Outline.CURVE3]
    return Outline([*points, corners[-1]], [*codes, Outline.LINETO])


def _towards(here: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
    away = abs(there[0] - here[0]) + abs(there[1] - here[1])
    part = min(_ROUND, away / 2) / away if away else 0.0
    return here[0] + (there[0] - here[0]) * part, here[1] + (there[1] - here[1]) * part


def _legend(diagram: Diagram, width: float) -> list[tuple[float, float, Line2D, Words]]:
    """How lines are drawn, then what their colours mean: side by side, on as many lines as it takes."""
    casing = {"linestyle": (0, (1.1, 0.5)), "alpha": 0.38, "linewidth": 6.0, "color": INK}
    entries: list[tuple[dict[str, Any], str]] = [
        ({"color": INK, "linewidth": 2.6}, "proven by single transactions, or certain"),
        (casing, "possible at most"),
        *(({"color": colour, "linewidth": 2.6}, meaning) for colour, meaning in diagram.legend),
    ]
    placed, x, y = [], 0.0, 0.0
    for style, meaning in entries:
        words = Words(meaning, 8, QUIET)
        long = 0.48 + width_of(words) + 0.32
        if x and x + long > width:
            x, y = 0.0, y + 0.21
        placed.append((x, y, Line2D([], [], solid_capstyle="butt", dash_capstyle="butt", **style), words))
        x += long
    return placed


def _draw_legend(axes: Axes, legend: Sequence[tuple[float, float, Line2D, Words]], top: float) -> None:
    for x, y, line, words in legend:
        left = _MARGIN + x
        line.set_data([left, left + 0.4], [top + y, top + y])
        axes.add_line(line)
        _write(axes, [words], left + 0.48, top + y - 0.075)


def _write(axes: Axes, lines: Sequence[Words], x: float, y: float, *, centred: bool = False) -> None:
    for words in lines:
        height = words.size * LINE * POINT
        text = axes.text(x, y + height * 0.76, _shown(words), parse_math=False, fontproperties=_font(words))
        text.set(color=words.colour, va="baseline", ha="center" if centred else "left", zorder=6)
        y += height


def _wrapped(words: Words, width: float) -> Iterator[Words]:
    """The same words on lines that fit; a word that does not is cut."""
    line = ""
    for word in words.text.split():
        longer = f"{line} {word}".strip()
        if line and width_of(Words(longer, words.size, words.colour, words.bold)) > width:
            yield Words(line, words.size, words.colour, words.bold)
            longer = word
        line = longer
    yield Words(line, words.size, words.colour, words.bold)


def _font(words: Words) -> FontProperties:
    return FontProperties(fname=str(_file(words.bold)), size=words.size)


def _file(bold: bool) -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


def _shown(words: Words) -> str:
    known = _letters(words.bold)
    return "".join(char if ord(char) in known else "�" for char in harmless(words.text))


@cache
def _letters(bold: bool) -> frozenset[int]:
    return frozenset(get_font(str(_file(bold))).get_charmap())

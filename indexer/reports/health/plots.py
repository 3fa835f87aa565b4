"""The report's plots as SVG that takes its colours from the page, so that it follows light and dark.

matplotlib draws in colours that nothing else has; each is then replaced by the page's variable of that meaning. Every
plot is drawn twice, for wide and for narrow pages. Loads matplotlib: import it to draw only.
"""

import re
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from indexer.reports.health.formats import fall, money

Row = dict[str, Any]
LINES = 6
"""So many curves are drawn; the table has all."""
_MEANINGS = (
    "ink", "quiet", "line", "bad", "liquidatable", "risk", "near", "middle", "far",
    "series0", "series1", "series2", "series3", "series4", "series5",
)  # fmt: skip
_COLOURS = {name: f"#0b{number:02x}e7" for number, name in enumerate(_MEANINGS)}
_BANDS = {
    "bad_debt": "bad", "liquidatable": "liquidatable", "at_risk": "risk",
    "healthy_near": "near", "healthy_middle": "middle", "healthy_far": "far",
}  # fmt: skip
_WIDE, _NARROW = (8.4, 2.9), (3.9, 2.9)
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
Draw = Callable[[Axes, bool], None]


def drawn(report: Row) -> dict[str, str]:
    """Every plot by its name; one without anything to draw is empty."""
    found = {}
    for name, label, there, draw in (
        ("health", "Debt by health factor", report["distribution"], _health(report)),
        ("bands", "Debt by band", any(row["debt_usd"] for row in report["bands"]), _bands(report)),
        ("curves", "Liquidatable debt when prices fall", report["curves"], _curves(report)),
    ):
        sizes = ((8.4, 0.62), (3.9, 0.62)) if name == "bands" else (_WIDE, _NARROW)
        found[name] = (
            "".join(_svg(name, label, size, draw, narrow) for narrow, size in enumerate(sizes)) if there else ""
        )
    return found


def series(curves: Sequence[Row]) -> list[Row]:
    """What the lines mean: their colour by its variable, and the asset's symbol (None: all that float)."""
    return [
        {"colour": f"series{number}", "asset": curve["asset"], "symbol": curve["symbol"], "curve": number}
        for number, curve in enumerate(curves[:LINES])
    ]


def _health(report: Row) -> Draw:
    rows, cut = report["distribution"], report["watch_below"]

    def draw(axes: Axes, narrow: bool) -> None:
        colours = [_COLOURS[_band_of(row, cut)] for row in rows]
        heights = [row["debt_usd"] for row in rows]
        places = range(len(rows))
        axes.bar(places, heights, width=0.86, color=colours, linewidth=0)
        for place, row in zip(places, rows, strict=True):
            if row["accounts"] and not narrow:
                axes.text(place, row["debt_usd"], f"{row['accounts']:,}", ha="center", va="bottom", fontsize=8.5,
                          color=_COLOURS["quiet"])  # fmt: skip
        step = 2 if narrow else 1
        axes.set_xticks([place - 0.5 for place in places][::step], [f"{row['from']:g}" for row in rows][::step])
        axes.set_xlim(-0.6, len(rows) - 0.4)
        axes.margins(y=0.12)
        _dollars(axes)

    return draw


def _band_of(row: Row, cut: float) -> str:
    if row["from"] < 1:
        return "liquidatable"
    if row["from"] < cut:
        return "risk"
    return "near" if row["from"] < 1.25 else "middle" if row["from"] < 2 else "far"


def _bands(report: Row) -> Draw:
    def draw(axes: Axes, _: bool) -> None:
        left = 0.0
        for row in report["bands"]:
            if row["share"]:
                axes.barh(0, row["share"], left=left, color=_COLOURS[_BANDS[row["band"]]], linewidth=0, height=1)
                left += row["share"]
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.5, 0.5)
        axes.set_axis_off()

    return draw


def _curves(report: Row) -> Draw:
    def draw(axes: Axes, _: bool) -> None:
        for number, curve in reversed(list(enumerate(report["curves"][:LINES]))):
            falls = [point["fall"] for point in curve["points"]]
            debts = [point["liquidatable_debt_usd"] for point in curve["points"]]
            line = axes.plot(falls, debts, marker="o", markersize=3.4, markeredgewidth=0, clip_on=False)[0]
            line.set(color=_COLOURS[f"series{number}"], linewidth=1.7 if number else 2.6)
        axes.set_xlim(0, max(point["fall"] for point in report["curves"][0]["points"]))
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: fall(round(value, 4))))
        axes.xaxis.set_major_locator(MaxNLocator(5))
        _dollars(axes)

    return draw


def _dollars(axes: Axes) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: money(value)))
    axes.grid(visible=True, axis="y", color=_COLOURS["line"], linewidth=0.8)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(_COLOURS["line"])
    axes.tick_params(length=0, colors=_COLOURS["quiet"], labelsize=9.5, pad=5)


def _svg(name: str, label: str, size: tuple[float, float], draw: Draw, narrow: int) -> str:
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = f"{name}-{narrow}"
        mpl.rcParams["svg.fonttype"] = "none"
        figure = Figure(figsize=size, facecolor="none", layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot(facecolor="none")
        draw(axes, bool(narrow))
        out = StringIO()
        figure.savefig(out, format="svg", metadata=_NO_METADATA, transparent=True)
    return _inlined(out.getvalue(), label, narrow=bool(narrow))


def _inlined(text: str, label: str, *, narrow: bool) -> str:
    """The picture as a part of a page: no prologue, no size, no identifier twice, the page's colours and fonts."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    view = re.search(r'viewBox="([^"]+)"', body)
    box = view[1] if view else "0 0 1 1"
    body = body[body.index(">") + 1 :]
    used = set(re.findall(r"#([\w-]+)[\")]", body))
    body = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", body)
    body = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font: \1 var(--sans)", body)
    for meaning, colour in _COLOURS.items():
        body = body.replace(colour, f"var(--{meaning})")
    size = "narrow" if narrow else "wide"
    return f'<svg class="plot {size}" viewBox="{box}" role="img" aria-label="{label}">{body}'

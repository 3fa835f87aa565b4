"""Pictures of chains: legible, the same every time, and safe with strangers' names."""

import re
import subprocess
import sys
from itertools import combinations, permutations
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.reports.chains.drawing.canvas import width_of
from indexer.reports.chains.drawing.diagram import Diagram, money, share_proven, widths
from indexer.reports.chains.drawing.layout import arrange
from indexer.reports.chains.drawing.owner import owner_diagram
from indexer.reports.chains.drawing.places import Drawn, Rect, spread
from indexer.reports.chains.drawing.protocols import protocols_diagram
from indexer.reports.chains.pictures import as_svg
from indexer.reports.chains.styles import CIRCULAR, RECEIPT, REUSE, WARNING
from tests.unit.reports.chains.made_up import (
    OTHER,
    OWNER,
    STRANGE,
    USDC,
    WETH,
    WSTETH,
    Row,
    answer,
    dependency,
    edge,
    receipt,
    side,
    token,
)
from tests.unit.reports.chains.test_graph import HOSTILE

NAMES = [f"protocol-{number}" for number in range(8)]
PAIRS = [(one, other) for one in NAMES for other in NAMES]
DRAWN = {"svg", "title", "defs", "style", "g", "path", "use", "clipPath", "rect"}
SICK = side("aave", USDC, "liquidatable", factor=9_812)


def texts(svg: str) -> list[str]:
    """What is written: matplotlib repeats every text as a comment before its letters."""
    return re.findall(r"<!-- (.*?) -->", svg)


def ids(svg: str, start: str) -> list[str]:
    return [found for node in ET.fromstring(svg).iter() if (found := node.get("id", "")).startswith(start)]  # noqa: S314


def points(drawn: Drawn) -> list[tuple[float, float]]:
    """Many points on an arrow."""
    found = []
    for (x, y), (to_x, to_y) in zip(drawn.corners, drawn.corners[1:], strict=False):
        for step in range(41):
            t = step / 40
            eased = t**2 * (3 - 2 * t) if drawn.curved else t
            along = 1.5 * t * (1 - t) + t**3 if drawn.curved else t
            found.append((x + (to_x - x) * along, y + (to_y - y) * eased))
    return found


def touched(drawn: Drawn, rects: list[Rect], half: float) -> list[Rect]:
    """The rectangles an arrow runs through; `half` its width."""
    around = [Rect(x - half, y - half, 2 * half, 2 * half) for x, y in points(drawn)]
    return [rect for rect in rects if any(rect.overlaps(spot) for spot in around)]


def assert_legible(diagram: Diagram) -> None:
    """No label on a label, on a box or under somebody else's arrow; no box on a box."""
    layout = arrange(diagram, width_of)
    labels = [drawn.label for drawn in layout.arrows]
    boxes = [rect for _, rect in layout.boxes.values()]
    assert len(labels) == len(diagram.arrows)
    assert len(boxes) == len(diagram.boxes)
    assert not [pair for pair in combinations([*labels, *boxes], 2) if pair[0].overlaps(pair[1])]
    for drawn in layout.arrows:
        others = [other.label for other in layout.arrows if other is not drawn]
        half = max(drawn.arrow.proven, drawn.arrow.possible) / 72 / 2
        assert touched(drawn, others, half) == []
        assert (
            touched(drawn, [Rect(b.x + 0.01, b.y + 0.01, b.width - 0.02, b.height - 0.02) for b in boxes], 0.002) == []
        )


def owned(*rows: Row, **other: Any) -> Row:
    return answer(list(rows), **other)


def test_one_owner_is_drawn_as_his_chain() -> None:
    made = owned(
        edge(SICK, side("morpho", USDC, account_market="0x" + "7" * 64), 120_000, 250_000, flags=["chain_at_risk"]),
        edge(side("spark", WETH), side("spark", WSTETH), 0, 90_000, token(WETH), token(WSTETH), flags=["circular"]),
        edge(side("spark", WETH), side("euler", STRANGE, "unknown", factor=None), None, None, token(STRANGE, "pool")),
        receipt("comet", side("euler", STRANGE, "unknown", factor=None), 75, token(USDC), token(STRANGE, "cUSDC")),
        hidden_rows=3,
        deployments_unknown=["squeeth"],
    )
    diagram = owner_diagram(made)
    assert [[words.text for words in box.lines] for box in diagram.boxes] == [
        ["aave", "liquidatable, health factor 0.9812"],
        ["morpho", "market 0x7777…7777", "healthy, health factor 1.5000"],
        ["spark", "healthy, health factor 1.5000"],
        ["euler", "unknown: unpriced"],
        ["comet", "issues cUSDC"],
    ]
    assert [[words.text for words in (*arrow.above, *arrow.below)] for arrow in diagram.arrows] == [
        ["USDC", "at most 250,000 USDC ($250k), proven 120,000", "chain at risk"],
        ["WETH → wstETH", "at most 45 WETH ($90k), nothing proven", "circular"],
        ["pool", "amount unknown: a rate cannot be read"],
        ["USDC → cUSDC", "75 USDC ($75), certain"],
    ]
    assert [arrow.colour for arrow in diagram.arrows] == [WARNING, CIRCULAR, REUSE, RECEIPT]
    assert [words.text for words in diagram.notes] == [
        "3 more rows are hidden by the filters.",
        "Nothing can be said about squeeth: their chains are missing here.",
    ]
    assert_legible(diagram)
    assert f"Collateral chain of {OWNER}" in texts(as_svg(made))


def test_proven_is_solid_and_possible_is_dashed() -> None:
    made = owned(
        edge(side("a", USDC), side("b", USDC), 50, 100),
        edge(side("a", USDC), side("c", USDC), 0, 80),
        edge(side("a", USDC), side("d", USDC), 60, 60),
        edge(side("a", USDC), side("e", USDC), None, None),
    )
    svg = as_svg(made)
    drawn = {group.get("id", ""): group[0].get("style", "") for group in ET.fromstring(svg).iter() if len(group)}  # noqa: S314
    dashed = {name: "stroke-dasharray" in style for name, style in drawn.items() if name.startswith("arrow-")}
    assert dashed == {
        "arrow-0-possible": True,
        "arrow-0-proven": False,
        "arrow-1-possible": True,
        "arrow-2-proven": False,
        "arrow-3-possible": True,
    }


def test_several_owners_are_drawn_as_protocol_on_protocol() -> None:
    rows = [edge(side("aave", USDC), side("morpho", USDC), 1, 2, owner=owner) for owner in (OWNER, OTHER)]
    found = [
        dependency("aave", "morpho", 408_000.0, 1_200_000.0, 12),
        dependency("aave", "aave", 900.0, 900.0, 1),
        dependency("morpho", "aave", 0.0, 650.0, 2, 3),
        dependency("fluid", "maker", 0.0, 0.0, 1, 1),
    ]
    cycle = {"deployments": ["aave", "morpho"], "gain": 0.64, "bottleneck_usd": 650.0}
    made = answer(rows, found, cycles=[cycle])
    diagram = protocols_diagram(made)
    assert [[words.text for words in (*arrow.above, *arrow.below)] for arrow in diagram.arrows] == [
        ["$1.2M", "34 % proven, 12 owners"],
        ["$900", "all proven, 1 owner"],
        ["$650", "nothing proven, 2 owners, 3 without a price"],
        ["no price", "1 edge, 1 owner"],
    ]
    assert [arrow.colour for arrow in diagram.arrows] == [CIRCULAR, REUSE, CIRCULAR, REUSE]
    assert [box.key for box in diagram.boxes if box.share == max(box.share for box in diagram.boxes)] == ["aave"]
    shown = texts(as_svg(made))
    assert "Circle aave → morpho → aave: gain 64.00 %, at most $650 can go round." in shown
    assert_legible(diagram)


def test_more_than_twelve_arrows_are_not_drawn_and_it_says_so() -> None:
    found = [dependency(one, other, 0.0, 1000.0 - n) for n, (one, other) in enumerate(permutations(NAMES[:5], 2))]
    svg = as_svg(answer([], found))
    assert len(ids(svg, "arrow-")) == 12
    assert "8 smaller dependencies are not drawn." in texts(svg)
    rows = [edge(side("a", USDC), side(f"b{n}", USDC), 1, 100 - n) for n in range(15)]
    svg = as_svg(owned(*rows))
    assert len(ids(svg, "box-")) == 13
    assert "3 smaller chains are not drawn." in texts(svg)


def test_no_chain_is_a_picture_too() -> None:
    assert "No chain." in texts(as_svg(answer([])))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_name_is_drawn_and_does_nothing(name: str) -> None:
    strange = side("aave", STRANGE, account=name, account_market=name)
    chain = owned(edge(strange, side("spark", STRANGE), 1, 2, token(STRANGE, name)), deployments_unknown=[name])
    protocols = answer([], [dependency(name, "aave", 0.0, 1.0)], deployments_unknown=[name])
    for svg in (as_svg(chain), as_svg(protocols)):
        tags = {node.tag.rpartition("}")[2] for node in ET.fromstring(svg).iter()}  # noqa: S314
        assert tags <= DRAWN | {"metadata", "RDF", "Work"}
        assert not any(char in svg for char in "\u202e\u200b\x00\x1b\ud800\ufffe")


def test_nothing_is_loaded_from_anywhere_and_no_date_is_in() -> None:
    svg = as_svg(answer([], [dependency("aave", "spark", 1.0, 2.0)]))
    links = [value for node in ET.fromstring(svg).iter() for name, value in node.items() if name.endswith("href")]  # noqa: S314
    assert links
    assert all(link.startswith("#") for link in links)
    assert "dc:date" not in svg


def test_same_answer_same_bytes() -> None:
    made = owned(edge(SICK, side("morpho", USDC), 1, 2), edge(side("morpho", USDC), SICK, 1, 1))
    assert as_svg(made) == as_svg(made)


def test_matplotlib_is_loaded_only_to_draw() -> None:
    program = "import sys, indexer.reports.chains.pictures; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "pairs",
    [
        list(permutations(NAMES[:4], 2)),
        [("a", "b"), *[("b", "a")] * 11],
        [*[("a", "b")] * 11, ("b", "a")],
        [("a", "a")] * 12,
        [("a", "m"), ("a", "n"), ("n", "z"), *[("m", "a")] * 9],
    ],
    ids=["everybody on everybody", "eleven back", "eleven there", "twelve loops", "nine past a label"],
)
def test_nothing_lies_on_a_label_where_it_is_crowded(pairs: list[tuple[str, str]]) -> None:
    assert_legible(protocols_diagram(answer([], [dependency(*pair, 0.0, 100.0, 12_345, 678) for pair in pairs])))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(PAIRS), min_size=1, max_size=12, unique=True), st.data())
def test_nothing_lies_on_a_label_however_the_protocols_hang_together(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    amounts = data.draw(st.lists(st.integers(0, 10**7), min_size=len(pairs), max_size=len(pairs)))
    found = [dependency(*pair, amount / 3, float(amount), 3) for pair, amount in zip(pairs, amounts, strict=True)]
    assert_legible(protocols_diagram(answer([], sorted(found, key=lambda row: -row["high_usd"]))))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(PAIRS), min_size=1, max_size=12))
def test_nothing_lies_on_a_label_in_an_owners_chain(pairs: list[tuple[str, str]]) -> None:
    rows = [
        edge(side(one, USDC), side(other, USDC), n, 2 * n + 1, flags=["circular"])
        for n, (one, other) in enumerate(pairs)
    ]
    assert_legible(owner_diagram(owned(*rows)))


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 9), st.integers(1, 9)), max_size=12))
def test_spread_keeps_the_order_and_nothing_overlaps(wanted: list[tuple[float, float, float]]) -> None:
    wanted.sort()
    found = spread(wanted)
    assert len(found) == len(wanted)
    for (_, _, down), y, (_, up, _), below in zip(wanted, found, wanted[1:], found[1:], strict=False):
        assert y + down <= below - up + 1e-9


def test_what_has_room_stays_where_it_wants_to_be() -> None:
    assert spread([(0.0, 1.0, 1.0), (5.0, 1.0, 1.0)]) == [0.0, 5.0]
    assert spread([(0.0, 1.0, 1.0), (0.0, 1.0, 1.0)]) == [-1.0, 1.0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        (0.0, "$0"),
        (0.2, "<$1"),
        (999.0, "$999"),
        (1000.0, "$1k"),
        (1001.0, "$1.01k"),
        (999_999.0, "$1M"),
        (1_234_567.0, "$1.24M"),
        (120_000_000.0, "$120M"),
        (3e9, "$3B"),
        (4.5e12, "$4.5T"),
        (7e16, "$70000T"),
    ],
)
def test_a_bound_from_above_is_rounded_up(value: float | None, shown: str) -> None:
    assert money(value) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0.0, 5.0, "nothing proven"),
        (0.0, 0.0, "nothing proven"),
        (0.001, 5.0, "<1 % proven"),
        (4.99, 5.0, "99 % proven"),
        (5.0, 5.0, "all proven"),
        (6.0, 5.0, "all proven"),
    ],
)
def test_what_is_proven_is_rounded_down(low: float, high: float, shown: str) -> None:
    assert share_proven(low, high) == shown


def test_widths_are_in_proportion_and_what_has_no_price_is_thin() -> None:
    assert widths(50.0, 100.0, 100.0) == (5.5, 11.0)
    assert widths(100.0, 100.0, 100.0) == (11.0, 0.0)
    assert widths(0.0, 100.0, 200.0) == (0.0, 5.5)
    assert widths(None, None, 100.0) == (0.0, 1.6)

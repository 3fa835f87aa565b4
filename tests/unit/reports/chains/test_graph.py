"""Chains as DOT and GraphML: what is in, and that no stranger's name is more than a name."""

import io
import re

import networkx as nx
import pytest

from indexer.reports.chains.graph import as_dot, as_graphml, graph_of
from tests.unit.reports.chains.made_up import (
    FEED,
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

HOSTILE = [
    '"]; evil [x="',
    "two\nlines",
    "\\",
    'a\\"b\\',
    "<script>alert(1)</script>",
    "<<b>bold</b>>",
    "\u202egpj.exe\u200b",
    "\x00\x1b[31m\ud800\ufffe",
    "]]><!--",
    "A" * 300,
    "%s$x^2$&amp;",
]
_VALUE = r'(?:[A-Za-z_][A-Za-z0-9_]*|-?(?:\.\d+|\d+(?:\.\d*)?)|"(?:[^"\\\n]|\\.)*")'
_STATEMENT = re.compile(rf"\t({_VALUE})(?: -> ({_VALUE}))? \[({_VALUE}={_VALUE}(?: {_VALUE}={_VALUE})*)\]")


def small() -> Row:
    """A loan put up elsewhere through a wrapper, and a receipt."""
    return answer(
        [
            edge(side("aave", WETH), side("morpho", WSTETH), 100, 250, token(WETH), token(WSTETH), flags=["circular"]),
            receipt("comet", side("morpho", STRANGE), 75, token(USDC), token(STRANGE, "cUSDC")),
        ],
        [dependency("aave", "morpho", 100.0, 250.0)],
        hidden_rows=4,
    )


def read_back(made: Row) -> "nx.MultiDiGraph[str]":
    found = nx.read_graphml(io.BytesIO(as_graphml(made).encode()), force_multigraph=True)
    assert isinstance(found, nx.MultiDiGraph)
    return found


def statements(text: str) -> list[tuple[str, str]]:
    """Every statement of a DOT text as its two ends; fails where a line is anything else."""
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == ("digraph collateral_chains {", "}")
    found = [_STATEMENT.fullmatch(line) for line in lines[1:-1]]
    assert None not in found
    return [(match[1].strip('"'), (match[2] or "").strip('"')) for match in found if match]


def test_nodes_and_edges_are_those_of_the_rows() -> None:
    graph = read_back(small())
    here, there = f"position/aave/{OWNER}", f"position/morpho/{OWNER}"
    assert {name: data["kind"] for name, data in graph.nodes(data=True)} == {
        f"owner/{OWNER}": "owner",
        here: "position",
        there: "position",
        f"market/aave/{WETH}": "market",
        f"market/morpho/{WSTETH}": "market",
        f"market/morpho/{STRANGE}": "market",
        f"market/comet/{USDC}": "market",
        "deployment/aave": "deployment",
        "deployment/morpho": "deployment",
        "deployment/comet": "deployment",
        f"token/{WETH}": "token",
        f"token/{WSTETH}": "wrapper",
        f"token/{USDC}": "token",
        f"token/{STRANGE}": "token",
        f"feed/{FEED}": "feed",
    }
    assert sorted((data["kind"], a, b) for a, b, data in graph.edges(data=True)) == sorted(
        [
            ("reuse", here, there),
            ("receipt", f"market/comet/{USDC}", there),
            ("dependency", "deployment/aave", "deployment/morpho"),
            ("owns", f"owner/{OWNER}", here),
            ("owns", f"owner/{OWNER}", there),
            ("debt", here, f"market/aave/{WETH}"),
            ("collateral", there, f"token/{WSTETH}"),
            ("collateral", there, f"token/{STRANGE}"),
            ("wraps", f"token/{WSTETH}", f"token/{WETH}"),
            ("has", "deployment/aave", f"market/aave/{WETH}"),
            ("has", "deployment/morpho", f"market/morpho/{WSTETH}"),
            ("has", "deployment/morpho", f"market/morpho/{STRANGE}"),
            ("has", "deployment/comet", f"market/comet/{USDC}"),
            ("priced_by", f"market/aave/{WETH}", f"feed/{FEED}"),
            ("priced_by", f"market/morpho/{WSTETH}", f"feed/{FEED}"),
            ("priced_by", f"market/morpho/{STRANGE}", f"feed/{FEED}"),
        ]
    )


def test_an_edge_carries_its_bounds_exactly_and_what_is_unknown_is_left_out() -> None:
    unknown = edge(side("aave", USDC), side("spark", USDC), None, None)
    graph = graph_of(answer([*small()["chains"], unknown]))
    known, open_ = (data for _, _, data in graph.edges(data=True) if data["kind"] == "reuse")
    assert {name: known[name] for name in ("asset", "low", "high", "low_usd", "high_usd", "flags", "label")} == {
        "asset": WETH,
        "low": "50000000000000000",
        "high": "125000000000000000",
        "low_usd": 100.0,
        "high_usd": 250.0,
        "flags": "circular",
        "label": "WETH",
    }
    assert {"low", "high", "total_high", "low_usd", "high_usd"} & open_.keys() == set()
    assert open_["state"] == "unreadable_rate"


def test_the_file_says_of_which_block_it_is_and_what_is_missing() -> None:
    made = {**small(), "deployments_unknown": ["squeeth", "maker"]}
    assert read_back(made).graph == {
        "chain_id": 1,
        "block_number": 23_000_000,
        "block_hash": "0x" + "ab" * 32,
        "block_timestamp": 1_754_000_000,
        "finality": "finalized",
        "hidden_rows": 4,
        "deployments_unknown": "squeeth,maker",
        "edge_default": {},
        "node_default": {},
    }
    first = as_dot(made).splitlines()[1]
    assert 'block_hash="0xabab' in first
    assert 'deployments_unknown="squeeth,maker"' in first


def test_two_loans_between_the_same_positions_are_two_edges() -> None:
    twice = [edge(side("aave", USDC), side("spark", USDC), 1, 2)] * 2
    graph = read_back(answer(twice))
    ends = f"position/aave/{OWNER}", f"position/spark/{OWNER}"
    assert sorted(key for a, b, key in graph.edges(keys=True) if (a, b) == ends) == [
        f"reuse {ends[0]} {ends[1]} 1",
        f"reuse {ends[0]} {ends[1]} 2",
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_name_is_a_name_and_nothing_else(name: str) -> None:
    strange = [
        edge(side("aave", STRANGE), side("spark", STRANGE, position=name, account=name), 1, 2, token(STRANGE, name)),
        receipt(name, side("spark", STRANGE, feeds=[{"address": FEED, "name": name}]), 5, token(STRANGE, name)),
    ]
    made = answer(strange, [dependency(name, "aave", 0.0, 1.0)], deployments_unknown=[name])
    graph = graph_of(made)
    back = read_back(made)
    assert list(back.nodes) == list(graph.nodes)
    assert sorted(back.edges(keys=True)) == sorted(graph.edges(keys=True))
    assert [dict(data) for _, data in back.nodes(data=True)] == [dict(data) for _, data in graph.nodes(data=True)]
    found = statements(as_dot(made))
    assert [one for one, other in found if not other] == ["graph", "node", "edge", *graph.nodes]
    assert [ends for ends in found if ends[1]] == list(graph.edges())
    assert not any(char in as_dot(made) for char in "\u202e\u200b\x00\x1b\ud800\ufffe")
    assert max(len(data["label"]) for _, _, data in graph.edges(data=True) if "label" in data) <= 12


def test_dot_text_with_angles_is_text_and_not_markup() -> None:
    made = answer([edge(side("aave", USDC), side("spark", USDC), 1, 2, token(USDC, "<b>x</b>"))])
    assert 'label="<b>x</b>"' in as_dot(made)


def test_same_answer_same_bytes() -> None:
    assert as_dot(small()) == as_dot(small())
    assert as_graphml(small()) == as_graphml(small())


def test_nothing_is_a_graph_too() -> None:
    assert len(read_back(answer([]))) == 0
    assert statements(as_dot(answer([]))) == [("graph", ""), ("node", ""), ("edge", "")]

"""Chains as one directed multigraph, for Graphviz (DOT) and for Gephi, yEd, networkx (GraphML).

Nodes are owners, positions, markets, deployments, tokens, wrappers and feeds; an edge between positions runs as the
money does, from where it is borrowed or issued to where it is collateral. Amounts are decimal strings of raw units of
`asset`; a value that is not known is left out. Same answer, same bytes.
"""

from typing import Any, TypeAlias
from urllib.parse import quote

import graphviz  # type: ignore[import-untyped]
import networkx as nx

from indexer.reports.chains.styles import DOT_EDGES, DOT_NODES, QUIET, tint_of
from indexer.reports.text import harmless, short, symbol

Answer = dict[str, Any]
Row = dict[str, Any]
Graph: TypeAlias = "nx.MultiDiGraph[str]"
_PLACED = ("chain_id", "block_number", "block_hash", "block_timestamp", "at_timestamp", "finality", "hidden_rows")
_AMOUNTS = ("asset", "symbol", "decimals", "low", "high", "total_high", "low_usd", "high_usd", "state", "cycle_gain")
_SUMS = ("low_usd", "high_usd", "edges", "owners", "unvalued_edges")
_HEALTH = ("account", "state", "reason", "health_factor_wad", "ownership")


def as_dot(answer: Answer) -> str:
    """The graph in Graphviz's language. What strangers named is text there and nothing else."""
    graph = graph_of(answer)
    out = graphviz.Digraph("collateral_chains", graph_attr={"rankdir": "LR", **_quoted(graph.graph)})
    out.attr("node", fontname="Helvetica", fontsize="10")
    out.attr("edge", fontname="Helvetica", fontsize="9")
    for name, data in graph.nodes(data=True):
        fill = {"style": "filled", "fillcolor": tint_of(data.get("state"))} if data["kind"] == "position" else {}
        out.node(name, **DOT_NODES[data["kind"]], **fill, **_quoted(data))
    for source, target, data in graph.edges(data=True):
        out.edge(source, target, **_edge_style(data), **_quoted(data))
    return str(out.source)


def as_graphml(answer: Answer) -> str:
    """The graph as GraphML, with its attributes typed."""
    return "\n".join(nx.generate_graphml(graph_of(answer))) + "\n"


def graph_of(answer: Answer) -> Graph:
    """The graph of the rows shown, and the sums of all. An edge's key names it: the same edge in every answer."""
    graph: Graph = nx.MultiDiGraph()
    graph.graph.update(_known({name: answer.get(name) for name in _PLACED}))
    graph.graph["deployments_unknown"] = ",".join(harmless(name) for name in answer["deployments_unknown"])
    for row in answer["chains"]:
        _add_tokens(graph, row)
        ends = [_add_source(graph, row), _add_position(graph, row, row["target"], "collateral")]
        amounts = {name: row[name] for name in _AMOUNTS}
        flags = ",".join(dict.fromkeys(row["flags"]))
        _add_edge(graph, ends[0], ends[1], row["kind"], label=_name_of(row, row["asset"]), flags=flags, **amounts)
    for of in answer["dependencies"]:
        ends = [_add_deployment(graph, of[side]) for side in ("source", "target")]
        _add_edge(graph, ends[0], ends[1], "dependency", **{name: of[name] for name in _SUMS})
    return graph


def _add_source(graph: Graph, row: Row) -> str:
    """Where it is borrowed; a receipt comes from a market, which is nobody's position."""
    side = row["source"]
    return _add_market(graph, side) if row["kind"] == "receipt" else _add_position(graph, row, side, "debt")


def _add_position(graph: Graph, row: Row, side: Row, leg: str) -> str:
    """A position with its owner, and its debt or collateral: what is owed to a market, which token is put up."""
    owner = _add_node(graph, "owner", row["owner"], label=short(row["owner"]))
    label = f"{side['deployment']} {short(side['account_market'] or side['account'])}"
    health = {name: side[name] for name in _HEALTH}
    here = _add_node(
        graph, "position", side["deployment"], side["position"], label=label, deployment=side["deployment"], **health
    )
    market = _add_market(graph, side)
    token = _add_node(graph, "token", side["asset"], label=_name_of(row, side["asset"]))
    _add_once(graph, owner, here, "owns")
    _add_once(graph, here, market if leg == "debt" else token, leg, asset=side["asset"], amount=side["amount"])
    return here


def _add_market(graph: Graph, side: Row) -> str:
    label = f"{side['deployment']} {short(side['market'])}"
    name, market = side["deployment"], side["market"]
    here = _add_node(graph, "market", name, market, label=label, deployment=name, market=market)
    _add_once(graph, _add_deployment(graph, name), here, "has")
    for feed in side["feeds"]:
        known = harmless(feed["name"] or "").strip() or short(feed["address"])
        _add_once(graph, here, _add_node(graph, "feed", feed["address"], label=known), "priced_by")
    return here


def _add_deployment(graph: Graph, name: str) -> str:
    return _add_node(graph, "deployment", name, label=name)


def _add_tokens(graph: Graph, row: Row) -> None:
    """The tokens on the way. A wrapper is a token too: its id says token, its kind wrapper."""
    for token in row["tokens"]:
        here = _add_node(graph, "token", token["asset"], label=_name_of(row, token["asset"]))
        if token["underlying"] is not None:
            graph.nodes[here].update(kind="wrapper", wrapper=token["kind"])
            under = _add_node(graph, "token", token["underlying"], label=_name_of(row, token["underlying"]))
            _add_once(graph, here, under, "wraps")
        if token["symbol"] is not None:
            graph.nodes[here]["label"] = _name_of(row, token["asset"])


def _name_of(row: Row, asset: str) -> str:
    known = [row, *row["tokens"]]
    return symbol(next((token["symbol"] for token in known if token["asset"] == asset), None), asset)


def _add_node(graph: Graph, kind: str, *names: str, label: str, **data: object) -> str:
    """An id of letters, digits and percent signs that no stranger can break out of."""
    here = "/".join((kind, *(quote(name, safe="", errors="replace") for name in names)))
    if here not in graph:
        graph.add_node(here, kind=kind, label=harmless(label), **_known(data))
    return here


def _add_once(graph: Graph, source: str, target: str, kind: str, **data: object) -> None:
    if f"{kind} {source} {target} 1" not in graph.get_edge_data(source, target, default={}):
        _add_edge(graph, source, target, kind, **data)


def _add_edge(graph: Graph, source: str, target: str, kind: str, **data: object) -> None:
    alike = sum(str(key).startswith(f"{kind} ") for key in graph.get_edge_data(source, target, default={}))
    graph.add_edge(source, target, f"{kind} {source} {target} {alike + 1}", kind=kind, **_known(data))


def _known(data: Row) -> Row:
    """What is known, without the characters no XML may carry."""
    return {
        name: harmless(value) if isinstance(value, str) else value for name, value in data.items() if value is not None
    }


def _quoted(data: Row) -> dict[str, str]:
    return {name: graphviz.escape(str(value)) for name, value in data.items()}


def _edge_style(data: Row) -> dict[str, str]:
    """Solid where everything is proven, as in the pictures."""
    style = {"color": DOT_EDGES.get(data["kind"], QUIET)}
    if "high" in data and data.get("low") != data["high"]:
        style["style"] = "dashed"
    return style

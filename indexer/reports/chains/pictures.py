"""Chains as a picture: one owner's chain, or, where the rows have several owners, protocol on protocol."""

from typing import Any

from indexer.reports.chains.drawing.owner import owner_diagram
from indexer.reports.chains.drawing.protocols import protocols_diagram

Answer = dict[str, Any]


def as_svg(answer: Answer) -> str:
    """A `chains_answer` as SVG that loads nothing from anywhere. Same answer, same bytes."""
    from indexer.reports.chains.drawing.canvas import svg_of  # noqa: PLC0415 - matplotlib takes a second to load

    owners = {row["owner"] for row in answer["chains"]}
    return svg_of(owner_diagram(answer) if len(owners) == 1 else protocols_diagram(answer))

"""Other liquidation thresholds: in the configuration word of each reserve, and in e-mode categories."""

from indexer.book import DeploymentBook
from indexer.protocols._thresholds import Lowered
from indexer.protocols.aave_v3.configuration import read, write


def lowered_thresholds(rows: DeploymentBook, points_bps: int) -> Lowered:
    """`ReserveConfiguration.setLiquidationThreshold` and the category's own, `points_bps` lower, 0 stays 0."""
    lowered: dict[str, dict[str, int]] = {}
    for market, fields in rows.markets.items():
        word, category = fields.get("configuration"), fields.get("threshold")
        if word is not None:
            threshold = max(0, read(word, "liquidation_threshold") - points_bps)
            lowered[market] = {"configuration": write(word, "liquidation_threshold", threshold)}
        elif category is not None:
            lowered[market] = {"threshold": max(0, category - points_bps)}
    return lowered

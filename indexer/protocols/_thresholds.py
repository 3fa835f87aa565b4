"""What some protocols can tell besides: what their markets would look like with other liquidation thresholds."""

from collections.abc import Mapping
from typing import Protocol as Interface
from typing import runtime_checkable

from indexer.book import DeploymentBook

Lowered = Mapping[str, Mapping[str, int]]
"""By market, the fields that take other values."""


@runtime_checkable
class LowersThresholds(Interface):
    """A protocol whose governance can lower the liquidation thresholds of open positions."""

    def lowered_thresholds(self, rows: DeploymentBook, points_bps: int) -> Lowered:
        """The thresholds, each `points_bps` lower and never below 0, as the fields that hold them."""


def lowered_wads(rows: DeploymentBook, field: str, points_bps: int) -> Lowered:
    """The same where each market holds its threshold as a wad in one field."""
    points = points_bps * 10**14
    return {
        market: {field: max(0, fields[field] - points)} for market, fields in rows.markets.items() if fields.get(field)
    }

"""Who takes part in Morpho Blue's story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.morpho_deploy import MorphoSite
    from scripts.devnet.morpho_market import MorphoMarket

SUPPLIERS = slice(0, 8)
BORROWERS = slice(8, 30)
EDGE = slice(30, 36)


@dataclass(frozen=True)
class MorphoStage:
    """What a beat of this story acts on."""

    site: MorphoSite
    markets: tuple[MorphoMarket, ...]
    users: tuple[str, ...]

    @property
    def public(self) -> Sequence[str]:
        """Everybody but those who are left at the edge at the end."""
        return self.users[: EDGE.start]

    def borrowers(self, market: MorphoMarket) -> Sequence[str]:
        """Who borrows in a market by script: every user in two markets."""
        place = self.markets.index(market)
        return [who for n, who in enumerate(self.users[BORROWERS]) if (n - place) % len(self.markets) in (0, 2)]

    def edge(self, place: int) -> Sequence[str]:
        """Who stands at the edge of a market at the end: every other of them."""
        return [who for index, who in enumerate(self.users[EDGE]) if (index + place) % 2]

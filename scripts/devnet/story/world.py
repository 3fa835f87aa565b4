"""The stage of the story: markets, cast, dice. It remembers nothing that the chain knows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.devnet.abi import address_of
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.market import Market
from scripts.devnet.plan import LEGACY, MAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.devnet.chain import Chain
    from scripts.devnet.deploy import Site

# Accounts 0-159 live on the legacy market and 120-279 on the main one; from 280 on they are fresh.
CAST_SIZE = 160
MAIN_CAST_START = 120
FRESH_START = 280


@dataclass(frozen=True)
class Cast:
    """The accounts of one market by role."""

    everybody: Sequence[str]

    @property
    def suppliers(self) -> Sequence[str]:
        """Bring the liquidity, and never borrow by script."""
        return self.everybody[:20]

    @property
    def borrowers(self) -> Sequence[str]:
        """Ordinary borrowers of all sizes."""
        return self.everybody[20:80]

    @property
    def specialists(self) -> Sequence[str]:
        """Use e-mode, isolation, siloed, stable rates, delegation."""
        return self.everybody[80:110]

    @property
    def movers(self) -> Sequence[str]:
        """Do the rare things with tokens and flags."""
        return self.everybody[110:126]

    @property
    def edge(self) -> Sequence[str]:
        """Placed around health factor one at the end."""
        return self.everybody[126:160]


class World:
    """What a beat of the story acts on."""

    def __init__(self, chain: Chain, site: Site, seed: int) -> None:
        self.chain = chain
        self.site = site
        self.seed = seed
        self.feeds = site.feeds
        self.dice = random.Random(seed)
        accounts = site.manifest.accounts
        tokens = dict(site.ground.tokens)
        self.legacy = Market(chain, site.manifest.deployment(LEGACY), tokens)
        self.main = Market(chain, site.manifest.deployment(MAIN), tokens)
        self._casts = {
            LEGACY: Cast(accounts[:CAST_SIZE]),
            MAIN: Cast(accounts[MAIN_CAST_START : MAIN_CAST_START + CAST_SIZE]),
        }
        self.fresh: Sequence[str] = accounts[FRESH_START:]

    @property
    def markets(self) -> tuple[Market, Market]:
        """Both markets, the legacy one first."""
        return (self.legacy, self.main)

    def cast(self, market: Market) -> Cast:
        """The accounts that live on a market."""
        return self._casts[market.deployment.name]

    def liquidator(self) -> str:
        """One of a few liquidators: none of the accounts of the story."""
        return address_of(f"devnet {self.seed} liquidator {self.dice.randrange(5)}")

    def roll(self, position: int, branch: int) -> None:
        """Fix the dice for one beat: they depend on the seed, the beat and the branch only.

        So a story that was rolled back can be told again, the same or, on another branch, otherwise.
        """
        self.dice = random.Random(f"{self.seed}/{position}/{branch}")

    def size(self, low: float, high: float) -> float:
        """Dollars between two bounds, small ones as likely as large ones."""
        return float(low * (high / low) ** self.dice.random())


@dataclass(frozen=True)
class Beat:
    """One block of the story: what is queued, and how long after its parent it is mined."""

    act: Callable[[World], None]
    seconds: int = BLOCK_SECONDS


@dataclass(frozen=True)
class Chapter:
    """A named run of beats."""

    name: str
    beats: tuple[Beat, ...]

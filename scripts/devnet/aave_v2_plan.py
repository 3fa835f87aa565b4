"""The plan of the Aave V2 market as tables: prices in ether, reserves."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.devnet.plan import FeedPlan, token_plan

NAME = "aave_v2"
ETHER = 10**18
# What the dollars of the story are worth here; the market itself knows only ether.
ETHER_USD = 3000


@dataclass(frozen=True)
class V2Reserve:
    """A reserve's parameters. Basis points; rates are per year."""

    symbol: str
    ltv: int
    threshold: int
    bonus: int
    reserve_factor: int
    optimal: int
    base_rate: int
    slope1: int
    slope2: int
    stable: bool = False
    market_rate: int = 500  # what the lending rate oracle says of other markets

    @property
    def feed(self) -> str:
        """The feed's name."""
        return f"{self.symbol} / ETH"


# USDT turns steep only above 97 %: so a stable rate can be rebalanced there (utilisation above 95 %, cheap loans).
RESERVES = (
    V2Reserve("USDC", 8000, 8500, 10500, 1000, 9000, 0, 400, 6000, stable=True, market_rate=390),
    V2Reserve("WETH", 8000, 8250, 10500, 1000, 6500, 0, 800, 10000, stable=True, market_rate=300),
    V2Reserve("WBTC", 7000, 7500, 11000, 2000, 6500, 0, 800, 10000),
    V2Reserve("DAI", 7500, 8000, 10500, 1000, 8000, 0, 400, 7500, stable=True, market_rate=390),
    V2Reserve("LINK", 7000, 7700, 11000, 2000, 4500, 0, 700, 30000, stable=True, market_rate=300),
    V2Reserve("USDT", 0, 0, 0, 1000, 9700, 0, 400, 7500, stable=True, market_rate=350),
    V2Reserve("EURS", 6500, 7000, 10750, 0, 8000, 0, 400, 7500),
)
# Listed in the middle of the chapter.
LATE_RESERVE = V2Reserve("AAVE", 5000, 6500, 11000, 0, 4500, 0, 700, 30000)


def first_answer(symbol: str) -> int:
    """A token's first price in wei: what its first price in dollars is at the first price of ether."""
    return token_plan(symbol).price * ETHER // token_plan("WETH").price


def feed_plan(reserve: V2Reserve) -> FeedPlan:
    """The reserve's feed in ether, 18 decimals."""
    return FeedPlan(reserve.feed, 86400, 100, decimals=18)

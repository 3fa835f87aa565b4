"""The plan of Morpho Blue on the devnet as tables: markets, rates, how many users."""

from __future__ import annotations

from dataclasses import dataclass

NAME = PROTOCOL = "morpho_blue"
WAD = 10**18
YEAR = 365 * 86_400
ACCOUNTS = 36
# Rate models by the name used below; none: a market without interest.
VARIABLE, FIXED, NONE = "variable", "fixed", "none"
FIXED_RATE = 7 * WAD // 100 // YEAR


@dataclass(frozen=True)
class MorphoMarketPlan:
    """A market: what is lent, against what, with which rate model; `lltv` and `fee` in basis points."""

    loan: str
    collateral: str
    lltv: int
    irm: str
    fee: int = 0

    @property
    def name(self) -> str:
        """Collateral and loan: "WETH/USDC"."""
        return f"{self.collateral}/{self.loan}"


MARKETS = (
    MorphoMarketPlan("USDC", "WETH", 8600, VARIABLE, fee=1000),
    MorphoMarketPlan("WETH", "WSTETH", 9450, VARIABLE),
    MorphoMarketPlan("USDC", "WBTC", 8600, FIXED),
    MorphoMarketPlan("DAI", "WBTC", 7700, VARIABLE, fee=2500),
    MorphoMarketPlan("USDT", "LINK", 6250, NONE),
    MorphoMarketPlan("DAI", "CRV", 3850, FIXED, fee=500),
    MorphoMarketPlan("WETH", "USDC", 8600, NONE),
)
ETHER, STAKED, BITCOIN, BITCOIN_DAI, LINK, CURVE, DOLLAR = range(len(MARKETS))

"""The Venus isolated pools of the devnet as tables: markets, rate models, rights of governance."""

from __future__ import annotations

from dataclasses import dataclass

WAD = 10**18
PROTOCOL = "venus_isolated"
ACCOUNTS = 38
# As on mainnet: 12 seconds a block.
BLOCKS_PER_YEAR = 2_628_000
MAX_BORROW_RATE = 5 * 10**11
CLOSE_FACTOR = WAD // 2
LIQUIDATION_INCENTIVE = 110 * 10**16
# Blocks or seconds after which an accrual pays the reserves out, by the pool's clock.
PAY_OUT_BLOCKS = 40
PAY_OUT_SECONDS = 86_400
YEARS_10 = 315_360_000


@dataclass(frozen=True)
class VenusMarketPlan:
    """A market. Factors in basis points; `decimals` are the vToken's.

    `model`: "jump", "two_kinks" or "white_paper". `stale_s`: from which age the oracle refuses a price.
    """

    symbol: str
    collateral_factor: int
    liquidation_threshold: int
    model: str
    reserve_factor: int
    first_supply: int
    stale_s: int = YEARS_10
    decimals: int = 8


BLOCK_MARKETS = (
    VenusMarketPlan("WETH", 7500, 8000, "jump", 2000, 10),
    VenusMarketPlan("USDC", 7800, 8200, "jump", 1000, 10_000),
    VenusMarketPlan("WBTC", 7000, 7500, "jump", 2000, 1),
    VenusMarketPlan("DAI", 7400, 7800, "two_kinks", 1000, 10_000, decimals=18),
    VenusMarketPlan("LINK", 5500, 6300, "white_paper", 2500, 1_000, stale_s=172_800),
    # Unlisted by governance in the end.
    VenusMarketPlan("USDT", 6000, 6500, "white_paper", 1000, 1_000),
)
TIMED_MARKETS = (
    VenusMarketPlan("WETH", 7500, 8000, "two_kinks", 2000, 10),
    VenusMarketPlan("USDC", 8000, 8500, "jump", 1000, 10_000, decimals=6),
    VenusMarketPlan("WBTC", 7000, 7700, "white_paper", 2000, 1),
)


@dataclass(frozen=True)
class VenusPoolPlan:
    """A pool. `timed`: interest by seconds, as on chains without a steady block time, instead of by blocks.

    The markets of a pool must share one clock: a liquidation compares when both accrued.
    """

    name: str
    timed: bool
    markets: tuple[VenusMarketPlan, ...]
    min_collateral: int


BLOCKS = VenusPoolPlan("venus_isolated", False, BLOCK_MARKETS, 100 * WAD)
TIMED = VenusPoolPlan("venus_isolated_timed", True, TIMED_MARKETS, 50 * WAD)
POOLS = (BLOCKS, TIMED)

# The functions of governance, as the contracts spell them for the access control manager.
PERMISSIONS = (
    "addPool(string,address,uint256,uint256,uint256)",
    "addMarket(AddMarketInput)",
    "setTokenConfig(TokenConfig)",
    "setValidateConfig(ValidateConfig)",
    "setDirectPrice(address,uint256)",
    "enableOracle(address,uint8,bool)",
    "pause()",
    "unpause()",
    "setCollateralFactor(address,uint256,uint256)",
    "setCloseFactor(uint256)",
    "setLiquidationIncentive(uint256)",
    "setMinLiquidatableCollateral(uint256)",
    "setMarketBorrowCaps(address[],uint256[])",
    "setMarketSupplyCaps(address[],uint256[])",
    "setActionsPaused(address[],uint256[],bool)",
    "setForcedLiquidation(address,bool)",
    "unlistMarket(address)",
    "setProtocolSeizeShare(uint256)",
    "setReserveFactor(uint256)",
    "setInterestRateModel(address)",
    "setReduceReservesBlockDelta(uint256)",
    "updateJumpRateModel(uint256,uint256,uint256,uint256)",
    "syncCash()",
)
# Those the pool registry calls when it adds a pool or a market.
OF_THE_REGISTRY = (
    "setCloseFactor(uint256)",
    "setLiquidationIncentive(uint256)",
    "setMinLiquidatableCollateral(uint256)",
    "setCollateralFactor(address,uint256,uint256)",
    "setMarketSupplyCaps(address[],uint256[])",
    "setMarketBorrowCaps(address[],uint256[])",
)

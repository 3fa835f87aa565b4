"""The plan of the devnet as tables: tokens with first prices, feeds, reserves, e-mode categories."""

from __future__ import annotations

from dataclasses import dataclass

# Seconds an answer of the delayed feed stays hidden: several blocks of 12 s, as on mainnet.
FEED_DELAY_SECONDS = 60
LEGACY = "aave_v3_legacy"
MAIN = "aave_v3_main"
# A feed nobody uses until governance of the legacy market replaces the source of DAI by it.
SECOND_DAI_FEED = "DAI / USD (2)"
SECOND_DAI_PRICE = 99_910000
# A token that is listed and never used: governance drops the reserve, so ids and list places differ.
DROPPED = "GONE"


@dataclass(frozen=True)
class TokenPlan:
    """A token, the feed that prices it, and the feed's first answer in dollars with 8 decimals."""

    symbol: str
    name: str
    decimals: int
    feed: str
    price: int


TOKENS = (
    TokenPlan("WETH", "Wrapped Ether", 18, "ETH / USD", 3000_00000000),
    TokenPlan("WSTETH", "Wrapped staked Ether", 18, "WSTETH / USD", 3612_41000000),
    TokenPlan("WBTC", "Wrapped Bitcoin", 8, "BTC / USD", 61250_00000000),
    TokenPlan("USDC", "USD Coin", 6, "USDC / USD", 99_990000),
    TokenPlan("USDT", "Tether USD", 6, "USDT / USD", 1_00030000),
    TokenPlan("DAI", "Dai Stablecoin", 18, "DAI / USD", 99_970000),
    TokenPlan("LINK", "ChainLink Token", 18, "LINK / USD", 15_20000000),
    TokenPlan("CRV", "Curve DAO Token", 18, "CRV / USD", 51_230000),
    TokenPlan("SUSD", "Synth sUSD", 18, "SUSD / USD", 99_100000),
    TokenPlan(DROPPED, "Soon gone", 6, "SUSD / USD", 99_100000),
    TokenPlan("EURS", "STASIS Euro", 2, "EUR / USD", 1_08150000),
    TokenPlan("AAVE", "Aave Token", 18, "AAVE / USD", 102_50000000),
)


@dataclass(frozen=True)
class FeedPlan:
    """A feed: how often and from which move on it is updated, by how many oracles."""

    name: str
    heartbeat_s: int
    deviation_bps: int
    oracles: int = 1
    delayed: bool = False
    decimals: int = 8


FEEDS = (
    FeedPlan("ETH / USD", 3600, 50, oracles=3),
    FeedPlan("WSTETH / USD", 86400, 50),
    FeedPlan("BTC / USD", 3600, 50, delayed=True),
    FeedPlan("USDC / USD", 86400, 25, oracles=3),
    FeedPlan("USDT / USD", 86400, 25),
    FeedPlan("DAI / USD", 3600, 25),
    FeedPlan(SECOND_DAI_FEED, 3600, 25),
    FeedPlan("LINK / USD", 3600, 100),
    FeedPlan("CRV / USD", 86400, 100),
    FeedPlan("SUSD / USD", 86400, 100),
    FeedPlan("EUR / USD", 86400, 15),
    FeedPlan("AAVE / USD", 3600, 100),
)


@dataclass(frozen=True)
class ReservePlan:
    """A reserve's parameters. Basis points unless said otherwise; rates are per year."""

    symbol: str
    ltv: int
    threshold: int
    bonus: int
    protocol_fee: int
    reserve_factor: int
    optimal: int
    base_rate: int
    slope1: int
    slope2: int
    borrowable: bool = True
    stable: bool = False  # stable-rate borrowing, Aave 3.0.2 only
    emode: int = 0  # e-mode category, Aave 3.0.2 only: one per asset
    isolated_ceiling: int = 0  # dollars with 2 decimals; not 0 = isolated collateral
    in_isolation: bool = False  # may be borrowed against isolated collateral
    siloed: bool = False
    supply_cap: int = 0  # whole tokens, 0 = none
    borrow_cap: int = 0


LEGACY_RESERVES = (
    ReservePlan("DAI", 7700, 8000, 10400, 1000, 1000, 8000, 100, 1400, 7500,
                stable=True, emode=1, in_isolation=True),
    ReservePlan("LINK", 5300, 6800, 10700, 1000, 2000, 4500, 100, 1700, 30000, supply_cap=40_000_000),
    ReservePlan("USDC", 7400, 7600, 10450, 1000, 1000, 9000, 50, 1350, 6000,
                stable=True, emode=1, in_isolation=True, borrow_cap=900_000_000),
    ReservePlan("WBTC", 7000, 7500, 10650, 1000, 2000, 4500, 50, 1700, 30000),
    ReservePlan(DROPPED, 5000, 6000, 11000, 1000, 1000, 8000, 100, 1400, 7500),
    ReservePlan("WETH", 8050, 8250, 10500, 1000, 1500, 8000, 100, 1380, 8000,
                stable=True, emode=2),
    ReservePlan("USDT", 7300, 7550, 10475, 0, 1000, 8000, 100, 1400, 7500, emode=1,
                in_isolation=True),
    ReservePlan("WSTETH", 7850, 8100, 10600, 1500, 500, 4500, 25, 1450, 8000, emode=2),
    ReservePlan("EURS", 6500, 7000, 10750, 2000, 1000, 8000, 100, 1500, 7500, stable=True),
    ReservePlan("CRV", 5500, 6100, 10830, 1000, 2000, 4500, 300, 1400, 30000,
                isolated_ceiling=500_000_00),
    ReservePlan("SUSD", 6000, 7500, 10500, 1000, 1000, 8000, 100, 1400, 7500, siloed=True),
)  # fmt: skip

MAIN_RESERVES = (
    ReservePlan("WETH", 8050, 8300, 10500, 1000, 1500, 9200, 200, 1270, 8000),
    ReservePlan("WSTETH", 7850, 8100, 10600, 1000, 3500, 8000, 50, 1300, 8500),
    ReservePlan("WBTC", 7300, 7800, 10500, 1000, 5000, 8000, 50, 1400, 30000),
    ReservePlan("USDC", 7500, 7800, 10450, 1000, 1000, 9200, 150, 1500, 4000, in_isolation=True),
    ReservePlan(DROPPED, 5000, 6000, 11000, 1000, 1000, 8000, 100, 1400, 7500),
    ReservePlan("DAI", 6300, 7700, 10500, 1500, 2500, 9200, 100, 1575, 3500, in_isolation=True),
    ReservePlan("LINK", 6600, 7100, 10700, 2000, 2000, 4500, 50, 1700, 30000),
    ReservePlan("USDT", 7500, 7800, 10450, 0, 1000, 9200, 100, 1650, 3500, in_isolation=True,
                supply_cap=3_000_000_000),
    ReservePlan("CRV", 3500, 4100, 10830, 1000, 3500, 7000, 300, 1800, 30000,
                isolated_ceiling=400_000_00),
    ReservePlan("SUSD", 6000, 7200, 10500, 1000, 2000, 8000, 100, 1500, 7500, siloed=True),
)  # fmt: skip

# Listed by governance in the middle of the story. On the main market it is no collateral by itself
# (threshold 0) and becomes one only inside an e-mode category, which 3.6 allows.
LATE_LEGACY_RESERVE = ReservePlan("AAVE", 6000, 7000, 10750, 1000, 2000, 4500, 100, 1700, 30000)
LATE_MAIN_RESERVE = ReservePlan("AAVE", 0, 0, 0, 1000, 2000, 4500, 100, 1700, 30000)


@dataclass(frozen=True)
class EmodePlan:
    """An e-mode category. `collateral` and `borrowable` are for 3.6, `price_feed` is for 3.0.2."""

    category: int
    label: str
    ltv: int
    threshold: int
    bonus: int
    collateral: tuple[str, ...] = ()
    borrowable: tuple[str, ...] = ()
    price_feed: str = ""


LEGACY_EMODES = (
    EmodePlan(1, "Stablecoins", 9300, 9500, 10100, price_feed="USDC / USD"),
    EmodePlan(2, "ETH correlated", 9000, 9300, 10100),
)
MAIN_EMODES = (
    EmodePlan(1, "ETH correlated", 9300, 9500, 10100, ("WETH", "WSTETH"), ("WETH",)),
    EmodePlan(2, "Stablecoins", 9000, 9300, 10200, ("USDC", "DAI", "USDT"), ("USDC", "USDT")),
)
LATE_MAIN_EMODE = EmodePlan(3, "AAVE and LINK / stablecoins", 7000, 7500, 10700, ("AAVE", "LINK"), ("USDC", "USDT"))


def token_plan(symbol: str) -> TokenPlan:
    """The plan of a token by symbol."""
    return next(plan for plan in TOKENS if plan.symbol == symbol)

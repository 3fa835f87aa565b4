"""The plan of the collateral chains as tables: tokens, the late reserve, the market, who acts and with how much."""

from __future__ import annotations

from scripts.devnet.morpho_plan import FIXED, MorphoMarketPlan
from scripts.devnet.plan import EmodePlan, FeedPlan, ReservePlan

ETHER = 10**18
# Symbols: staked ether, its wrapper, the static aToken of WETH (its factory names it), the vault's shares.
STAKED, WRAPPED, STATIC, SHARES = "STKETH", "WSTKETH", "waWETH", "LOOP"
MORE_TOKENS = (STAKED, WRAPPED, STATIC, SHARES)

# The first pool of staked ether, and what it is worth after the first report.
STAKED_AT_FIRST, WORTH_AT_FIRST = 1_000 * ETHER, 1_150 * ETHER
FEED = FeedPlan("WSTKETH / USD", 86_400, 50)
RESERVE = ReservePlan(WRAPPED, 7850, 8100, 10600, 1000, 3500, 8000, 50, 1300, 8500)
EMODE = EmodePlan(4, "Staked ether / ether", 9300, 9500, 10100, ("WETH", WRAPPED), ("WETH",))
# Aave's static aToken of WETH against USDC.
MARKET = MorphoMarketPlan("USDC", STATIC, 8600, FIXED)

# Dollars that a lender of our own brings to each Aave market, by symbol, and to the Morpho market.
LIQUIDITY = {"WETH": 6_000_000, "USDC": 4_000_000, "DAI": 3_000_000}
MORPHO_LIQUIDITY = 2_000_000
# Dollars of ether that somebody owes on Aave 3.6, so that its static aToken earns.
ETHER_OWED = 2_500_000

# Who acts, by the name of the structure.
LENDER, DEBTOR = "lender", "debtor"
STATIC_CHAIN, LOOP, CYCLE, VAULT = "static", "loop", "cycle", "vault"
DEPOSITORS = ("depositor in debt", "depositor with collateral")
SENDER, RECEIVER = "sender", "receiver"
ATOMIC, ATOMIC_WRAPPED, ATOMIC_PART = "atomic", "atomic wrapped", "atomic part"
RECEIPT = "receipt"
ACTORS = (
    *(LENDER, DEBTOR, STATIC_CHAIN, LOOP, CYCLE, *DEPOSITORS, SENDER, RECEIVER),
    *(ATOMIC, ATOMIC_WRAPPED, ATOMIC_PART, RECEIPT),
)
# What one transaction borrows and posts, in raw WETH.
CARRIED = {
    ATOMIC: (50 * ETHER, 50 * ETHER),
    ATOMIC_WRAPPED: (40 * ETHER, 40 * ETHER),
    ATOMIC_PART: (100 * ETHER, 60 * ETHER),
}
LOOP_ROUNDS = 3
# What the static chain's health factor on Morpho Blue is brought to at the end.
HEALTH_AT_END_PERCENT = 103

"""The contracts of Aave V3 as we read them, and the names of the fields the book keeps for them.

Deployment fields: pool, pool_implementation, configurator, oracle, sentinel (addresses), pool_revision, and what the
sentinel says: sequencer, sequencer_answer, sentinel_since, sentinel_grace.
Market fields (market = the asset's address): id, configuration (the contract's word), atoken, vdebt, sdebt,
atoken_revision, vdebt_revision, atoken_scaled (`transfer_units`), total_supply, total_debt (scaled), liquidity_index,
liquidity_rate, borrow_index, borrow_rate, last_update, grace_until, deficit, virtual_balance, cash, source, price,
next_price.
E-mode categories are markets named `emode-<id>`: ltv, threshold, bonus, collateral_bitmap, borrowable_bitmap,
ltvzero_bitmap, isolated, price_source, price, next_price.
Account field: emode. Position fields: supply, supply_index, debt, debt_index, collateral; for stable debt stable,
stable_rate, stable_updated; for GHO up to 3.3 discount, and discount_before between two logs (`discount`). Amounts are
scaled balances (stable: principal) in raw token units.
"""

from indexer.abi import load_interface

PROVIDER = load_interface("aave_v3", "PoolAddressesProvider")
POOL = load_interface("aave_v3", "Pool")
CONFIGURATOR = load_interface("aave_v3", "PoolConfigurator")
TOKEN = load_interface("aave_v3", "ScaledToken")
STABLE_TOKEN = load_interface("aave_v3", "StableDebtToken")
ORACLE = load_interface("aave_v3", "AaveOracle")
SENTINEL = load_interface("aave_v3", "PriceOracleSentinel")
SEQUENCER = load_interface("chainlink", "EACAggregatorProxy")
ERC20 = load_interface("erc20", "ERC20")

_EMODE = "emode-"


def emode_market(category: int) -> str:
    """The market name under which an e-mode category's fields live."""
    return f"{_EMODE}{category}"


def emode_id(market: str) -> int | None:
    """The category id of an e-mode market name, None for a reserve."""
    return int(market[len(_EMODE) :]) if market.startswith(_EMODE) else None

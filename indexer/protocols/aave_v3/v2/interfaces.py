"""The contracts of Aave V2 as we read them, and the fields the book keeps beside those of V3 (`aave_v3.interfaces`).

Deployment fields: pool, pool_implementation, pool_revision, configurator, oracle, base_currency and base_unit (absent:
the oracle is priced in ether), collateral_manager, grace_sentinel (0: none), paused.
Market fields: no revisions of tokens, categories or virtual balances; the totals of stable debt: stable_total
(principal), stable_average (ray), stable_total_updated.
Position fields: supply, debt, collateral, stable, stable_rate, stable_updated; left_borrowing (the borrowing bit
stayed after a liquidation); special (a token of its own kind was touched: `special_tokens`).
"""

from indexer.abi import load_interface

PROVIDER = load_interface("aave_v2", "LendingPoolAddressesProvider")
POOL = load_interface("aave_v2", "LendingPool")
CONFIGURATOR = load_interface("aave_v2", "LendingPoolConfigurator")
MANAGER = load_interface("aave_v2", "LendingPoolCollateralManager")
GRACE = load_interface("aave_v2", "LiquidationsGraceSentinel")
ATOKEN = load_interface("aave_v2", "AToken")
VARIABLE_DEBT = load_interface("aave_v2", "VariableDebtToken")
STABLE_DEBT = load_interface("aave_v2", "StableDebtToken")
ORACLE = load_interface("aave_v2", "AaveOracle")
ERC20 = load_interface("erc20", "ERC20")

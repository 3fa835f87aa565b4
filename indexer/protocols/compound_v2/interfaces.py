"""The contracts of Compound V2 as we read them, and the names of the fields the book keeps for the whole lineage.

Deployment fields: implementation, generation (`rules.py`), oracle, close_factor, incentive, seize_paused.
Market fields (market = the cToken's address): listed, asset (the underlying, `NATIVE` for Ether), decimals (of the
underlying), implementation, comptroller (only after a move), collateral_factor, borrow_paused, reserve_factor,
seize_share, borrow_index, accrual (block or timestamp of the last accrual), total_borrows, total_supply (cTokens),
reserves, cash, borrow_rate, joins_pot, price, next_price. A descendant adds its own.
Position fields: supply (cTokens), debt (principal), interest_index (the market's index at the debt's last change),
member (1: the account entered the market).
"""

from indexer.abi import load_interface
from indexer.evm import address

COMPTROLLER = load_interface("compound_v2", "Comptroller")
COMPTROLLER_WIDE = load_interface("compound_v2", "ComptrollerWide")
CTOKEN = load_interface("compound_v2", "CToken")
CTOKEN_2019 = load_interface("compound_v2", "CToken2019")
ORACLE = load_interface("compound_v2", "PriceOracle")
ERC20 = load_interface("erc20", "ERC20")

NATIVE = address("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee")
"""How Ether is named where a token's address is wanted: cETH has no `underlying()`."""
NATIVE_DECIMALS = 18

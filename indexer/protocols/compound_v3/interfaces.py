"""The contracts of Compound V3 as we read them, and the names of the fields the book keeps for them.

Deployment fields, from the implementation (immutables): base_token, base_feed, base_scale, num_assets, max_assets,
index_scale, factor_scale, price_scale, supply_kink, supply_base, supply_slope_low, supply_slope_high, the same four of
borrow_, store_front_price_factor, target_reserves, base_borrow_min; base_is_usd (what the base feed calls itself).
From storage: supply_index, borrow_index, total_supply, total_borrow (principals), last_accrual, pause_flags;
principals_as_of, unread_accounts (`principals`); implementation.
Market fields (market = the token's address). A collateral asset: offset, feed, scale, borrow_factor, liquidate_factor,
liquidation_factor, supply_cap, total. The base token and every asset: price, next_price, cash.
Account fields: known (it was named by a log), assets_in (24 bits: `assetsIn`, then `_reserved`).
Position fields: supply (a collateral balance); on the base token lent (a positive principal), debt (a negative one's
magnitude), unscreened (`principals`).
"""

from indexer.abi import load_interface

COMET = load_interface("compound_v3", "Comet")
FEED = load_interface("chainlink", "EACAggregatorProxy")
ERC20 = load_interface("erc20", "ERC20")

MAX_ASSETS = 24
"""What `assetsIn` and `_reserved` have bits for (CometWithExtendedAssetList.MAX_ASSETS_FOR_ASSET_LIST)."""

"""The contracts of a Venus isolated pool as we read them, and the fields they add to the lineage's (`interfaces.py`).

Deployment fields: min_collateral. Market fields: liquidation_threshold, forced, repay_paused, seize_paused,
liquidate_paused, bad_debt, by_seconds (1: interest counts seconds, not blocks), pay_out_after and paid_out_at (in
that clock: when an accrual pays the reserves out, and when one last did). A market that was unlisted has listed 0.
"""

from indexer.abi import load_interface

COMPTROLLER = load_interface("compound_v2", "VenusComptroller")
VTOKEN = load_interface("compound_v2", "VenusToken")

EVERY_BLOCK = {"cash": "getCash", "borrow_rate": "borrowRatePerBlock"}
"""Market field to getter of the vToken: read each block."""
WHEN_ABSENT = {
    "reserves": "totalReserves",
    "reserve_factor": "reserveFactorMantissa",
    "borrow_index": "borrowIndex",
    "accrual": "accrualBlockNumber",
    "seize_share": "protocolSeizeShareMantissa",
    "bad_debt": "badDebt",
    "pay_out_after": "reduceReservesBlockDelta",
    "paid_out_at": "reduceReservesBlockNumber",
}
"""The same, read where absent."""

"""The steps from stored integers to the health factor, as a person can check them on paper."""

from indexer.protocols._interface import Step
from indexer.protocols.morpho_blue.account import AccountData
from indexer.protocols.morpho_blue.accrual import Accrued
from indexer.protocols.morpho_blue.state import Market, Position


def steps(before: Market, after: Accrued, position: Position, data: AccountData) -> list[Step]:
    """Interest up to the timestamp, shares to assets, collateral to its value, value to what may be owed."""
    market = after.market
    elapsed = market.last_update - before.last_update
    accrual = f"wMulDown({before.total_borrow_assets}, wTaylorCompounded({after.borrow_rate}, {elapsed}))"
    shares = f"{position.borrow_shares} x ({market.total_borrow_assets} + 1)"
    out = [
        Step("borrow rate", "IIrm.borrowRateView of the totals before the accrual, wad a second", after.borrow_rate),
        Step("interest", accrual, after.interest),
        Step("total borrow assets", f"{before.total_borrow_assets} + interest", market.total_borrow_assets),
        Step("borrowed", f"ceil({shares} / ({market.total_borrow_shares} + 1000000))", data.borrowed),
    ]
    if market.price is not None:
        value = f"floor({position.collateral} x {market.price} / 1e36)"
        out.append(Step("collateral value", value, data.collateral_value))
        lent = f"floor({data.collateral_value} x {market.params.lltv} / 1e18)"
        out.append(Step("max borrow", lent, data.max_borrow))
    factor = data.health_factor_wad
    if factor is not None:
        out.append(Step("health factor", "floor(max borrow x 1e18 / borrowed)", factor))
    return out

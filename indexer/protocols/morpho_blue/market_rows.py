"""One row a market, for analysts: sizes, rate, parameters. Markets that never had a position are not listed."""

from collections.abc import Callable

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import MarketRow
from indexer.protocols.morpho_blue.accrual import Accrued
from indexer.protocols.morpho_blue.liquidation import liquidation_incentive_factor
from indexer.protocols.morpho_blue.state import Market, UnreadableRate
from indexer.units import WAD, wad_to_bps


def market_rows(
    rows: DeploymentBook, market_of: Callable[[str], Market | None], accrue: Callable[[str], Accrued]
) -> list[MarketRow]:
    """Amounts in raw units of the loan token accrued to the view's time; the rate in wad a second."""
    found = []
    for name in rows.market_names:
        market = market_of(name)
        if market is not None:
            found.append(_row(rows, market, accrue))
    return found


def _row(rows: DeploymentBook, market: Market, accrue: Callable[[str], Accrued]) -> MarketRow:
    fields, params = rows.markets[market.id], market.params
    amounts: dict[str, int | None] = {"price": market.price, "supplied": None, "borrowed": None, "cash": None}
    amounts |= {"borrow_rate_wad": None, "rate_at_target_wad": market.rate_at_target if market.is_adaptive else None}
    try:
        after = accrue(market.id)
    except (UnreadableRate, ArithmeticOverflow):
        pass
    else:
        supplied, borrowed = after.market.total_supply_assets, after.market.total_borrow_assets
        amounts |= {"supplied": supplied, "borrowed": borrowed, "cash": supplied - borrowed}
        amounts["borrow_rate_wad"] = after.borrow_rate
    return MarketRow(
        market=market.id,
        asset=params.loan_token,
        amounts={**amounts, "lltv_wad": params.lltv, "fee_wad": market.fee},
        facts={
            "collateral_asset": params.collateral_token,
            "oracle": params.oracle,
            "irm": params.irm,
            "decimals": fields.get("loan_decimals"),
            "collateral_decimals": fields.get("collateral_decimals"),
            "ltv_bps": wad_to_bps(params.lltv),
            "liquidation_threshold_bps": wad_to_bps(params.lltv),
            "liquidation_bonus_bps": wad_to_bps(liquidation_incentive_factor(params.lltv) - WAD),
            "last_update": market.last_update,
        },
    )

"""One row a reserve, for analysts: sizes, rates, limits and flags as the contracts hold them."""

from indexer.book import DeploymentBook
from indexer.protocols._interface import MarketRow
from indexer.protocols.aave_v3.accrual import debt_balance, normalized_debt, normalized_income, supply_balance
from indexer.protocols.aave_v3.state import Market, Reserve

_FLAGS = ("active", "frozen", "paused", "borrowing", "siloed", "borrowable_in_isolation", "flashloan")


def market_rows(market: Market, rows: DeploymentBook, at: int) -> list[MarketRow]:
    """Reserves by id. Amounts in raw token units accrued to `at`, rates in ray, percentages in basis points."""
    return [_row(market, rows, market.reserves[reserve_id], at) for reserve_id in sorted(market.reserves)]


def _row(market: Market, rows: DeploymentBook, reserve: Reserve, at: int) -> MarketRow:
    fields = rows.markets[reserve.asset]
    rounding = market.rules.rounding
    supplied = supply_balance(fields.get("total_supply", 0), normalized_income(reserve, at), rounding)
    borrowed = debt_balance(fields.get("total_debt", 0), normalized_debt(reserve, market.rules, at), rounding)
    emodes = [c.id for c in market.categories.values() if c.collateral_bitmap >> reserve.id & 1]
    if not market.rules.emode_by_bitmap:
        emodes = [reserve.setting("emode_category")] if reserve.setting("emode_category") else []
    return MarketRow(
        market=reserve.asset,
        asset=reserve.asset,
        amounts={
            "price": reserve.price,
            "supplied": supplied,
            "borrowed": borrowed,
            "borrowed_variable": borrowed,
            "cash": reserve.cash,
            "virtual_balance": reserve.virtual_balance,
            "bad_debt": fields.get("deficit", 0),
            "deficit": fields.get("deficit", 0),
            "supply_cap": reserve.setting("supply_cap"),
            "borrow_cap": reserve.setting("borrow_cap"),
            "debt_ceiling": reserve.setting("debt_ceiling"),
            "liquidity_rate_ray": reserve.liquidity_rate,
            "variable_borrow_rate_ray": reserve.variable_borrow_rate,
        },
        facts={
            "reserve_id": reserve.id,
            "decimals": reserve.setting("decimals"),
            "ltv_bps": reserve.setting("ltv"),
            "liquidation_threshold_bps": reserve.setting("liquidation_threshold"),
            "liquidation_bonus_bps": max(reserve.setting("liquidation_bonus") - 10_000, 0),
            "protocol_fee_bps": reserve.setting("protocol_fee"),
            "reserve_factor_bps": reserve.setting("reserve_factor"),
            "emode_categories": sorted(emodes),
            "grace_until": reserve.grace_until,
            **{name: bool(reserve.setting(name)) for name in _FLAGS},
        },
    )

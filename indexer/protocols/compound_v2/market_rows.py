"""One row a market, for analysts: sizes and settings as the cToken stores them."""

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import MarketRow
from indexer.protocols.compound_v2.accrual import exchange_rate
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.liquidation import bonus_bps
from indexer.protocols.compound_v2.state import Market, Pool, UnreadMarket
from indexer.units import WAD, wad_to_bps


def market_rows(lineage: Lineage, pool: Pool, rows: DeploymentBook) -> list[MarketRow]:
    """Amounts in raw units of the underlying at stored values (no accrual): `supplied` is exchange rate x cTokens.

    cash + borrowed - reserves = supplied, up to the truncation of the exchange rate.
    """
    return [_row(lineage, pool, market, rows) for market in pool.markets.values()]


def _row(lineage: Lineage, pool: Pool, market: Market, rows: DeploymentBook) -> MarketRow:
    rate = _rate(market)
    amounts = {
        "price": market.price,
        "supplied": None if rate is None else rate * market.total_supply // WAD,
        "borrowed": market.total_borrows,
        "cash": market.cash,
        "reserves": market.reserves,
        "ctokens": market.total_supply,
        "exchange_rate": rate,
        "borrow_index": market.borrow_index,
        "borrow_rate_per_block": market.borrow_rate,
    }
    if pool.rules.counts_bad_debt:
        amounts["bad_debt"] = market.bad_debt
    fields = rows.markets[market.address]
    facts = {
        "decimals": fields.get("decimals"),
        "ltv_bps": wad_to_bps(fields.get("collateral_factor", 0)),
        "liquidation_threshold_bps": wad_to_bps(market.threshold),
        "liquidation_bonus_bps": bonus_bps(pool) if pool.incentive else None,
        **lineage.market_facts(market, fields),
    }
    return MarketRow(market.address, market.asset, amounts, facts)


def _rate(market: Market) -> int | None:
    try:
        return exchange_rate(market)
    except (ArithmeticOverflow, UnreadMarket):
        return None

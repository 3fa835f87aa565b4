"""A Venus pool from stored fields."""

from dataclasses import replace

from indexer.book import DeploymentBook
from indexer.protocols.compound_v2.rules import Rules
from indexer.protocols.compound_v2.state import Pool
from indexer.protocols.compound_v2.stored import Prices, stored_pool


def venus_pool(rows: DeploymentBook, rules: Rules, prices: Prices) -> Pool:
    """The pool at one set of prices (by vToken)."""
    pool = stored_pool(rows, rules, prices)
    markets = {}
    for name, market in pool.markets.items():
        fields = rows.markets[name]
        markets[name] = replace(
            market,
            bad_debt=fields.get("bad_debt", 0),
            by_seconds=bool(fields.get("by_seconds", 0)),
            liquidation_paused=bool(fields.get("liquidate_paused", 0)),
            seize_paused=bool(fields.get("seize_paused", 0)),
            repay_paused=bool(fields.get("repay_paused", 0)),
            pay_out_after=fields.get("pay_out_after"),
            paid_out_at=fields.get("paid_out_at"),
        )
    return replace(pool, markets=markets, min_liquidatable_collateral=rows.own.get("min_collateral", 0))

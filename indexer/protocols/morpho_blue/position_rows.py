"""The two sides of a position: its collateral, and what it supplied and owes of the loan token."""

from indexer.protocols._interface import PositionRow
from indexer.protocols.morpho_blue.accrual import Accrued
from indexer.protocols.morpho_blue.shares import ORACLE_PRICE_SCALE, to_assets_down, to_assets_up
from indexer.protocols.morpho_blue.state import Position


def position_rows(after: Accrued, position: Position, *, is_recipient: bool) -> list[PositionRow]:
    """Rows in an accrued market: supply rounded down, debt up, collateral in its own token. None for empty sides.

    The fee recipient is also given the shares that the accrual would add.
    """
    market, rows = after.market, []
    shares = position.supply_shares + (after.fee_shares if is_recipient else 0)
    if position.collateral:
        price = market.price
        value = None if price is None else position.collateral * price // ORACLE_PRICE_SCALE
        token = market.params.collateral_token
        rows.append(PositionRow(market.id, token, position.collateral, 0, True, value, 0))
    if shares or position.borrow_shares:
        supplied = to_assets_down(shares, market.total_supply_assets, market.total_supply_shares)
        owed = 0
        if position.borrow_shares:
            owed = to_assets_up(position.borrow_shares, market.total_borrow_assets, market.total_borrow_shares)
        rows.append(PositionRow(market.id, market.params.loan_token, supplied, owed, False, supplied, owed))
    return rows

"""The rows of an account's markets: the base balance accrued to a timestamp, and each collateral."""

from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import PositionRow
from indexer.protocols.compound_v3.accrual import accrued_indices, present_value
from indexer.protocols.compound_v3.liquidity import mul_price
from indexer.protocols.compound_v3.state import Account, Comet


def position_rows(comet: Comet, account: Account, at: int) -> list[PositionRow]:
    """`balanceOf` or `borrowBalanceOf`, then collateral in the order of offsets, then what is not listed any more.

    Empty where accrual reverts.
    """
    try:
        balance = present_value(account.principal, accrued_indices(comet, at))
    except ArithmeticOverflow:
        return []
    rows = []
    if account.principal:
        supplied, borrowed = max(0, balance), max(0, -balance)
        price, scale = comet.base_price, comet.base_scale
        values = (_value(supplied, price, scale), _value(borrowed, price, scale))
        rows.append(PositionRow(comet.base, comet.base, supplied, borrowed, False, *values))
    counted = {asset.address for asset in account.assets(comet)}
    for asset in comet.assets:
        if held := account.balances.get(asset.address, 0):
            worth = _value(held, asset.price, asset.scale)
            is_collateral = asset.address in counted
            rows.append(PositionRow(asset.address, asset.address, held, 0, is_collateral, worth, 0))
    listed = {asset.address for asset in comet.assets}
    for token, held in account.balances.items():
        if token not in listed:
            rows.append(PositionRow(token, token, held, 0, False, None, 0))
    return rows


def _value(amount: int, price: int | None, scale: int) -> int | None:
    try:
        return None if price is None else mul_price(amount, price, scale)
    except ArithmeticOverflow:
        return None

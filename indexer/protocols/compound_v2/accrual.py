"""Interest and exchange rates of one cToken (`CToken`, every generation: all of it truncates)."""

from dataclasses import replace

from indexer.errors import ArithmeticOverflow
from indexer.protocols.compound_v2.rules import Rules
from indexer.protocols.compound_v2.state import Market, Position, UnreadMarket
from indexer.units import WAD, mul_div_floor, uint256


def accrue(market: Market, rules: Rules, at: int) -> Market:
    """`CToken.accrueInterest` at block (or second) `at`: the market as it stores itself then.

    `borrow_rate` is `borrowRatePerBlock()` of the same stored state, which is what accrual asks the rate model.
    Raises `UnreadMarket`, and `ArithmeticOverflow` where accrual reverts.
    """
    if market.accrual_unknown:
        raise UnreadMarket(market.address, "accrual")
    elapsed = uint256(at - market.require("accrual"))
    if elapsed == 0:
        return market
    rate = market.require("borrow_rate")
    if rate > rules.max_borrow_rate:
        raise ArithmeticOverflow(rate)
    simple_interest = uint256(rate * elapsed)
    interest = mul_div_floor(simple_interest, market.total_borrows, WAD)
    index = market.require("borrow_index")
    accrued = replace(
        market,
        accrual=at,
        total_borrows=uint256(market.total_borrows + interest),
        reserves=uint256(mul_div_floor(market.require("reserve_factor"), interest, WAD) + market.require("reserves")),
        borrow_index=uint256(mul_div_floor(simple_interest, index, WAD) + index),
    )
    return accrued if accrued.pay_out_after is None else _pay_out(accrued, accrued.pay_out_after)


def _pay_out(accrued: Market, after: int) -> Market:
    """The end of Venus' `VToken.accrueInterest`: after enough blocks (or seconds) reserves leave as far as cash goes.

    Cash and reserves fall by the same amount, so no exchange rate and no borrow rate notices.
    """
    since, slot = accrued.paid_out_at, accrued.require("accrual")
    never = not since and not after
    if since is None or never or slot - since < after:
        return accrued
    paid = min(accrued.require("cash"), accrued.require("reserves"))
    return replace(
        accrued, cash=accrued.require("cash") - paid, reserves=accrued.require("reserves") - paid, paid_out_at=slot
    )


def exchange_rate(market: Market) -> int:
    """`CToken.exchangeRateStored`: underlying of one cToken, 18 decimals; 0 where there are none yet.

    Raises `UnreadMarket`, and `ArithmeticOverflow` where the contract reverts (or answers MATH_ERROR).
    """
    if market.total_supply == 0:
        return 0
    held = uint256(market.require("cash") + market.total_borrows + market.bad_debt)
    return mul_div_floor(uint256(held - market.require("reserves")), WAD, market.total_supply)


def borrow_balance(position: Position, market: Market) -> int:
    """`CToken.borrowBalanceStored`: principal x index / the index at the debt's last change, truncated."""
    if position.debt == 0:
        return 0
    return mul_div_floor(position.debt, market.require("borrow_index"), position.interest_index)

"""`liquidateBorrow` asked for the most: what it takes, what it gives, and every reason it is refused."""

from dataclasses import replace

import pytest

from indexer.evm import address
from indexer.protocols.compound_v2.liquidation import liquidation_terms
from indexer.protocols.compound_v2.rules import V2_9
from indexer.protocols.compound_v2.state import Market, Pool, Position
from indexer.units import WAD
from indexer.words import Gate, Terms

NUMBER = 1_000
DAI, USDC, UNI = (address(f"0x{n:040x}") for n in (1, 2, 3))


def market(name: str, **fields: int | bool | None) -> Market:
    """A cToken worth 2 of an underlying of 18 decimals at 1 dollar, that does not grow."""
    plain = Market(
        address=address(name),
        asset=address(int(name, 16) + 100),
        decimals=18,
        price=WAD,
        cash=2 * 10**24,
        total_borrows=10**24,
        reserves=10**24,
        total_supply=10**24,
        borrow_index=WAD,
        accrual=NUMBER,
        borrow_rate=0,
        reserve_factor=0,
        threshold=75 * 10**16,
        seize_share=28 * 10**15,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def pool(*markets: Market, **fields: int | bool) -> Pool:
    """A pool of these markets: close factor 1/2, incentive 1.08."""
    plain = Pool(V2_9, {m.address: m for m in markets}, 5 * 10**17, 108 * 10**16)
    return replace(plain, **fields)  # type: ignore[arg-type]


BORROWER = [Position(DAI, 0, 1_000 * WAD, WAD, True), Position(USDC, 600 * WAD, 0, 0, True)]
"""Owes 1,000, holds 1,200 that count 900."""


def only(found: tuple[Terms, ...]) -> Terms:
    """The one pair there is."""
    assert len(found) == 1
    return found[0]


def terms(used: Pool, positions: list[Position] = BORROWER, number: int = NUMBER) -> Terms:
    """The terms of the one pair."""
    return only(liquidation_terms(used, positions, number, 0))


def test_half_the_debt_for_1_08_of_its_worth() -> None:
    found = terms(pool(market(DAI), market(USDC)))
    assert found.allowed
    assert found.max_debt_to_cover == 500 * WAD
    assert found.details["seize_tokens"] == 270 * WAD
    assert found.protocol_fee == 270 * WAD * 28 // 1_000
    assert found.collateral_to_liquidator == 270 * WAD - found.protocol_fee
    assert found.gross_bonus_value == 2 * found.collateral_to_liquidator - 500 * WAD
    assert (found.bonus_bps, found.close_factor_bps) == (800, 5_000)
    assert (found.debt_asset, found.collateral_asset) == (market(DAI).asset, USDC)


def test_no_more_than_the_borrower_holds() -> None:
    found = terms(pool(market(DAI), market(USDC, threshold=WAD)), [BORROWER[0], replace(BORROWER[1], supply=54 * WAD)])
    assert found.max_debt_to_cover == 100 * WAD + 1  # worth 54 cTokens, and half a raw one that truncation gives away
    assert found.details["seize_tokens"] == 54 * WAD


@pytest.mark.parametrize(
    ("used", "gates"),
    [
        (pool(market(DAI), market(USDC, threshold=9 * 10**17)), (Gate.NOT_LIQUIDATABLE,)),
        (pool(market(DAI), market(USDC), seize_paused=True), (Gate.RESERVE_PAUSED,)),
        (pool(market(DAI), market(USDC, is_home=False)), (Gate.RESERVE_INACTIVE,)),
        (pool(market(DAI, price=0), market(USDC)), (Gate.UNPRICED,)),
        (pool(market(DAI), market(USDC, price=None)), (Gate.UNPRICED,)),
        (pool(market(DAI), market(USDC, cash=None)), (Gate.UNREADABLE,)),
        (pool(market(DAI, borrow_rate=None), market(USDC), close_factor=0), (Gate.UNREADABLE,)),
        (pool(market(DAI), market(USDC), incentive=0), (Gate.UNREADABLE,)),
        (pool(market(DAI, forced=None), market(USDC)), (Gate.UNREADABLE,)),
    ],
)
def test_what_forbids_it(used: Pool, gates: tuple[Gate, ...]) -> None:
    assert terms(used).gates == gates


def test_equal_sums_are_healthy() -> None:
    exact = [replace(BORROWER[0], debt=900 * WAD), BORROWER[1]]
    assert terms(pool(market(DAI), market(USDC)), exact).gates == (Gate.NOT_LIQUIDATABLE,)
    one_more = [replace(BORROWER[0], debt=900 * WAD + 1), BORROWER[1]]
    assert terms(pool(market(DAI), market(USDC)), one_more).allowed


def test_only_the_pair_accrues() -> None:
    """A debt of 900 is healthy until its market accrues; a stale third market counts as it is stored."""
    positions = [replace(BORROWER[0], debt=450 * WAD), BORROWER[1], Position(UNI, 0, 450 * WAD, WAD, True)]
    quiet, growing = market(DAI), market(UNI, borrow_rate=10**9)
    found = {t.debt_asset: t for t in liquidation_terms(pool(quiet, growing, market(USDC)), positions, NUMBER + 5, 0)}
    assert found[quiet.asset].gates == (Gate.NOT_LIQUIDATABLE,)
    assert found[growing.asset].allowed
    assert found[growing.asset].details["debt"] == 450 * WAD * (WAD + 5 * 10**9) // WAD


def test_an_accrual_that_cannot_be_told_is_not_guessed() -> None:
    pair = pool(market(DAI, accrual_unknown=True), market(USDC))
    assert terms(pair, number=NUMBER + 1).gates == (Gate.UNREADABLE,)
    stale = pool(market(DAI, borrow_rate=6 * 10**12), market(USDC))
    assert terms(stale, number=NUMBER).allowed
    assert terms(stale, number=NUMBER + 1).gates == (Gate.UNREADABLE,)


def test_a_deprecated_debt_needs_no_shortfall_and_closes_wholly() -> None:
    rich = [BORROWER[0], replace(BORROWER[1], supply=6_000 * WAD)]
    found = terms(pool(market(DAI, forced=True), market(USDC)), rich)
    assert (found.allowed, found.max_debt_to_cover, found.close_factor_bps) == (True, 1_000 * WAD, 10_000)


def test_a_deprecated_debt_asks_no_other_price() -> None:
    broken = [*BORROWER, Position(UNI, 0, 0, 0, True)]
    used = pool(market(DAI, forced=True), market(USDC), market(UNI, price=0))
    assert terms(used, broken).allowed
    assert terms(pool(market(DAI), market(USDC), market(UNI, price=0)), broken).gates == (Gate.UNPRICED,)


def test_the_last_borrower_cannot_repay_more_than_the_market_counts() -> None:
    """`totalBorrows` truncates at each accrual, and the repayment is subtracted from it."""
    found = terms(pool(market(DAI, forced=True, total_borrows=400 * WAD), market(USDC)))
    assert found.max_debt_to_cover == 400 * WAD


def test_a_market_not_entered_can_be_seized_here_and_not_by_other_rules() -> None:
    outside = [BORROWER[0], replace(BORROWER[1], is_member=False)]
    used = pool(market(DAI), market(USDC))
    assert terms(used, outside).allowed
    stricter = replace(used, rules=replace(V2_9, seizes_only_entered=True))
    assert liquidation_terms(stricter, outside, NUMBER, 0) == ()


def test_best_first() -> None:
    positions = [*BORROWER, Position(UNI, 10 * WAD, 0, 0, False)]
    found = liquidation_terms(pool(market(DAI), market(USDC), market(UNI)), positions, NUMBER, 0)
    assert [t.collateral_asset for t in found] == [USDC, UNI]

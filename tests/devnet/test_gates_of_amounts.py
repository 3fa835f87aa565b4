"""What amounts forbid: too little left, nothing to burn, nothing to pay out; and flags that say it is no collateral."""

from collections.abc import Sequence

import pytest

from indexer.words import Gate
from scripts.devnet.abi import address_of
from tests.devnet.liquidator import Pair, Refused
from tests.devnet.refusals import NOT_COLLATERAL
from tests.devnet.stage import Stage, only_main
from tests.devnet.witness import WAD

pytestmark = pytest.mark.node

WHALE = address_of("tests whale")
BORROWER = address_of("tests borrower")
CLOSE_FACTOR_BELOW = 95 * 10**16
STEP_BPS = 100


def open_position(stage: Stage, supplies: dict[str, float], share: float = 0.99) -> None:
    """The borrower supplies so many dollars of each, and borrows USDC for a share of the limit."""
    for symbol, dollars in supplies.items():
        stage.market.supply(BORROWER, symbol, stage.market.units(symbol, dollars))
    stage.mine()
    available = stage.market.account(BORROWER).available_base / 10**8
    stage.market.borrow(BORROWER, "USDC", stage.market.units("USDC", available * share))
    stage.mine()


def fall_below(stage: Stage, factor: int, feeds: Sequence[str]) -> None:
    """Prices fall by small steps until the contract puts the borrower below that health factor."""
    while stage.health_factor(BORROWER) >= factor:
        for feed in feeds:
            stage.devnet.world.feeds.move(feed, -STEP_BPS)
        stage.mine()


def pair_of(stage: Stage, collateral: str) -> Pair:
    return Pair(BORROWER.lower(), stage.token("USDC"), stage.token(collateral))


@only_main
def test_leftover_dust_of_collateral(stage: Stage) -> None:
    """3.3 and later: half of the debt takes most of the ether, what stays is worth less than 1,000 dollars."""
    open_position(stage, {"WETH": 3_300, "LINK": 3_300})
    fall_below(stage, WAD, ("ETH / USD", "LINK / USD"))
    stage.assert_forbidden(Gate.LEFTOVER, pair_of(stage, "WETH"))
    fall_below(stage, CLOSE_FACTOR_BELOW, ("ETH / USD", "LINK / USD"))
    stage.assert_allowed(pair_of(stage, "WETH"))


@only_main
def test_leftover_dust_of_debt(stage: Stage) -> None:
    """Half of all debt is almost the whole of this one."""
    for symbol, dollars in {"WETH": 7_000, "WSTETH": 100}.items():
        stage.market.supply(BORROWER, symbol, stage.market.units(symbol, dollars))
    stage.mine()
    for symbol, dollars in {"USDC": 2_900, "USDT": 2_400}.items():
        stage.market.borrow(BORROWER, symbol, stage.market.units(symbol, dollars))
    stage.mine()
    fall_below(stage, WAD, ("ETH / USD",))
    stage.assert_forbidden(Gate.LEFTOVER, pair_of(stage, "WETH"))
    fall_below(stage, CLOSE_FACTOR_BELOW, ("ETH / USD",))
    stage.assert_allowed(pair_of(stage, "WETH"))


def test_collateral_too_small_to_repay_anything(stage: Stage) -> None:
    open_position(stage, {"LINK": 5_000})
    stage.market.supply(BORROWER, "WETH", 3)
    stage.mine()
    fall_below(stage, WAD, ("LINK / USD",))
    stage.assert_forbidden(Gate.ZERO_AMOUNT, pair_of(stage, "WETH"))
    stage.market.supply(BORROWER, "WETH", 10**14)
    stage.mine()
    stage.assert_allowed(pair_of(stage, "WETH"))


def test_supply_that_is_not_used_as_collateral(stage: Stage) -> None:
    open_position(stage, {"LINK": 5_000})
    stage.market.supply(BORROWER, "WETH", stage.market.units("WETH", 50))
    stage.mine()
    stage.market.use_as_collateral(BORROWER, "WETH", False)
    stage.mine()
    fall_below(stage, 97 * 10**16, ("LINK / USD",))
    assert stage.terms(pair_of(stage, "WETH")) is None
    assert stage.outcome(pair_of(stage, "WETH")) == Refused(NOT_COLLATERAL[stage.name])
    stage.assert_allowed(pair_of(stage, "LINK"))
    stage.market.use_as_collateral(BORROWER, "WETH", True)
    stage.mine()
    stage.assert_allowed(pair_of(stage, "WETH"))


def test_whale_borrows_all_of_the_collateral(stage: Stage) -> None:
    open_position(stage, {"LINK": 5_000})
    fall_below(stage, WAD, ("LINK / USD",))
    link, (a_token, _, _) = stage.token("LINK"), stage.market.reserve_tokens("LINK")
    there = stage.read(link, "balanceOf(address)", [a_token])
    if not stage.market.legacy:
        there = stage.read(stage.deployment.pool, "getVirtualUnderlyingBalance(address)", [link])
    dollars = there * stage.read(stage.deployment.oracle, "getAssetPrice(address)", [link]) / 10**26
    stage.market.supply(WHALE, "WETH", stage.market.units("WETH", 2 * dollars))
    stage.market.borrow(WHALE, "LINK", there)
    stage.mine()
    stage.assert_forbidden(Gate.INSUFFICIENT_LIQUIDITY, pair_of(stage, "LINK"))
    stage.market.repay(WHALE, "LINK", there)
    stage.mine()
    stage.assert_allowed(pair_of(stage, "LINK"))


def test_tokens_that_are_not_there_whatever_the_books_say(stage: Stage) -> None:
    """From 3.1 on the pool counts for itself; the tokens must still be in the aToken's wallet."""
    pair = stage.choose()
    a_token, _, _ = stage.market.reserve_tokens(stage.symbols[pair.collateral])
    there = stage.read(pair.collateral, "balanceOf(address)", [a_token])
    stage.send(a_token, pair.collateral, "transfer(address,uint256)", WHALE, there)
    stage.mine()
    stage.assert_forbidden(Gate.INSUFFICIENT_LIQUIDITY, pair)
    stage.send(WHALE, pair.collateral, "transfer(address,uint256)", a_token, there)
    stage.mine()
    stage.assert_allowed(pair)

"""Every liquidation the V2 contracts would allow in the next block, and every one they would not."""

from dataclasses import dataclass

import pytest

from indexer.evm import address
from indexer.protocols._interface import View
from indexer.protocols.aave_v3.v2.adapter import AaveV2
from indexer.protocols.aave_v3.v2.managers import CLOSE_FACTORS
from indexer.words import Gate
from scripts.devnet.aave_v2_plan import NAME
from scripts.devnet.chain import BLOCK_SECONDS
from tests.devnet.liquidator import LIQUIDATION, LIQUIDATION_CALL, MAX, Pair
from tests.devnet.trial import Trial, Verdict
from tests.protocols.aave_v2.conftest import Figure, Site, enrich

pytestmark = pytest.mark.node
COLLATERALS, LOANS = ("LINK", "WBTC", "EURS"), ("USDC", "DAI", "USDT")


@dataclass(frozen=True)
class Moment:
    """So many blocks of the chapter lived, then a fall of what is supplied and a rise of what is owed."""

    lived: int
    fall_bps: int = 0
    rise_bps: int = 0


MOMENTS = (Moment(8, 1_500, 1_500), Moment(15, 2_000, 800), Moment(28), Moment(100), Moment(100, 2_500, 2_500))


def judged(site: Site, view: View, at: int) -> tuple[Verdict, list[str]]:
    """Every pair of every account that the contract puts below one at `at`."""
    cursor, witness = site.following.cursor, site.witness
    below = witness.below_one(witness.accounts(cursor.number), cursor.hash, at)
    trial = Trial(witness, site.liquidator, witness.holdings(cursor.number, cursor.hash), view, at)
    verdict = Verdict()
    for borrower in below:
        verdict += trial.judge(borrower)
    return verdict, below


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_terms_are_what_the_next_block_does(beginning: Site, moment: Moment, record_property: Figure) -> None:
    site = beginning
    site.live_to(moment.lived)
    with site.undone():
        enrich(site.story)
        for names, bps in ((COLLATERALS, -moment.fall_bps), (LOANS, moment.rise_bps)):
            for name in names if bps else ():
                site.story.feeds.move(f"{name} / ETH", bps)
        site.mine()
        cursor = site.following.cursor
        at, view = cursor.timestamp + BLOCK_SECONDS, site.following.view(NAME, "next_price")
        verdict, below = judged(site, view, at)
        record_property("below one", len(below))
        record_property("pairs", f"{verdict.pairs}, allowed {verdict.allowed}, forbidden {dict(verdict.forbidden)}")
        assert verdict.wrong == []
        assert verdict.allowed > 0
        assert {key for key in view.accounts() if _below_one(view, key, at)} == set(below)
        stable = {key for key in below for row in site.rows_of(key) if row["stable"]}
        record_property("with stable debt", len(stable))


def test_a_later_timestamp_is_another_amount(tip: Site) -> None:
    """Interest of a week: predicted and done at that very second."""
    at = tip.following.cursor.timestamp + 7 * 86_400 + 1
    view = tip.following.view_at(NAME, tip.following.sync.book, tip.following.cursor.hash, at)
    verdict, _ = judged(tip, view, at)
    assert verdict.wrong == []
    assert verdict.allowed > 0


def test_paid_in_atokens_the_amounts_are_the_same(tip: Site) -> None:
    at, view = tip.following.cursor.timestamp + BLOCK_SECONDS, tip.following.view(NAME, "next_price")
    compared = 0
    for account in list(view.accounts()):
        for terms in view.liquidation(account, at) if _below_one(view, account, at) else ():
            if terms.allowed:
                before = tip.devnet.snapshot()
                done = liquidated(tip, Pair(account, terms.debt_asset, terms.collateral_asset), a_token=True)
                tip.devnet.revert(before)
                assert done == (terms.max_debt_to_cover, terms.collateral_to_liquidator)
                compared += 1
    assert compared > 0


def test_a_paused_pool_allows_nothing(tip: Site) -> None:
    with tip.undone():
        tip.story.configure("setPoolPause(bool)", True)
        tip.mine()
        at, view = tip.following.cursor.timestamp + BLOCK_SECONDS, tip.following.view(NAME, "next_price")
        verdict, below = judged(tip, view, at)
        assert below
        assert verdict.wrong == []
        assert verdict.allowed == 0
        assert verdict.forbidden[Gate.RESERVE_PAUSED] > 0


def test_collateral_that_is_lent_out_cannot_be_paid_out(tip: Site) -> None:
    """A borrower takes nearly all of the LINK; the aTokens themselves could still be had."""
    with tip.undone():
        tip.story.configure("unfreezeReserve(address)", tip.story.tokens["LINK"])
        tip.mine()
        market, whale = tip.story.market, tip.story.suppliers[4]
        market.supply(whale, "WETH", 10**25)
        cash = market.chain.call(tip.story.tokens["LINK"], "balanceOf(address)", [market.reserve_tokens("LINK")[0]])
        market.borrow(whale, "LINK", cash - 10)
        tip.mine()
        at, view = tip.following.cursor.timestamp + BLOCK_SECONDS, tip.following.view(NAME, "next_price")
        verdict, _ = judged(tip, view, at)
        assert verdict.wrong == []
        assert verdict.forbidden[Gate.INSUFFICIENT_LIQUIDITY] > 0


def test_a_manager_without_close_factor_takes_the_whole_debt(tip: Site) -> None:
    """The real manager with its constant 5000 replaced by 10000, of which `percentMul` is the identity.

    Proposal 378 removed the multiplication. Afterwards the borrowing bit of a repaid reserve stays set.
    """
    with tip.undone():
        story, following = tip.story, tip.following
        manager = story.chain.deploy(story.admin, whole_debt(tip), "a manager of 100 %")
        story.send(story.provider, "setLendingPoolCollateralManager(address)", [manager])
        tip.mine()
        protocol = AaveV2({**CLOSE_FACTORS, address(manager.lower()): 10_000})
        view = protocol.view(tip.deployment, following.sync.book[NAME], "next_price", following.cursor.number + 1)
        at = following.cursor.timestamp + BLOCK_SECONDS
        verdict, below = judged(tip, view, at)
        assert verdict.wrong == []
        assert verdict.allowed > 0
        for account in below:
            best = view.liquidation(account, at)[0]
            liquidated(tip, Pair(account, best.debt_asset, best.collateral_asset))
        following.once()
        assert tip.flags_of_book() == tip.flags_of_contract()
        assert any(row["left_borrowing"] for key in below for row in tip.rows_of(key))


def whole_debt(site: Site) -> str:
    """The manager's creation code with the first 5000 of `percentMul(LIQUIDATION_CLOSE_FACTOR_PERCENT)` replaced."""
    code = site.story.contracts.creation("v2:LendingPoolCollateralManager")
    half, all_of_it = "611388916102e4", "612710916102e4"  # PUSH2 and the jump's return address
    assert code.count(half) == 1
    return code.replace(half, all_of_it)


def liquidated(site: Site, pair: Pair, *, a_token: bool = False) -> tuple[int, int]:
    """Mine a liquidation for the maximum; what its event says was repaid and seized."""
    args = [pair.collateral, pair.debt, pair.borrower, MAX, a_token]
    transaction = site.devnet.send(site.liquidator.address, site.story.deployment.pool, LIQUIDATION, args)
    site.devnet.mine()
    receipt = site.devnet.rpc("eth_getTransactionReceipt", [transaction.hash])
    event = next(log for log in receipt["logs"] if log["topics"][0] == LIQUIDATION_CALL)
    return int(event["data"][2:66], 16), int(event["data"][66:130], 16)


def _below_one(view: View, account: str, at: int) -> bool:
    factor = view.health(account, at, 10**18).health_factor_wad
    return factor is not None and factor < 10**18

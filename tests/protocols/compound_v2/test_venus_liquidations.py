"""Every pair, every heal and every whole account of the Venus pools: predicted, then done on the node, to the wei."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from eth_utils.crypto import keccak

from indexer.node import Read
from indexer.protocols._interface import View
from indexer.protocols._registry import protocol_of
from indexer.words import LiquidationKind, Terms
from scripts.devnet import Devnet
from scripts.devnet.abi import address_of
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.venus_pool import REPAY
from tests.devnet.conftest import Figure
from tests.devnet.indexing import Indexer, indexer
from tests.protocols.compound_v2.venus_trial import (
    REFUSALS,
    SEIZE_TOO_MUCH,
    TOO_MUCH,
    Outcome,
    Pool,
    Trial,
    deployments_of,
    enrich,
)

pytestmark = pytest.mark.node
SEED = 7
# Blocks counted from the end: prices slip, pauses, crash, forced debts, a price too old, an oracle paused, the tip.
LOOKED_AT = (31, 28, 25, 19, 14, 11, 0)
LATER = 100_000
BAD_DEBT = "0x" + keccak(text="BadDebtIncreased(address,uint256,uint256,uint256)").hex()


@dataclass
class Verdict:
    """What was tried and what differs."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Devnet, Indexer]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('venus')}/indexer.db"
    with Devnet.start(seed=SEED, protocols=("venus_isolated",), common=False) as devnet:
        devnet.live(2)
        with indexer(devnet, url, deployments=deployments_of(devnet)) as following:
            yield devnet, following


def test_every_liquidation_is_the_prediction_to_the_wei(
    living: tuple[Devnet, Indexer], record_property: Figure
) -> None:
    devnet, following = living
    verdict = Verdict()
    end = devnet.block_number - 2 + devnet.story_blocks
    while devnet.block_number < end:
        devnet.live(1)
        if end - devnet.block_number not in LOOKED_AT:
            continue
        look(verdict, devnet, following)
    for prepare in (fall, crash, rise, pause_repayments, run_dry):
        look(verdict, devnet, following, prepare)
    look(verdict, devnet, following, later=LATER)
    for name, counted in (("done", verdict.done), ("refused", verdict.refused)):
        record_property(name, dict(counted))
    assert verdict.wrong == []
    assert verdict.done["pair"] >= 50
    assert verdict.done["heal"] >= 10
    assert verdict.done["whole account"] >= 3
    assert verdict.done["forced"] >= 10
    assert len(verdict.refused) >= 5


def fall(devnet: Devnet) -> None:
    devnet.world.feeds.move("ETH / USD", -900)
    devnet.world.feeds.move("LINK / USD", -1_200)


def crash(devnet: Devnet) -> None:
    devnet.world.feeds.move("ETH / USD", -2_500)
    devnet.world.feeds.move("LINK / USD", -4_000)


def rise(devnet: Devnet) -> None:
    devnet.world.feeds.move("ETH / USD", 6_000)
    devnet.world.feeds.move("LINK / USD", 9_000)
    devnet.world.feeds.move("USDC / USD", 150)


def pause_repayments(devnet: Devnet) -> None:
    """Without repayments of USDC no liquidation of its debts, and no healing of who owes it."""
    crash(devnet)
    for joined in devnet.manifest.joined:
        args = [[joined.contracts["vUSDC"]], [REPAY], True]
        signature = "setActionsPaused(address[],uint8[],bool)"
        devnet.send(joined.contracts["admin"], joined.entry, signature, args)


def run_dry(devnet: Devnet) -> None:
    """Somebody borrows all ether there is: the protocol's part of seized vWETH cannot be paid out."""
    crash(devnet)
    whale = address_of("tests whale")
    for joined in devnet.manifest.joined:
        usdc, weth = joined.contracts["vUSDC"], joined.contracts["vWETH"]
        token = devnet.manifest.token("USDC").address
        devnet.send(whale, token, "mint(address,uint256)", [whale, 10**15])
        devnet.send(whale, token, "approve(address,uint256)", [usdc, 10**15])
        devnet.send(whale, usdc, "mint(uint256)", [10**15])
        devnet.send(whale, joined.entry, "enterMarkets(address[])", [[usdc]])
        devnet.send(whale, weth, "accrueInterest()")
    devnet.mine(BLOCK_SECONDS)
    for joined in devnet.manifest.joined:
        weth = joined.contracts["vWETH"]
        cash, reserves = (devnet.call(weth, getter) for getter in ("getCash()", "totalReserves()"))
        # A little stays: interest adds to the reserves before the borrow.
        devnet.send(whale, weth, "borrow(uint256)", [cash - reserves - 10**13])


def look(
    verdict: Verdict,
    devnet: Devnet,
    following: Indexer,
    prepare: Callable[[Devnet], None] = enrich,
    later: int = BLOCK_SECONDS,
) -> None:
    """Both pools as they are, or after something happened; the chain is then as before."""
    snapshot = devnet.snapshot()
    enrich(devnet)
    if prepare is not enrich:
        prepare(devnet)
    devnet.mine(BLOCK_SECONDS)
    following.once()
    for joined in devnet.manifest.joined:
        judge_pool(verdict, Pool(devnet, joined), following, following.cursor.timestamp + later)
    devnet.revert(snapshot)


def view_at(following: Indexer, name: str, at: int) -> View:
    """What we know at the cursor, at prices read for a transaction in the next block at that timestamp."""
    deployment, book = following.deployment(name), following.sync.book
    protocol = protocol_of(deployment)
    calls = tuple(protocol.plan_prices(deployment, book).values())
    answers = following.node.read(following.cursor.hash, [Read(calls, at)])[0]
    prices = protocol.read_prices(deployment, book, dict(zip(calls, answers, strict=True)))
    return protocol.view(deployment, book[name], prices, following.cursor.number + 1)


def judge_pool(verdict: Verdict, pool: Pool, following: Indexer, at: int) -> None:
    """Every account the contracts' logs name that owes anything."""
    view = view_at(following, pool.joined.name, at)
    trial = Trial(pool, at)
    for account in pool.accounts():
        debts = {market: owed for market, owed in trial.debts(account).items() if owed}
        if debts:
            judge_pairs(verdict, trial, view, account, debts)
            judge_whole(verdict, trial, view, account)


def judge_pairs(verdict: Verdict, trial: Trial, view: View, account: str, debts: dict[str, int]) -> None:
    """Each debt with each market: done as we say, or refused."""
    terms = {
        (trial.market_of(one.debt_asset), one.collateral_asset.lower()): one
        for one in view.liquidation(account, trial.at)
        if one.kind is LiquidationKind.FIXED_BONUS
    }
    pairs = [(debt, market.lower()) for debt in debts for market in trial.pool.markets().values()]
    wanted = []
    for debt, collateral in pairs:
        found = terms.get((debt, collateral))
        amount = debts[debt] // 10 + 1 if found is None else found.max_debt_to_cover + found.allowed
        wanted.append((debt, collateral, max(1, amount)))
    for (debt, collateral, amount), refused in zip(wanted, trial.pairs(account, wanted), strict=True):
        found = terms.get((debt, collateral))
        if found is None or not found.allowed:
            judge_refusal(verdict, f"{account} {debt} {collateral}", found, refused)
            continue
        if refused not in TOO_MUCH:
            verdict.wrong.append(f"{account} {debt} {collateral}: {amount}, one more than our most, gives {refused}")
        outcome = trial.pair(account, debt, collateral, found.max_debt_to_cover)
        judge(verdict, trial, account, [found], outcome, "forced" if found.close_factor_bps == 10_000 else "pair")


def judge_refusal(verdict: Verdict, where: str, terms: Terms | None, refused: str | None) -> None:
    """The contract reverts, and for a reason we name."""
    named = {why for gate in (terms.gates if terms else ()) for why in REFUSALS[gate]}
    verdict.refused["no such collateral" if terms is None else terms.gates[0].value] += 1
    if refused is None or (terms is not None and refused not in named):
        verdict.wrong.append(f"{where}: we say {terms and terms.gates}, the contract {refused}")


def judge_whole(verdict: Verdict, trial: Trial, view: View, account: str) -> None:
    """`healAccount` and `liquidateAccount`: done where we say so, refused where we do not."""
    parts = [one for one in view.liquidation(account, trial.at) if one.kind is LiquidationKind.WHOLE_ACCOUNT]
    heals = [one for one in parts if "heal_percentage" in one.details]
    orders = [one for one in parts if "heal_percentage" not in one.details]
    healable = bool(heals) and heals[0].allowed
    healed = trial.heal(account, mined=healable)
    if healable:
        judge(verdict, trial, account, heals, healed, "heal")
        bad = sum(int(log["data"][2:66], 16) for log in healed.logs if log["topics"][0] == BAD_DEBT)
        if bad != sum(one.details["bad_debt"] for one in heals):
            verdict.wrong.append(f"{account}: bad debt {bad}")
    elif healed.refused is None:
        verdict.wrong.append(f"{account}: healed, we say {heals}")
    given = [(one.collateral_asset, trial.market_of(one.debt_asset), one.max_debt_to_cover) for one in orders]
    whole = bool(orders) and orders[0].allowed
    outcome = trial.whole(account, given, mined=whole)
    if whole:
        judge(verdict, trial, account, orders, outcome, "whole account")
    elif outcome.refused is None or (outcome.refused == SEIZE_TOO_MUCH and view.comparable(account, trial.at)):
        # The text "Nonzero borrow balance" is the last check: all others let it pass.
        verdict.wrong.append(f"{account}: the whole account may be liquidated, we say {orders}")


def judge(verdict: Verdict, trial: Trial, account: str, parts: list[Terms], outcome: Outcome, kind: str) -> None:
    """It went through, and every balance changed by what we said."""
    verdict.done[kind] += 1
    expected = trial.expected(account, parts)
    if outcome.refused is not None or outcome.changes != expected:
        verdict.wrong.append(f"{account} {kind}: we say {expected}, the contract {outcome.refused} {outcome.changes}")

"""Every pair, every heal and every whole account of the Venus pools: predicted, then done on the node, to the wei."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from eth_utils.crypto import keccak

from indexer.protocols._interface import View
from indexer.words import LiquidationKind, Terms
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
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
# At the end, from there: moves of prices that make others liquidatable.
SHOCKS = (
    {"ETH / USD": -900, "LINK / USD": -1_200},
    {"ETH / USD": -2_500, "LINK / USD": -4_000},
    {"ETH / USD": 6_000, "LINK / USD": 9_000, "USDC / USD": 150},
)
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
    for moves in SHOCKS:
        look(verdict, devnet, following, moves)
    for name, counted in (("done", verdict.done), ("refused", verdict.refused)):
        record_property(name, dict(counted))
    assert verdict.wrong == []
    assert verdict.done["pair"] >= 50
    assert verdict.done["heal"] >= 10
    assert verdict.done["whole account"] >= 3
    assert verdict.done["forced"] >= 10
    assert len(verdict.refused) >= 5


def look(verdict: Verdict, devnet: Devnet, following: Indexer, moves: Mapping[str, int] | None = None) -> None:
    """Both pools as they are, or after a move of prices; the chain is then as before."""
    snapshot = devnet.snapshot()
    enrich(devnet)
    for feed, bps in (moves or {}).items():
        devnet.world.feeds.move(feed, bps)
    devnet.mine(BLOCK_SECONDS)
    following.once()
    for joined in devnet.manifest.joined:
        judge_pool(verdict, Pool(devnet, joined), following)
    devnet.revert(snapshot)


def judge_pool(verdict: Verdict, pool: Pool, following: Indexer) -> None:
    """Every account the contracts' logs name that owes anything."""
    at = following.cursor.timestamp + BLOCK_SECONDS
    view = following.view(pool.joined.name, "next_price")
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
    for debt, owed in debts.items():
        markets = [market.lower() for market in trial.pool.markets().values()]
        strange = [market for market in markets if (debt, market) not in terms]
        for collateral, outcome in zip(strange, trial.would(account, debt, strange, owed // 10 + 1), strict=True):
            judge_refusal(verdict, f"{account} {debt} {collateral}", None, outcome)
        for collateral in (market for market in markets if (debt, market) in terms):
            found = terms[debt, collateral]
            amount = max(1, found.max_debt_to_cover)
            outcome = trial.pair(account, debt, collateral, amount)
            if found.allowed:
                forced = found.close_factor_bps == 10_000
                judge(verdict, trial, account, [found], outcome, "forced" if forced else "pair")
                more = trial.pair(account, debt, collateral, amount + 1)
                if more.refused not in TOO_MUCH:
                    verdict.wrong.append(f"{account} {debt} {collateral}: one more than {amount} gives {more.refused}")
            else:
                judge_refusal(verdict, f"{account} {debt} {collateral}", found, outcome)


def judge_refusal(verdict: Verdict, where: str, terms: Terms | None, outcome: Outcome) -> None:
    """The contract reverts, and for a reason we name."""
    named = {why for gate in (terms.gates if terms else ()) for why in REFUSALS[gate]}
    verdict.refused["no such collateral" if terms is None else terms.gates[0].value] += 1
    if outcome.refused is None or (terms is not None and outcome.refused not in named):
        verdict.wrong.append(f"{where}: we say {terms and terms.gates}, the contract {outcome.refused}")


def judge_whole(verdict: Verdict, trial: Trial, view: View, account: str) -> None:
    """`healAccount` and `liquidateAccount`: done where we say so, refused where we do not."""
    parts = [one for one in view.liquidation(account, trial.at) if one.kind is LiquidationKind.WHOLE_ACCOUNT]
    heals = [one for one in parts if "heal_percentage" in one.details]
    orders = [one for one in parts if "heal_percentage" not in one.details]
    healed = trial.heal(account)
    if heals and heals[0].allowed:
        judge(verdict, trial, account, heals, healed, "heal")
        bad = sum(int(log["data"][2:66], 16) for log in healed.logs if log["topics"][0] == BAD_DEBT)
        if bad != sum(one.details["bad_debt"] for one in heals):
            verdict.wrong.append(f"{account}: bad debt {bad}")
    elif healed.refused is None:
        verdict.wrong.append(f"{account}: healed, we say {heals}")
    given = [(one.collateral_asset, trial.market_of(one.debt_asset), one.max_debt_to_cover) for one in orders]
    outcome = trial.whole(account, given)
    if orders and orders[0].allowed:
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

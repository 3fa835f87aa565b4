"""What governance and the sequencer forbid: named by us, refused by the contract, allowed again when it is over."""

import pytest

from indexer.protocols.aave_v3.configuration import write
from indexer.words import Gate
from tests.devnet.liquidator import Pair, Refused
from tests.devnet.refusals import REFUSALS
from tests.devnet.stage import Stage, only_legacy, only_main

pytestmark = pytest.mark.node

PAUSE = "setReservePause(address,bool)"
UNPAUSE_WITH_GRACE = "setReservePause(address,bool,uint40)"
HOUR = 3_600
SENTINEL_BELOW = 95 * 10**16


@pytest.mark.parametrize("side", ["debt", "collateral"])
def test_paused_reserve(stage: Stage, side: str) -> None:
    pair = stage.choose()
    asset = getattr(pair, side)
    stage.configure(PAUSE, asset, True)
    stage.mine()
    stage.assert_forbidden(Gate.RESERVE_PAUSED, pair)
    stage.configure(PAUSE, asset, False)
    stage.mine()
    stage.assert_allowed(pair)


@only_main
@pytest.mark.parametrize("side", ["debt", "collateral"])
def test_grace_period_after_a_pause_ends_to_the_second(stage: Stage, side: str) -> None:
    pair = stage.choose()
    asset = getattr(pair, side)
    stage.configure(PAUSE, asset, True)
    stage.configure(UNPAUSE_WITH_GRACE, asset, False, HOUR)
    stage.mine()
    until = stage.read(stage.deployment.pool, "getLiquidationGracePeriod(address)", [asset])
    assert until == stage.following.cursor.timestamp + HOUR
    stage.assert_forbidden(Gate.GRACE_PERIOD, pair)
    stage.assert_forbidden(Gate.GRACE_PERIOD, pair, until)
    stage.assert_allowed(pair, until + 1)
    stage.configure("disableLiquidationGracePeriod(address)", asset)
    stage.mine()
    stage.assert_allowed(pair)


def set_sequencer(stage: Stage, *, down: bool) -> int:
    """The sequencer stops or starts; the time it reports."""
    since = stage.following.cursor.timestamp
    stage.send(stage.devnet.manifest.admin, stage.deployment.sequencer, "setAnswer(bool,uint256)", down, since)
    stage.mine()
    return since


def test_sequencer_down_and_its_grace_protect_accounts_not_far_below_one(stage: Stage) -> None:
    near = stage.choose(above=SENTINEL_BELOW)
    far = stage.choose(below=SENTINEL_BELOW)
    set_sequencer(stage, down=True)
    stage.assert_forbidden(Gate.SENTINEL, near)
    stage.assert_allowed(far)
    since = set_sequencer(stage, down=False)
    grace = stage.read(stage.deployment.sentinel, "getGracePeriod()", [])
    stage.assert_forbidden(Gate.SENTINEL, near)
    stage.assert_allowed(far)
    stage.assert_forbidden(Gate.SENTINEL, near, since + grace)
    stage.assert_allowed(near, since + grace + 1)


def set_configuration(stage: Stage, asset: str, word: int) -> None:
    """Write a configuration that governance itself refuses, in a block in which a log names the reserve."""
    factor = word >> 64 & 0xFFFF
    stage.configure("setReserveFactor(address,uint256)", asset, factor)
    stage.send(
        stage.deployment.configurator, stage.deployment.pool, "setConfiguration(address,(uint256))", asset, (word,)
    )
    stage.mine()


@pytest.mark.parametrize("side", ["debt", "collateral"])
def test_inactive_reserve(stage: Stage, side: str) -> None:
    """`setReserveActive(false)` wants a reserve without suppliers: the configurator writes it directly."""
    pair = stage.choose()
    asset = getattr(pair, side)
    word = stage.read(stage.deployment.pool, "getConfiguration(address)", [asset])
    set_configuration(stage, asset, write(word, "active", 0))
    stage.assert_forbidden(Gate.RESERVE_INACTIVE, pair)
    set_configuration(stage, asset, word)
    stage.assert_allowed(pair)


@only_legacy
def test_collateral_whose_threshold_became_zero(stage: Stage) -> None:
    """Up to 3.5; governance may only do it to a reserve without suppliers, so the configurator writes it directly."""
    pair = stage.choose()
    word = stage.read(stage.deployment.pool, "getConfiguration(address)", [pair.collateral])
    set_configuration(stage, pair.collateral, write(word, "liquidation_threshold", 0))
    stage.assert_forbidden(Gate.COLLATERAL_NOT_ENABLED, pair)
    set_configuration(stage, pair.collateral, word)
    stage.assert_allowed(pair)


def test_healthy_account(stage: Stage) -> None:
    cursor = stage.following.cursor
    holdings = sorted(stage.witness().holdings(cursor.number, cursor.hash))
    pairs = [
        Pair(account, debt, collateral)
        for account, debt, side in holdings
        if side == "debt" and stage.health_factor(account) > 2 * 10**18
        for owner, collateral, kind in holdings
        if (owner, kind) == (account, "supply")
    ]
    refusals = REFUSALS[stage.name][Gate.NOT_LIQUIDATABLE]
    outcomes = {pair: stage.outcome(pair) for pair in pairs[:20]}
    healthy = [pair for pair, said in outcomes.items() if isinstance(said, Refused) and said.why in refusals]
    assert healthy
    listed = [terms for pair in healthy if (terms := stage.terms(pair)) is not None]
    assert listed
    assert {terms.gates[0] for terms in listed} == {Gate.NOT_LIQUIDATABLE}

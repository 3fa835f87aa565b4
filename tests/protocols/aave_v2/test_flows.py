"""Flows of Aave V2 beside what the pool itself logged: to the wei, swaps of rates and the treasury's part left out."""

from pathlib import Path

import pytest

from indexer.abi import topic_of
from indexer.protocols._interface import FlowKind
from tests.protocols import moving
from tests.protocols.aave_v2.conftest import Site
from tests.protocols.aave_v3.pool_logs import said_by, told_by
from tests.protocols.following import following
from tests.protocols.living import LivingChain
from tests.protocols.replay import ReplayNode

pytestmark = pytest.mark.node
SWAPPED = topic_of("Swap(address,address,uint256)")


def test_flows_are_what_the_pool_logged(tip: Site, tmp_path: Path) -> None:
    chain, pool = LivingChain(tip.devnet), tip.story.deployment.pool
    with following(ReplayNode(chain), tip.deployment, f"sqlite:///{tmp_path}/flows.db") as live:
        told = told_by(moving.moved_of(live))
    said = said_by(pool, chain.blocks)
    assert {where[3] for where in said} == set(FlowKind)
    assert {where: amount for where, amount in told.items() if where in said} == dict(said)
    assert {where[3] for where in told if where not in said} == {FlowKind.WITHDRAW}, "transfers of aTokens alone"
    events = [event for block in chain.blocks for event in block.events if event.address == pool.lower()]
    assert any(event.topics[0] == SWAPPED for event in events), "nobody swapped"
    treasury = _treasury(tip)
    assert [where for where in told if where[1] == treasury and where[3] is FlowKind.DEPOSIT] == []


def test_an_atoken_is_one_of_its_asset(tip: Site) -> None:
    rows = tip.following.sync.book[tip.deployment.name]
    view = tip.following.view(tip.deployment.name)
    found = {one.market: one for one in view.receipts(tip.following.cursor.timestamp)}
    assert set(found) == {name for name, fields in rows.markets.items() if fields.get("atoken")}
    for one in found.values():
        asset = str(tip.devnet.call(one.token, "UNDERLYING_ASSET_ADDRESS()", [], "address")).lower()
        assert (asset, one.numerator, one.denominator) == (one.asset, 1, 1)


def _treasury(tip: Site) -> str:
    rows = tip.following.sync.book[tip.deployment.name]
    atoken = next(f"0x{fields['atoken']:040x}" for fields in rows.markets.values() if fields.get("atoken"))
    return str(tip.devnet.call(atoken, "RESERVE_TREASURY_ADDRESS()", [], "address")).lower()

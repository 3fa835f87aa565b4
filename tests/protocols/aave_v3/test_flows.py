"""Flows of Aave V3 beside what the pool itself logged, and its aTokens as receipts."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.abi import topic_of
from indexer.evm import address
from indexer.protocols._interface import Deployment, FlowKind
from scripts.devnet import Devnet
from scripts.devnet.plan import LEGACY, MAIN
from tests.protocols import moving
from tests.protocols.aave_v3.pool_logs import Where, said_by, told_by
from tests.protocols.following import Following, following
from tests.protocols.living import LivingChain
from tests.protocols.replay import ReplayNode

pytestmark = pytest.mark.node
INWARD = (FlowKind.DEPOSIT, FlowKind.BORROW)
SWAPPED = topic_of("SwapBorrowRateMode(address,address,uint8)")
ROUNDED = 2
"""Units that rounding in 3.5 and later moves a debt by: the index, rounded up."""


@pytest.fixture(scope="module")
def chain(devnet: Devnet) -> LivingChain:
    return LivingChain(devnet)


@pytest.fixture(scope="module", params=[LEGACY, MAIN])
def live(
    request: pytest.FixtureRequest, devnet: Devnet, chain: LivingChain, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Following]:
    """An indexer of one market; its logs are asked for, nothing is followed yet."""
    told = devnet.manifest.deployment(request.param)
    deployment = Deployment(told.name, "aave_v3", address(told.entry), told.first_block)
    url = f"sqlite:///{tmp_path_factory.mktemp(told.name)}/flows.db"
    with following(ReplayNode(chain), deployment, url) as found:
        yield found


def test_flows_are_what_the_pool_logged(devnet: Devnet, chain: LivingChain, live: Following) -> None:
    """Loans and deposits to the wei in 3.0.2, never more in 3.6; repayments and withdrawals never less."""
    name = live.deployment.name
    said = said_by(devnet.manifest.deployment(name).pool, chain.blocks)
    told = told_by(moving.moved_of(live))
    assert [where for where in told if where[3] in INWARD and where not in said] == []
    rounded = Counter[FlowKind]()
    for where, amount in said.items():
        kind = where[3]
        most = 0 if name == LEGACY else ROUNDED * 2
        short = amount - told[where] if kind in INWARD else told[where] - amount
        assert short >= 0, f"{where}: the pool says {amount}, we {told[where]}"
        assert short <= most or kind is FlowKind.WITHDRAW, f"{where}: the pool says {amount}, we {told[where]}"
        rounded[kind] += short > 0
    assert {where[3] for where in said} == set(FlowKind)
    assert any(event.topics[0] == SWAPPED for block in chain.blocks for event in block.events), "nobody swapped"
    assert (rounded[FlowKind.BORROW] > 0) == (name == MAIN), "only directional debts are told less"
    assert _only_ours(said, told) <= {FlowKind.WITHDRAW, FlowKind.REPAY}, "transfers, fees, bad debt"


def _only_ours(said: Counter[Where], told: Counter[Where]) -> set[FlowKind]:
    return {where[3] for where in told if where not in said}


def test_an_atoken_is_one_of_its_asset(devnet: Devnet, live: Following, tmp_path: Path) -> None:
    """Every holder's `balanceOf` is what the receipt makes the position's supply."""
    with following(live.replay, live.deployment, f"sqlite:///{tmp_path}/late.db") as late:
        number = late.once().number
        at, view = late.ref(number).timestamp, late.view(number)
        receipts = view.receipts(at)
        assert receipts
        said = [str(devnet.call(one.token, "UNDERLYING_ASSET_ADDRESS()", [], "address")).lower() for one in receipts]
        assert [one.asset for one in receipts] == said
        compared = 0
        for account in view.accounts():
            held = {row.market: row.supplied for row in view.positions(account, at)}
            balances = devnet.chain.calls(
                [(one.token, "balanceOf(address)", [account], "uint256") for one in receipts], number
            )
            for one, balance in zip(receipts, balances, strict=True):
                assert one.numerator is not None
                assert held.get(one.market, 0) == balance * one.numerator // one.denominator
                compared += balance > 0
        assert compared

"""Flows of Morpho Blue on the recorded chain: every position is the sum of what moved, bad debt is repaid."""

from collections import Counter
from collections.abc import Iterator

import pytest

from indexer.abi import topic_of
from indexer.protocols._interface import Flow, FlowKind
from tests.json_rpc import Event
from tests.protocols import moving
from tests.protocols.case import TapeCase
from tests.protocols.following import Following, following
from tests.protocols.morpho_blue.test_recorded import RecordedCase
from tests.protocols.replay import ReplayNode

LIQUIDATED = topic_of("Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)")


@pytest.fixture(scope="module")
def case() -> TapeCase:
    return RecordedCase.golden("morpho_blue")


@pytest.fixture(scope="module")
def live(case: TapeCase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    url = f"sqlite:///{tmp_path_factory.mktemp('morpho')}/flows.db"
    with following(ReplayNode(case.chain, finality=case.finality), case.deployment, url) as found:
        yield found


@pytest.fixture(scope="module")
def moved(live: Following) -> list[Flow]:
    return moving.moved_of(live)


def test_collateral_is_what_was_brought(case: TapeCase, moved: list[Flow]) -> None:
    """`position(id, user).collateral`, of everybody, is deposits less withdrawals and seizures."""
    sums: Counter[str] = Counter()
    for flow in moved:
        if flow.kind in (FlowKind.DEPOSIT, FlowKind.WITHDRAW):
            sums[flow.account] += flow.amount if flow.kind is FlowKind.DEPOSIT else -flow.amount
    last, compared = case.chain.blocks[-1].number, 0
    for _, (market, user), words in case.tape.asked(last, "position(bytes32,address)"):
        assert words is not None
        assert sums[f"0x{user[24:]}/0x{market}"] == words[2]
        compared += words[2] > 0
    assert compared


def test_a_liquidation_repays_what_it_writes_off_too(case: TapeCase, moved: list[Flow]) -> None:
    by_transaction: dict[str, list[Flow]] = {}
    for flow in moved:
        by_transaction.setdefault(flow.transaction, []).append(flow)
    written_off = 0
    for event in _of(case, LIQUIDATED):
        repaid, _, seized, bad, _ = (int(event.data[2 + 64 * n : 66 + 64 * n], 16) for n in range(5))
        key, told = f"0x{event.topics[3][-40:]}/{event.topics[1]}", by_transaction[event.transaction]
        assert [(flow.account, flow.kind, flow.amount) for flow in told] == [
            (key, FlowKind.REPAY, repaid + bad),
            (key, FlowKind.WITHDRAW, seized),
        ]
        assert {flow.owner for flow in told} == {key[:42]}
        written_off += bad > 0
    assert written_off


def test_what_is_lent_is_no_flow(case: TapeCase, live: Following, moved: list[Flow]) -> None:
    """Nobody's loan token stands behind a debt; and no token stands for it."""
    lent = {event.transaction for event in _of(case, topic_of("Supply(bytes32,address,address,uint256,uint256)"))}
    assert lent
    assert [flow for flow in moved if flow.transaction in lent] == []
    assert live.protocol.view(live.deployment, live.sync.book[live.deployment.name], "price", 0).receipts(0) == []


def _of(case: TapeCase, topic: str) -> list[Event]:
    return [event for block in case.chain.blocks for event in block.events if event.topics[0] == topic]

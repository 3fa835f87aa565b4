"""What was liquidated on the recorded pools of every revision, beside an independent decode of their logs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from indexer.book import Draft
from indexer.evm import Log
from indexer.protocols._interface import Deployment, Facts, Liquidation
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.words import LiquidationKind
from tests.golden.aave_v3.replay import Replay, recording
from tests.json_rpc import Event
from tests.protocols.happened import AAVE_CALL, AAVE_DEFICIT, RAY, aave_v2_call, topic, who, words

BALANCE_TRANSFER = topic("BalanceTransfer(address,address,uint256,uint256)")


class Folding(Replay):
    """A replay that only folds: what the contracts answered is compared elsewhere."""

    def _compare_stored(self, block: dict[str, Any]) -> None:
        del block

    def _compare_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        del checkpoint


class Listening(AaveV3):
    """The adapter, and what it said of each block beside the block's logs."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[list[Event], list[Liquidation]]] = []

    def apply_logs(self, deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
        AaveV3.apply_logs(deployment, logs, draft, facts)
        events = [Event(log.address, log.topics, log.data, log.index, log.transaction_hash) for log in logs]
        self.said.append((events, self.liquidations(deployment, logs, draft)))


@pytest.mark.parametrize(
    "name", ["3.0.0", "3.0.2", "3.1.0", "3.2.0", "3.2.1", "3.3.0", "3.4.0", "3.5.0", "3.6.0", "3.7"]
)
def test_every_call_has_its_row_and_every_deficit_is_told_once(name: str) -> None:
    replay, listening = Folding(recording(name)), Listening()
    replay.protocol = listening
    replay.run()
    counts: Counter[str] = Counter()
    for events, said in listening.said:
        ours = {one.log_index: one for one in said}
        calls = [at for at, event in enumerate(events) if event.topics[0] == topic(AAVE_CALL)]
        deficits = [event for event in events if event.topics[0] == topic(AAVE_DEFICIT)]
        for at in calls:
            row, own = aave_v2_call(events, at, None), ours[events[at].index]
            seized = row.pop("collateral_seized"), row.pop("protocol_fee")
            row.pop("bad_debt")
            assert {field: getattr(own, field) for field in row} == row
            assert own.protocol_fee is not None
            assert own.collateral_seized == seized[0] + own.protocol_fee
            assert abs(own.protocol_fee - _fee(events, at, row["account"], is_scaled=name != "3.0.0")) <= 1
            counts["fees"] += own.protocol_fee > 0
        written_off = sum(words(("uint256",), event)[0] for event in deficits)
        assert sum(one.bad_debt or 0 for one in said) == written_off
        others = [one for one in said if one.kind is LiquidationKind.WRITE_OFF]
        assert len(said) == len(calls) + len(others)
        assert {one.log_index for one in others} <= {event.index for event in deficits}
        counts.update(calls=len(calls), deficits=len(deficits), others=len(others))
    assert counts["calls"]
    assert counts["fees"]
    assert (counts["deficits"] > 0) == (name >= "3.3")
    assert (counts["others"] > 0) == (name in ("3.3.0", "3.5.0", "3.7"))


def _fee(events: Sequence[Event], at: int, user: str, *, is_scaled: bool) -> int:
    """What left the user in aTokens after his debt was burnt, but for what the liquidator took."""
    *_, liquidator, receives = words(("uint256", "uint256", "address", "bool"), events[at])
    sent = []
    for event in reversed(events[:at]):
        if event.topics[0] == topic(AAVE_CALL) or event.transaction != events[at].transaction:
            break
        if event.topics[0] == BALANCE_TRANSFER and who(event, 1) == user:
            sent.append((who(event, 2), *words(("uint256", "uint256"), event)))
    mine = [one for one in sent if not (receives and one[0] == liquidator)]
    if not mine:
        return 0
    _, value, index = mine[0]
    return int((value * index + RAY // 2) // RAY if is_scaled else value)

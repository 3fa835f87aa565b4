"""What a pool's own logs say moved: an account of flows that our adapter never reads."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexer.abi import topic_of
from indexer.protocols._interface import Flow, FlowKind
from tests.protocols.replay import Block

Where = tuple[str, str, str, FlowKind]
"""(transaction, account, reserve, kind)."""


@dataclass(frozen=True)
class _Said:
    """Where an event says reserve and account (topics) and how much (word of the data)."""

    kind: FlowKind
    reserve: int
    account: int
    word: int


_LIQUIDATED = "LiquidationCall(address,address,address,uint256,uint256,address,bool)"
_EVENTS: dict[str, tuple[_Said, ...]] = {
    "Supply(address,address,address,uint256,uint16)": (_Said(FlowKind.DEPOSIT, 1, 2, 1),),
    "Deposit(address,address,address,uint256,uint16)": (_Said(FlowKind.DEPOSIT, 1, 2, 1),),
    "Withdraw(address,address,address,uint256)": (_Said(FlowKind.WITHDRAW, 1, 2, 0),),
    "Borrow(address,address,address,uint256,uint8,uint256,uint16)": (_Said(FlowKind.BORROW, 1, 2, 1),),
    "Borrow(address,address,address,uint256,uint256,uint256,uint16)": (_Said(FlowKind.BORROW, 1, 2, 1),),
    "Repay(address,address,address,uint256,bool)": (_Said(FlowKind.REPAY, 1, 2, 0),),
    "Repay(address,address,address,uint256)": (_Said(FlowKind.REPAY, 1, 2, 0),),
    "DeficitCreated(address,address,uint256)": (_Said(FlowKind.REPAY, 2, 1, 0),),
    "MintUnbacked(address,address,address,uint256,uint16)": (_Said(FlowKind.DEPOSIT, 1, 2, 1),),
    _LIQUIDATED: (_Said(FlowKind.REPAY, 2, 3, 0), _Said(FlowKind.WITHDRAW, 1, 3, 1)),
}
_BY_TOPIC = {topic_of(signature): said for signature, said in _EVENTS.items()}
_PAID_IN_ATOKENS = topic_of("Repay(address,address,address,uint256,bool)")


def said_by(pool: str, blocks: Iterable[Block]) -> Counter[Where]:
    """The amounts of the pool's logs. What is repaid in aTokens is withdrawn by him who pays."""
    found: Counter[Where] = Counter()
    for event in (event for block in blocks for event in block.events if event.address == pool.lower()):
        words = [int(event.data[2 + 64 * n : 66 + 64 * n], 16) for n in range(len(event.data) // 64)]
        for said in _BY_TOPIC.get(event.topics[0], ()):
            reserve, account = (f"0x{event.topics[n][-40:]}" for n in (said.reserve, said.account))
            found[event.transaction, account, reserve, said.kind] += words[said.word]
        if event.topics[0] == _PAID_IN_ATOKENS and words[1]:
            reserve, payer = (f"0x{event.topics[n][-40:]}" for n in (1, 3))
            found[event.transaction, payer, reserve, FlowKind.WITHDRAW] += words[0]
    return found


def told_by(flows: Sequence[Flow]) -> Counter[Where]:
    """Ours, likewise."""
    found: Counter[Where] = Counter()
    for flow in flows:
        assert flow.account == flow.owner
        assert flow.market == flow.asset
        found[flow.transaction, flow.account, flow.market, flow.kind] += flow.amount
    return found

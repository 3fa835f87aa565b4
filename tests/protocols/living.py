"""The devnet's chain as one that can be played back: its blocks as they are now, its contracts asked in passing."""

from collections.abc import Mapping
from typing import Any

from scripts.devnet import Devnet
from scripts.devnet.rpc import RpcError
from tests.json_rpc import Event, Refusal
from tests.protocols.replay import Block


class LivingChain:
    """See `replay.Chain`. The devnet must not lose a block meanwhile; what it mines later is not seen."""

    def __init__(self, devnet: Devnet) -> None:
        self.chain_id = devnet.chain_id
        self.rpc = devnet.chain.rpc
        tip = devnet.block_number
        headers = self.rpc.batch([("eth_getBlockByNumber", [hex(number), False]) for number in range(tip + 1)])
        events: dict[str, list[Event]] = {}
        for log in self.rpc.request("eth_getLogs", [{"fromBlock": "0x0", "toBlock": hex(tip)}]):
            events.setdefault(log["blockHash"], []).append(_event(log))
        self.blocks = [_block(header, events.get(header["hash"], [])) for header in headers]
        self._timestamps = {block.hash: block.timestamp for block in self.blocks}
        self._answers: dict[tuple[str, str, str, int], Any] = {}

    def call(self, block: Block, call: Mapping[str, str], at: int) -> str:
        """The node's own answer; asked once, however many indexers want it."""
        key = (block.state_of, call.get("to", ""), call["data"], at)
        if key not in self._answers:
            asked: list[Any] = [dict(call), {"blockHash": block.state_of}]
            if at != self._timestamps[block.state_of]:
                asked += [{}, {"time": hex(at)}]
            self._answers[key] = self.rpc.try_batch([("eth_call", asked)])[0]
        found = self._answers[key]
        if isinstance(found, RpcError):
            raise Refusal(found.code, str(found))
        return str(found)


def _event(log: Mapping[str, Any]) -> Event:
    topics = tuple(topic.lower() for topic in log["topics"])
    return Event(log["address"].lower(), topics, log["data"].lower(), int(log["logIndex"], 16), log["transactionHash"])


def _block(header: Mapping[str, Any], events: list[Event]) -> Block:
    number, timestamp = int(header["number"], 16), int(header["timestamp"], 16)
    ends = (header["hash"], header["parentHash"])
    return Block(number, *ends, timestamp, header["logsBloom"], tuple(events), header["hash"])

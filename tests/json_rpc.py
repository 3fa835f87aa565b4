"""What the nodes of the tests share: JSON-RPC items and their refusals, blocks and logs as they go over the wire."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from indexer.node.bloom import bloom_bits

Json = Any
Method = Callable[..., Json]


class Refusal(Exception):
    """An item's JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message}


@dataclass(frozen=True, slots=True)
class Event:
    """One log before it has a block."""

    address: str
    topics: tuple[str, ...]
    data: str
    index: int = 0
    transaction: str = "0x" + "77" * 32


def reply_to(item: Mapping[str, Json], method: Method) -> dict[str, Json]:
    """One item's answer: what `method` returns for its parameters, or its refusal."""
    envelope = {"jsonrpc": "2.0", "id": item["id"]}
    try:
        return envelope | {"result": method(*item["params"])}
    except Refusal as refusal:
        return envelope | {"error": refusal.error}


def respond(body: bytes, answer: Callable[[Mapping[str, Json]], Mapping[str, Json]]) -> bytes:
    """The answer to one HTTP request: an item, or a batch of them."""
    payload = json.loads(body)
    return json.dumps([answer(item) for item in payload] if isinstance(payload, list) else answer(payload)).encode()


def bloom_of(events: Iterable[Event]) -> str:
    """The logs bloom of a block with these logs."""
    bits = 0
    for event in events:
        for value in (event.address, *event.topics):
            for bit in bloom_bits(bytes.fromhex(value[2:])):
                bits |= 1 << bit
    return f"0x{bits:0512x}"


def wire_header(number: int, name: str, parent: str, timestamp: int, bloom: str) -> dict[str, Json]:
    """A block as `eth_getBlockBy…` answers it."""
    quantities = {"number": hex(number), "timestamp": hex(timestamp)}
    return {**quantities, "hash": name, "parentHash": parent, "logsBloom": bloom}


def wire_logs(number: int, name: str, events: Iterable[Event], asked: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Those of a block's logs that an `eth_getLogs` filter wants: its addresses, and topic0 where it names any."""
    addresses, topics = set(asked.get("address", ())), set((asked.get("topics") or [[]])[0])
    return [
        {
            "address": event.address,
            "topics": list(event.topics),
            "data": event.data,
            "blockNumber": hex(number),
            "blockHash": name,
            "transactionHash": event.transaction,
            "logIndex": hex(event.index),
        }
        for event in events
        if (not addresses or event.address in addresses)
        and (not topics or (event.topics and event.topics[0] in topics))
    ]

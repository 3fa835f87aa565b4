"""Blocks and logs as a node sends them, from small numbers."""

from typing import Any

from indexer.evm import Address
from indexer.node.bloom import bloom_bits

POOL = Address("0x" + "a1" * 20)
OTHER_POOL = Address("0x" + "b2" * 20)
STRANGER = Address("0x" + "c3" * 20)
BORROW = "0x" + "d4" * 32
REPAY = "0x" + "e5" * 32


def block_hash(number: int, fork: int = 0) -> str:
    return f"0x{fork:02x}{number:062x}"


def bloom_of(*values: str) -> str:
    bits = 0
    for value in values:
        for bit in bloom_bits(bytes.fromhex(value[2:])):
            bits |= 1 << bit
    return f"0x{bits:0512x}"


def wire_header(number: int, *in_bloom: str, fork: int = 0) -> dict[str, Any]:
    return {
        "number": hex(number),
        "hash": block_hash(number, fork),
        "parentHash": block_hash(number - 1, fork) if number else "0x" + "00" * 32,
        "timestamp": hex(1_760_000_000 + 12 * number),
        "logsBloom": bloom_of(*in_bloom),
        "gasUsed": "0x0",
    }


def wire_log(
    number: int, index: int = 0, address: str = POOL, topic: str = BORROW, fork: int = 0, **more: Any
) -> dict[str, Any]:
    return {
        "address": address,
        "topics": [topic],
        "data": "0x" + "00" * 32,
        "blockNumber": hex(number),
        "blockHash": block_hash(number, fork),
        "transactionHash": "0x" + "77" * 32,
        "transactionIndex": "0x0",
        "logIndex": hex(index),
    } | more

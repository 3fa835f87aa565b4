"""What every EVM chain has: addresses, blocks, logs, calls. No I/O."""

import re
from dataclasses import dataclass
from typing import NewType

Address = NewType("Address", str)
"""`0x` and 40 hex digits in lower case."""

_ADDRESS = re.compile("0x[0-9a-f]{40}")
ZERO_ADDRESS = Address("0x" + "00" * 20)
EMPTY_HASH = "0x" + "00" * 32


def address(value: str | int | bytes) -> Address:
    """Parse an address from text, an integer or bytes (the last 20 are taken). Raises ValueError."""
    if isinstance(value, bytes):
        value = int.from_bytes(value, "big")
    if isinstance(value, int):
        return Address(f"0x{value & (2**160 - 1):040x}")
    text = value.strip().lower()
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"not an address: {value!r} (0x and 40 hex digits)")
    return Address(text)


@dataclass(frozen=True, slots=True)
class BlockRef:
    """One block, named by its hash."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Header:
    """A block's header as far as the follower needs it. `logs_bloom` is 256 bytes."""

    ref: BlockRef
    logs_bloom: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """One event log. `topics` and `data` are lower-case hex with 0x.

    `block_timestamp` is None where the node does not put it into logs: headers tell it then.
    """

    address: Address
    topics: tuple[str, ...]
    data: str
    block_number: int
    block_hash: str
    transaction_hash: str
    index: int
    block_timestamp: int | None = None

    def word(self, position: int) -> int:
        """Word `position` of the data as an unsigned integer; ValueError when the data is shorter."""
        start = 2 + 64 * position
        chunk = self.data[start : start + 64]
        if len(chunk) != 64:
            raise ValueError(f"log data has no word {position}")
        return int(chunk, 16)


@dataclass(frozen=True, slots=True)
class Call:
    """One read of a contract. `answer_bytes` is the most its answer may take (longer answers are cut)."""

    to: Address
    data: bytes
    answer_bytes: int = 32
    gas: int = 1_500_000


Answer = bytes | None
"""What a call returned; None when it reverted, ran out of gas, or there is no code."""

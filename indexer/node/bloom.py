"""Could a block hold a log of the filter? Its bloom says "certainly not" or "maybe" (Yellow Paper, M3:2048)."""

from collections.abc import Sequence

import numpy as np
from eth_hash.auto import keccak

from indexer.evm import Address

_Bits = tuple[int, int, int]


def bloom_bits(value: bytes) -> _Bits:
    """The three bits (0 to 2047, counted from the bloom's end) that `value` sets."""
    digest = keccak(value)
    first, second, third = (int.from_bytes(digest[at : at + 2]) & 2047 for at in (0, 2, 4))
    return first, second, third


class BloomFilter:
    """Addresses and topic0 alternatives, tested together against blooms.

    Bits are hashed once per value (`_known` is shared between filters that grow), so that a block costs one look
    at three columns, whatever the number of addresses.
    """

    def __init__(
        self, addresses: Sequence[Address], topics: Sequence[str], known: dict[str, _Bits] | None = None
    ) -> None:
        self._known: dict[str, _Bits] = {} if known is None else known
        self._addresses = self._columns(addresses)
        self._topics = self._columns(topics)
        self._any_topic = not topics

    def maybe(self, bloom: bytes) -> bool:
        """Whether a log of one of the addresses with one of the topics could be in the block."""
        bits = np.unpackbits(np.frombuffer(bloom, np.uint8))[::-1].astype(bool)
        if not self._any_topic and not bits[self._topics].all(axis=1).any():
            return False
        return bool(bits[self._addresses].all(axis=1).any())

    def _columns(self, values: Sequence[str]) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
        for value in values:
            if value not in self._known:
                self._known[value] = bloom_bits(bytes.fromhex(value[2:]))
        return np.array([self._known[value] for value in values], np.int64).reshape(-1, 3)

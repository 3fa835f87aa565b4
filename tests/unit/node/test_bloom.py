"""The bloom never says "certainly not" of a log that is there."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.evm import Address
from indexer.node.bloom import BloomFilter, bloom_bits
from tests.unit.node.blocks import BORROW, OTHER_POOL, POOL, REPAY, STRANGER, bloom_of

hexes = st.binary(min_size=20, max_size=20).map(lambda value: Address("0x" + value.hex()))
topics = st.binary(min_size=32, max_size=32).map(lambda value: "0x" + value.hex())


def bloom(*values: str) -> bytes:
    return bytes.fromhex(bloom_of(*values)[2:])


def test_bits_of_a_known_value() -> None:
    """keccak256 of nothing is c5d2 4601 86f7 …; each pair keeps its low 11 bits."""
    assert bloom_bits(b"") == (0x5D2, 0x601, 0x6F7)


@given(st.lists(hexes, min_size=1), st.lists(topics, min_size=1), st.data())
def test_a_log_that_is_there_is_never_ruled_out(
    addresses: list[Address], topic0s: list[str], data: st.DataObject
) -> None:
    address, topic = data.draw(st.sampled_from(addresses)), data.draw(st.sampled_from(topic0s))
    assert BloomFilter(addresses, topic0s).maybe(bloom(address, topic))
    assert BloomFilter(addresses, ()).maybe(bloom(address, topic))


def test_both_address_and_topic_must_be_there() -> None:
    watched = BloomFilter((POOL, OTHER_POOL), (BORROW, REPAY))
    assert watched.maybe(bloom(POOL, REPAY))
    assert not watched.maybe(bloom(POOL))
    assert not watched.maybe(bloom(BORROW))
    assert not watched.maybe(bloom(STRANGER, BORROW))
    assert not watched.maybe(bytes(256))
    assert watched.maybe(b"\xff" * 256)


def test_no_addresses_no_logs() -> None:
    assert not BloomFilter((), ()).maybe(b"\xff" * 256)


def test_a_filter_that_grows_hashes_only_what_is_new() -> None:
    known: dict[str, tuple[int, int, int]] = {}
    BloomFilter((POOL,), (BORROW,), known)
    assert set(known) == {POOL, BORROW}
    BloomFilter((POOL, OTHER_POOL), (BORROW,), known)
    assert set(known) == {POOL, BORROW, OTHER_POOL}

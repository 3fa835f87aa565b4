"""Headers, logs and quantities: what is believed and what is not."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import InconsistentAnswer
from indexer.evm import Address, BlockRef, Log
from indexer.node.wire import hex_quantity, parse_bytes, parse_header, parse_logs, quantity
from tests.unit.node.blocks import BORROW, POOL, block_hash, wire_header, wire_log


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


@given(st.integers(0, 2**256 - 1))
def test_quantities_round_trip(value: int) -> None:
    assert quantity(hex_quantity(value)) == value


@pytest.mark.parametrize("text", ["", "0x", "12", "0x1_0", " 0x1", "0x1\n", "-0x1", "0xg", "0X1", "0x" + "1" * 65])
def test_a_quantity_is_strict(text: str) -> None:
    with pytest.raises(InconsistentAnswer):
        quantity(text)


def test_a_header() -> None:
    header = parse_header(raw(wire_header(5)))
    assert header is not None
    assert header.ref == BlockRef(5, block_hash(5), block_hash(4), 1_760_000_060)
    assert header.logs_bloom == bytes(256)


def test_no_header_is_none() -> None:
    assert parse_header(raw(None)) is None


@pytest.mark.parametrize(
    "change",
    [{"number": 5}, {"number": None}, {"hash": "0x12"}, {"hash": None}, {"timestamp": "soon"}, {"logsBloom": "0x00"}],
)
def test_a_malformed_header_is_not_believed(change: dict[str, Any]) -> None:
    with pytest.raises(InconsistentAnswer):
        parse_header(raw(wire_header(5) | change))


def test_a_log_is_lower_case() -> None:
    wire = wire_log(5, 3, "0x" + "A1" * 20, "0x" + "D4" * 32, data="0xAB", removed=False, blockTimestamp="0x1")
    expected = Log(POOL, (BORROW,), "0xab", 5, block_hash(5), "0x" + "77" * 32, 3)
    assert parse_logs(raw([wire])) == [expected]
    assert expected.address == Address("0x" + "a1" * 20)


@pytest.mark.parametrize(
    "change",
    [{"address": "0x12"}, {"topics": ["0x12"]}, {"blockNumber": None}, {"logIndex": "3"}, {"data": None}],
)
def test_a_malformed_log_is_not_believed(change: dict[str, Any]) -> None:
    with pytest.raises(InconsistentAnswer):
        parse_logs(raw([wire_log(5) | change]))


def test_a_removed_log_is_never_believed() -> None:
    with pytest.raises(InconsistentAnswer, match="removed"):
        parse_logs(raw([wire_log(5), wire_log(5, 1, removed=True)]))


@pytest.mark.parametrize("value", ["0x1", "0xzz", "ab", None, 5, "0x 1"])
def test_hex_data_is_strict(value: Any) -> None:
    with pytest.raises(InconsistentAnswer):
        parse_bytes(raw(value))

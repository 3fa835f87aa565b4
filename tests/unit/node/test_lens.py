"""Packing and unpacking of the lens, and its program's opcodes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import InconsistentAnswer
from indexer.evm import Call, address
from indexer.node.lens import (
    MOST_ANSWER_BYTES,
    MOST_INITCODE_BYTES,
    PROGRAM,
    Outcome,
    Status,
    pack,
    plan_chunks,
    unpack,
)
from tests.unit.node.lens_wire import answer, parse

calls = st.builds(
    Call,
    to=st.binary(min_size=20, max_size=20).map(address),
    data=st.binary(max_size=400),
    answer_bytes=st.integers(0, 2_000),
    gas=st.integers(0, 30_000_000),
)
outcomes = st.one_of(
    st.builds(Outcome, st.just(Status.OK), st.binary(max_size=300)),
    st.sampled_from([Outcome(Status.FAILED), Outcome(Status.STARVED), Outcome(Status.NO_CODE)]),
)


@given(st.lists(calls, max_size=20))
def test_packed_calls_are_what_the_program_reads(asked: list[Call]) -> None:
    code = pack(asked)
    assert code.startswith(PROGRAM)
    assert parse(code) == asked


@given(st.lists(outcomes, max_size=20), st.integers(0, 2**64 - 1))
def test_unpack_reads_what_the_program_returns(found: list[Outcome], timestamp: int) -> None:
    assert unpack(answer(found, timestamp), len(found)) == (timestamp, found)


@given(st.lists(outcomes, max_size=5), st.integers(0, 6), st.integers(1, 50), st.binary(max_size=3))
def test_a_cut_or_foreign_answer_is_not_believed(found: list[Outcome], count: int, cut: int, more: bytes) -> None:
    whole = answer(found)
    for code in (whole[:-cut], b"\xef" + whole[1:], whole + b"\1", b"", whole + more if more else b""):
        with pytest.raises(InconsistentAnswer):
            unpack(code, len(found))
    if count != len(found):
        with pytest.raises(InconsistentAnswer):
            unpack(whole, count)


@given(st.lists(calls, max_size=200), st.integers(1, 100_000_000))
def test_chunks_keep_order_and_limits(asked: list[Call], gas_budget: int) -> None:
    chunks = list(plan_chunks(asked, gas_budget))
    assert [position for chunk in chunks for position in chunk] == list(range(len(asked)))
    for chunk in chunks:
        part = [asked[position] for position in chunk]
        assert len(pack(part)) <= MOST_INITCODE_BYTES
        assert 9 + sum(3 + call.answer_bytes for call in part) <= MOST_ANSWER_BYTES
        assert len(part) == 1 or sum(call.gas for call in part) <= gas_budget


@pytest.mark.parametrize(
    "call", [Call(address(1), bytes(49_000)), Call(address(1), b"", answer_bytes=24_565)], ids=["data", "answer"]
)
def test_a_call_that_fits_no_eth_call_is_refused(call: Call) -> None:
    with pytest.raises(ValueError, match="fits no eth_call"):
        list(plan_chunks([call], 1))


def test_the_program_needs_nothing_newer_than_constantinople() -> None:
    at, seen = 0, set()
    while at < len(PROGRAM):
        opcode = PROGRAM[at]
        seen.add(opcode)
        at += 1 + (opcode - 0x5F if 0x60 <= opcode <= 0x7F else 0)
    assert 0x5F not in seen  # PUSH0
    assert 0x5E not in seen  # MCOPY

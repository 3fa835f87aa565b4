"""The lens: hundreds of contract reads in one eth_call, without any deployed contract.

An eth_call with creation code and no `to` runs that code and answers what it returns as "the contract's code".
Ours is the program below followed by packed calls; it runs each as a STATICCALL and returns the packed answers.

A mainnet node's limits, all kept here: 49,152 bytes of creation code (EIP-3860), 24,576 bytes of returned code
(EIP-170), whose first byte may not be 0xEF (EIP-3541; ours is always 0x00) and which costs 200 gas a byte; and
the gas of the whole call (geth's default: 50 million).

One hostile contract cannot starve the others: each call gets at most its own `Call.gas`, and before a call the
lens compares the gas left with `needed`: the cap, the 1/64 the EVM holds back (EIP-150), and what it takes to
finish. If less is left the call is *not made* and says STARVED, so that it is asked again in a smaller chunk and
never mistaken for a contract that fails. Chunks may therefore be packed optimistically.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from indexer.errors import InconsistentAnswer
from indexer.evm import Call
from indexer.node.assembler import assemble

MOST_INITCODE_BYTES = 49_152
MOST_ANSWER_BYTES = 24_576
FIRST_GAS_BUDGET = 160_000_000
"""Sum of the calls' gas caps in a chunk at the first try: most reads use a small part of their cap."""

_OUTPUT_HEAD_BYTES = 9  # 0x00 and the block's time
_ANSWER_HEAD_BYTES = 3  # status and length
_RECORD_HEAD_BYTES = 32

_SOURCE = """
    ; Stack, top on the right. Memory: answers from 0, the record being worked on from 0x6000 (= 24,576).
    PUSH2 @calls            ; next: where in this code the next record starts
    TIMESTAMP
    PUSH1 192
    SHL
    PUSH1 1
    MSTORE                  ; byte 0 stays 0x00, bytes 1..8 are the block's time
    PUSH1 9                 ; next out: where in memory the next answer starts
loop:
    CODESIZE
    DUP3
    LT
    ISZERO
    PUSH2 @done             ; no record left
    JUMPI
    PUSH1 32
    DUP3
    PUSH2 0x6000
    CODECOPY                ; the record's head: to 20, gas 4, needed 4, answer 2, length 2 bytes
    PUSH2 0x6000
    MLOAD                   ; next out head
    DUP1
    PUSH2 0xffff
    AND                     ; next out head length
    DUP1
    DUP5
    PUSH1 32
    ADD
    PUSH2 0x6020
    CODECOPY                ; the call's data stands at 0x6020
    DUP4
    PUSH1 32
    ADD
    DUP2
    ADD
    SWAP4
    POP                     ; next' out head length
    DUP2
    PUSH1 32
    SHR
    PUSH4 0xffffffff
    AND
    GAS
    LT
    PUSH2 @starved          ; gas left < needed
    JUMPI
    DUP2
    PUSH1 96
    SHR
    EXTCODESIZE
    ISZERO
    PUSH2 @no_code          ; a call to no code would "succeed" with nothing
    JUMPI
    PUSH1 0
    PUSH1 0
    DUP3
    PUSH2 0x6020
    DUP6
    PUSH1 96
    SHR                     ; … 0 0 length 0x6020 to
    DUP7
    PUSH1 64
    SHR
    PUSH4 0xffffffff
    AND
    STATICCALL              ; next' out head length success
    ISZERO
    PUSH2 @failed
    JUMPI
    RETURNDATASIZE
    DUP3
    PUSH1 16
    SHR
    PUSH2 0xffff
    AND                     ; … size most
    DUP2
    DUP2
    LT
    PUSH2 @cut              ; most < size
    JUMPI
    SWAP1
cut:
    SWAP1
    POP                     ; next' out head length kept, the smaller of the two
    DUP1
    PUSH1 232
    SHL
    PUSH1 1
    PUSH1 248
    SHL
    OR
    DUP5
    MSTORE                  ; status 1 and the length kept
    DUP1
    PUSH1 0
    DUP6
    PUSH1 3
    ADD
    RETURNDATACOPY
    DUP4
    ADD
    PUSH1 3
    ADD                     ; next' out head length out'
    SWAP3
    POP
    POP
    POP                     ; next' out'
    PUSH2 @loop
    JUMP
starved:
    PUSH1 2
    PUSH2 @note
    JUMP
no_code:
    PUSH1 3
    PUSH2 @note
    JUMP
failed:
    PUSH1 0
note:                       ; next' out head length status
    PUSH1 248
    SHL
    DUP4
    MSTORE                  ; the status, and length 0
    POP
    POP
    PUSH1 3
    ADD
    PUSH2 @loop
    JUMP
done:
    PUSH1 0
    RETURN                  ; memory 0..out
calls=
"""
PROGRAM = assemble(_SOURCE)


class Status(IntEnum):
    """What became of one call."""

    FAILED = 0
    OK = 1
    STARVED = 2
    NO_CODE = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """One call's status, and its answer where it is OK (cut to `Call.answer_bytes`)."""

    status: Status
    data: bytes = b""


def plan_chunks(calls: Sequence[Call], gas_budget: int) -> Iterator[range]:
    """Cut calls into ranges that each fit one lens call; a call alone always gets a chunk.

    Raises ValueError for a call whose data or answer can never fit.
    """
    start, code, answer, gas = 0, len(PROGRAM), _OUTPUT_HEAD_BYTES, 0
    for index, call in enumerate(calls):
        code_bytes = _RECORD_HEAD_BYTES + len(call.data)
        answer_bytes = _ANSWER_HEAD_BYTES + call.answer_bytes
        if code_bytes > MOST_INITCODE_BYTES - len(PROGRAM) or answer_bytes > MOST_ANSWER_BYTES - _OUTPUT_HEAD_BYTES:
            raise ValueError(f"a call of {len(call.data)} bytes for {call.answer_bytes} bytes fits no eth_call")
        full = (
            code + code_bytes > MOST_INITCODE_BYTES
            or answer + answer_bytes > MOST_ANSWER_BYTES
            or gas + call.gas > gas_budget
        )
        if full and index > start:
            yield range(start, index)
            start, code, answer, gas = index, len(PROGRAM), _OUTPUT_HEAD_BYTES, 0
        code, answer, gas = code + code_bytes, answer + answer_bytes, gas + call.gas
    if len(calls) > start:
        yield range(start, len(calls))


def pack(calls: Sequence[Call]) -> bytes:
    """Creation code of one lens call. The calls must fit (see `plan_chunks`)."""
    answer_bytes = sum(_ANSWER_HEAD_BYTES + call.answer_bytes for call in calls)
    data_bytes = sum(len(call.data) for call in calls)
    # Memory, then 200 gas a returned byte, then walking over calls that are not made.
    finish_gas = 60_000 + 200 * answer_bytes + 1_000 * len(calls) + data_bytes // 4
    records = [PROGRAM]
    for call in calls:
        needed = call.gas + call.gas // 63 + 6_000 + finish_gas
        records.append(bytes.fromhex(call.to[2:]))
        records.append(call.gas.to_bytes(4) + needed.to_bytes(4))
        records.append(call.answer_bytes.to_bytes(2) + len(call.data).to_bytes(2) + call.data)
    return b"".join(records)


def unpack(code: bytes, count: int) -> tuple[int, list[Outcome]]:
    """The block time the lens saw (seconds) and the outcomes of its `count` calls. Raises InconsistentAnswer."""
    if len(code) < _OUTPUT_HEAD_BYTES or code[0] != 0:
        raise InconsistentAnswer(
            f"eth_call answered {len(code)} bytes that are not the lens's: the node does not run creation code"
        )
    timestamp = int.from_bytes(code[1:9])
    outcomes: list[Outcome] = []
    position = _OUTPUT_HEAD_BYTES
    while position + _ANSWER_HEAD_BYTES <= len(code) and len(outcomes) < count:
        start = position + _ANSWER_HEAD_BYTES
        end = start + int.from_bytes(code[position + 1 : start])
        status = code[position]
        if status > Status.NO_CODE or end > len(code):
            break
        outcomes.append(Outcome(Status(status), code[start:end]))
        position = end
    if position != len(code) or len(outcomes) != count:
        raise InconsistentAnswer(f"eth_call answered {len(outcomes)} of {count} packed calls; the answer is cut")
    return timestamp, outcomes

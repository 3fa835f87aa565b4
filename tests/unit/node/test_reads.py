"""Batch two: what the reader does with the lens's answers, and with a node that has less gas, size or time."""

from collections.abc import Sequence
from typing import Any

import pytest

from indexer.errors import BlockNotFound, InconsistentAnswer, RpcError
from indexer.evm import Call, address
from indexer.node import Node, OverridesUnsupported, Read
from indexer.node.lens import Outcome, Status
from tests.unit.node.blocks import block_hash
from tests.unit.node.fakes import FakeNode, Fault
from tests.unit.node.lens_wire import TIME, answer, parse

HASH = block_hash(7)


class Evm(FakeNode):
    """eth_call as a node with `gas` for each call: every contract uses its whole cap and answers its own address."""

    def __init__(self, gas: int = 50_000_000, timestamp: int | None = None) -> None:
        super().__init__(eth_call=self.run)
        self.gas = gas
        self.timestamp = timestamp

    def run(self, transaction: dict[str, str], where: dict[str, str], *overrides: dict[str, str]) -> str:
        assert where == {"blockHash": HASH}
        left = self.gas
        found = []
        for call in parse(bytes.fromhex(transaction["data"][2:])):
            if left < call.gas:
                found.append(Outcome(Status.STARVED))
            else:
                left -= call.gas
                found.append(Outcome(Status.OK, bytes.fromhex(call.to[2:])[: call.answer_bytes]))
        asked = int(overrides[1]["time"], 16) if overrides else TIME
        return "0x" + answer(found, self.timestamp or asked).hex()


def many(count: int, gas: int = 1_500_000) -> tuple[Call, ...]:
    return tuple(Call(address(index), b"", gas=gas) for index in range(1, count + 1))


def expected(asked: Sequence[Call]) -> list[bytes]:
    return [bytes.fromhex(call.to[2:]) for call in asked]


def test_reads_are_one_request() -> None:
    node = Evm()
    asked = many(20)
    answers = Node(node.rpc()).read(HASH, [Read(asked), Read(()), Read(asked[:3], at_timestamp=TIME + 12)])
    assert answers == [expected(asked), [], expected(asked[:3])]
    assert len(node.bodies) == 1
    assert [len(item["params"]) for item in node.bodies[0]] == [2, 4]


def test_no_calls_no_request() -> None:
    node = Evm()
    assert Node(node.rpc()).read(HASH, []) == []
    assert Node(node.rpc()).has_code(HASH, []) == []
    assert node.bodies == []


@pytest.mark.parametrize("gas", [50_000_000, 30_000_000, 1_500_000])
def test_starved_calls_are_asked_again_and_never_taken_for_failures(gas: int) -> None:
    node = Evm(gas)
    asked = many(150)
    assert Node(node.rpc()).read(HASH, [Read(asked)]) == [expected(asked)]
    assert len(node.bodies) <= 5


def test_a_call_above_the_nodes_gas_cap_is_an_error_not_a_failed_call() -> None:
    with pytest.raises(RpcError, match="gas cap is too low"):
        Node(Evm(1_000_000).rpc()).read(HASH, [Read(many(3))])


@pytest.mark.parametrize("message", ["out of gas", "max code size exceeded", "execution aborted (timeout = 5s)"])
def test_a_chunk_past_a_limit_is_halved(message: str) -> None:
    node = Evm(gas=10**12)
    whole = node.run

    def run(transaction: dict[str, str], *more: Any) -> str:
        if len(parse(bytes.fromhex(transaction["data"][2:]))) > 10:
            raise Fault(-32000, message)
        return whole(transaction, *more)

    node.methods["eth_call"] = run
    asked = many(37)
    assert Node(node.rpc()).read(HASH, [Read(asked)]) == [expected(asked)]


def failing(code: int, message: str) -> Node:
    def run(*_: Any) -> str:
        raise Fault(code, message)

    return Node(FakeNode(eth_call=run).rpc())


def test_one_call_past_a_limit_is_an_error() -> None:
    with pytest.raises(RpcError, match="out of gas"):
        failing(-32000, "out of gas").read(HASH, [Read(many(4))])


@pytest.mark.parametrize("message", ["unknown block", "header not found", "missing trie node 12 (path )"])
def test_an_unknown_or_pruned_block(message: str) -> None:
    with pytest.raises(BlockNotFound):
        failing(-32000, message).read(HASH, [Read(many(1))])


def test_a_node_that_refuses_overrides() -> None:
    node = failing(-32602, "too many arguments, want at most 3")
    with pytest.raises(OverridesUnsupported):
        node.read(HASH, [Read(many(1), at_timestamp=TIME)])


def test_a_node_that_ignores_overrides_is_found_out() -> None:
    with pytest.raises(OverridesUnsupported, match="computed at"):
        Node(Evm(timestamp=TIME).rpc()).read(HASH, [Read(many(1), at_timestamp=TIME + 12)])


def test_any_other_error_of_the_whole_call_is_raised() -> None:
    with pytest.raises(RpcError, match="does not exist"):
        failing(-32601, "the method does not exist").read(HASH, [Read(many(2))])


@pytest.mark.parametrize("result", ["0x", "0x00", None, 5, "0xef"])
def test_an_answer_that_is_not_the_lenss_is_not_believed(result: Any) -> None:
    with pytest.raises(InconsistentAnswer):
        Node(FakeNode(eth_call=lambda *_: result).rpc()).read(HASH, [Read(many(1))])

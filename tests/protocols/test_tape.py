"""A node that plays a tape: what was recorded and nothing else, along its chain and beside it."""

import json
from typing import Any

import pytest
from eth_hash.auto import keccak

from indexer.abi import load_interface
from indexer.evm import Address, Call, address
from indexer.node.lens import Status, pack, unpack
from tests.protocols.replay import ReplayNode
from tests.protocols.tape import NotRecorded, Tape
from tests.protocols.toy.pond_contract import COIN, FIRST_BLOCK, ORACLE, POND, USERS, recorded

ERC20 = load_interface("erc20", "ERC20")
BLOCKS = 12


@pytest.fixture
def tape() -> Tape:
    return Tape.of(recorded(2, BLOCKS))


@pytest.fixture
def node(tape: Tape) -> ReplayNode:
    return ReplayNode(tape, finality=3)


def ask(node: ReplayNode, method: str, *params: Any) -> Any:
    reply = json.loads(
        node.answer(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())
    )
    return reply.get("result", reply.get("error"))


def calls_of(node: ReplayNode, *calls: Call, at: int | None = None) -> list[Any]:
    where = [{"blockHash": node.head.hash}, *([] if at is None else [{}, {"time": hex(at)}])]
    data = ask(node, "eth_call", {"data": "0x" + pack(calls).hex()}, *where)
    return list(unpack(bytes.fromhex(data[2:]), len(calls))[1])


def test_the_chain_is_cut_and_goes_on(node: ReplayNode) -> None:
    assert ask(node, "eth_blockNumber") == hex(FIRST_BLOCK + BLOCKS - 1)
    node.cut(FIRST_BLOCK + 4)
    assert ask(node, "eth_getBlockByNumber", "latest", False)["hash"] == node.chain.blocks[4].hash
    assert ask(node, "eth_getBlockByNumber", "finalized", False)["number"] == hex(FIRST_BLOCK + 1)
    assert ask(node, "eth_getBlockByNumber", hex(FIRST_BLOCK + 5), False) is None
    assert node.advance()
    assert node.head == node.chain.blocks[5]
    assert node.advance(1_000)
    assert not node.advance()


def test_logs_are_the_tapes(node: ReplayNode) -> None:
    everything = {"fromBlock": "0x0", "toBlock": hex(FIRST_BLOCK + BLOCKS)}
    logs = ask(node, "eth_getLogs", {**everything, "address": [POND]})
    assert len(logs) == sum(len(block.events) for block in node.chain.blocks) > 0
    topic = logs[0]["topics"][0]
    assert ask(node, "eth_getLogs", {**everything, "address": [POND], "topics": [[topic]]}) == logs[:1]
    assert ask(node, "eth_getLogs", {**everything, "address": [COIN]}) == []
    by_hash = {"blockHash": logs[0]["blockHash"], "address": [POND]}
    assert {log["blockHash"] for log in ask(node, "eth_getLogs", by_hash)} == {logs[0]["blockHash"]}


def test_a_branch_is_empty_and_has_the_state_it_grew_from(node: ReplayNode) -> None:
    fork, tip = node.chain.blocks[-4], node.head
    assert node.reorg(3, 5) == fork
    assert [node.head.number, node.head.timestamp] == [tip.number + 2, fork.timestamp]
    hashes = [block.hash for block in node.path]
    assert len(set(hashes)) == len(hashes)
    assert ask(node, "eth_getLogs", {"blockHash": node.head.hash, "address": [POND]}) == []
    assert ask(node, "eth_getBlockByHash", tip.hash, False)["hash"] == tip.hash, "an orphan is still there"
    node.reorg(1, 1)
    assert node.head.hash != hashes[-1]


def test_calls_are_answered_now_and_at_the_next_blocks_time(node: ReplayNode) -> None:
    unknown = Call(address(POND), bytes.fromhex("deadbeef") + bytes(12) + bytes.fromhex(USERS[0][2:]))
    recorded_at = node.chain.blocks[-1]
    with pytest.raises(NotRecorded, match=f"to {POND} data 0xdeadbeef"):
        calls_of(node, unknown)
    price = Call(address(ORACLE), keccak(b"priceOf(address)")[:4] + (0xA0).to_bytes(32))
    now, then = (calls_of(node, price, at=at)[0] for at in (None, recorded_at.timestamp + 12))
    assert {now.status, then.status} <= {Status.OK, Status.FAILED}
    with pytest.raises(NotRecorded, match="not at"):
        calls_of(node, price, at=recorded_at.timestamp + 13)


def test_what_only_people_read_fails_as_if_it_was_not_there(node: ReplayNode) -> None:
    assert [found.status for found in calls_of(node, ERC20.call("symbol", Address(COIN)))] == [Status.FAILED]
    with pytest.raises(NotRecorded, match="data 0x70a08231"):
        calls_of(node, ERC20.call("balanceOf", Address(COIN), POND))

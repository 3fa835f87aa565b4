"""Batch one and the heads, against a node made of functions."""

from typing import Any

import pytest

from indexer.errors import BlockNotFound, InconsistentAnswer, RpcError
from indexer.node import LogFilter, Node
from tests.unit.node.blocks import BORROW, OTHER_POOL, POOL, REPAY, STRANGER, block_hash, wire_header, wire_log
from tests.unit.node.fakes import FakeNode, Fault

FILTER = LogFilter((POOL, OTHER_POOL), (BORROW, REPAY))
TAGS = {"latest": 100, "safe": 90, "finalized": 80}
UNKNOWN_TAG = Fault(-32602, "invalid block tag")


class Chain(FakeNode):
    """Blocks 0 to 100; `logs` are what eth_getLogs answers in turn (the last one again and again)."""

    def __init__(self, *logs: Any, in_bloom: tuple[str, ...] = (), **tags: Any) -> None:
        super().__init__(
            eth_chainId=lambda: "0x7a69",
            eth_getBlockByNumber=self.by_number,
            eth_getBlockByHash=lambda where, _: wire_header(int(where[4:], 16)),
            eth_getLogs=self.get_logs,
        )
        self.logs = list(logs) or [[]]
        self.in_bloom = in_bloom
        self.tags = TAGS | tags

    def by_number(self, where: str, _: bool) -> Any:
        number = self.tags[where] if where in self.tags else int(where, 16)
        if isinstance(number, Fault):
            raise number
        return None if number is None or number > 100 else wire_header(number, *self.in_bloom)

    def get_logs(self, _: dict[str, Any]) -> Any:
        logs = self.logs.pop(0) if len(self.logs) > 1 else self.logs[0]
        if isinstance(logs, Fault):
            raise logs
        return logs

    def node(self, **settings: Any) -> Node:
        return Node(self.rpc(), **settings)


def test_chain_id() -> None:
    assert Chain().node().fetch_chain_id() == 31_337


def test_heads_are_one_request() -> None:
    chain = Chain()
    heads = chain.node().fetch_heads()
    assert heads.safe is not None
    assert heads.finalized is not None
    assert (heads.latest.number, heads.safe.number, heads.finalized.number) == (100, 90, 80)
    assert heads.latest.hash == block_hash(100)
    assert len(chain.bodies) == 1


@pytest.mark.parametrize("missing", [UNKNOWN_TAG, None])
def test_a_node_without_safe_and_finalized(missing: Any) -> None:
    node = Chain(safe=missing, finalized=missing).node(finality_depth=64)
    heads = node.fetch_heads()
    assert (heads.safe, heads.finalized) == (None, None)
    assert node.finalized_number(heads) == 36


def test_finality_is_the_nodes_own_word_where_it_has_one() -> None:
    node = Chain().node(finality_depth=64)
    assert node.finalized_number(node.fetch_heads()) == 80


def test_a_node_without_blocks() -> None:
    with pytest.raises(BlockNotFound):
        Chain(latest=None).node().fetch_heads()


def test_a_node_that_refuses_its_head() -> None:
    with pytest.raises(RpcError, match="still starting"):
        Chain(latest=Fault(-32000, "still starting")).node().fetch_heads()


@pytest.mark.parametrize("where", [7, block_hash(7), "latest"])
def test_a_header_by_number_hash_or_tag(where: int | str) -> None:
    header = Chain(latest=7).node().fetch_header(where)
    assert header is not None
    assert header.ref.hash == block_hash(7)


def test_headers_come_in_the_order_asked() -> None:
    chain = Chain()
    headers = chain.node().fetch_headers([9, 101, 3])
    assert [header and header.ref.number for header in headers] == [9, None, 3]
    assert len(chain.bodies) == 1


def test_another_block_than_asked_is_not_believed() -> None:
    chain = Chain()
    chain.methods["eth_getBlockByNumber"] = lambda *_: wire_header(8)
    with pytest.raises(InconsistentAnswer):
        chain.node().fetch_header(7)


def test_a_block_is_one_request() -> None:
    chain = Chain([wire_log(7, 1, OTHER_POOL, REPAY), wire_log(7, 0)], in_bloom=(POOL, OTHER_POOL, BORROW, REPAY))
    answer = chain.node().fetch_block(7, FILTER)
    assert answer.header is not None
    assert answer.header.ref.hash == block_hash(7)
    assert [log.index for log in answer.logs] == [0, 1]
    assert answer.heads.latest.number == 100
    assert len(chain.bodies) == 1


def test_a_block_without_addresses_asks_for_no_logs() -> None:
    chain = Chain(in_bloom=(POOL, BORROW))
    assert chain.node().fetch_block(7, LogFilter((), (BORROW,))).logs == []
    assert chain.asked("eth_getLogs") == []


def test_a_block_that_is_not_there_yet() -> None:
    answer = Chain(Fault(-32602, "BlockOutOfRangeError: block height is 100 but requested was 101")).node()
    block = answer.fetch_block(101, FILTER)
    assert (block.header, block.logs, block.heads.latest.number) == (None, [], 100)


def test_a_header_whose_logs_are_not_there_yet_is_not_there_yet() -> None:
    """A load balancer may answer the two from different nodes."""
    block = Chain(Fault(-32000, "unknown block")).node().fetch_block(100, FILTER)
    assert (block.header, block.logs) == (None, [])


def test_header_and_logs_of_two_forks_are_not_believed() -> None:
    with pytest.raises(InconsistentAnswer, match="two forks"):
        Chain([wire_log(7, fork=1)]).node().fetch_block(7, FILTER)


@pytest.mark.parametrize("in_bloom", [(), (POOL,), (BORROW,), (STRANGER, BORROW), (POOL, "0x" + "99" * 32)], ids=str)
def test_no_logs_that_fit_the_bloom_are_believed_at_once(in_bloom: tuple[str, ...]) -> None:
    chain = Chain(in_bloom=in_bloom)
    node = chain.node()
    block = node.fetch_block(7, FILTER)
    assert (block.logs, block.doubtful, len(chain.bodies)) == ([], False, 1)


def test_no_logs_against_the_bloom_are_doubtful() -> None:
    chain = Chain([], in_bloom=(POOL, BORROW))
    block = chain.node().fetch_block(7, FILTER)
    assert (block.logs, block.doubtful, len(chain.bodies)) == ([], True, 1)


def test_a_doubtful_block_is_confirmed_by_hash_in_the_request_of_the_reads() -> None:
    chain = Chain([wire_log(7)])
    node = chain.node()
    answers, logs = node.read_and_confirm(block_hash(7), [], FILTER)
    assert (answers, [log.index for log in logs]) == ([], [0])
    assert (len(chain.bodies), node.bloom_reasks) == (1, 1)
    assert chain.asked("eth_getLogs")[0][0]["blockHash"] == block_hash(7)


def test_a_bloom_may_be_wrong_twice() -> None:
    assert Chain([]).node().read_and_confirm(block_hash(7), [], FILTER) == ([], [])


def test_the_second_answer_must_be_of_the_same_block() -> None:
    with pytest.raises(InconsistentAnswer):
        Chain([wire_log(7, fork=1)]).node().read_and_confirm(block_hash(7), [], FILTER)


def test_a_block_orphaned_before_the_second_answer() -> None:
    with pytest.raises(BlockNotFound):
        Chain(Fault(-32000, "unknown block")).node().read_and_confirm(block_hash(7), [], FILTER)


def test_a_removed_log_is_not_believed() -> None:
    with pytest.raises(InconsistentAnswer, match="removed"):
        Chain([wire_log(7, removed=True)]).node().fetch_block(7, FILTER)


def test_a_block_with_too_many_logs_is_read_by_hash() -> None:
    chain = Chain(Fault(-32005, "query returned more than 10000 results"), [wire_log(7)])
    assert len(chain.node().fetch_block(7, FILTER).logs) == 1


def test_another_error_of_the_logs_is_raised() -> None:
    with pytest.raises(RpcError, match="does not exist"):
        Chain(Fault(-32601, "the method does not exist")).node().fetch_block(7, FILTER)


def test_many_headers_are_batches_of_two_hundred() -> None:
    chain = Chain()
    headers = chain.node().fetch_headers([7] * 450)
    assert len(headers) == 450
    assert [len(body) for body in chain.bodies] == [200, 200, 50]

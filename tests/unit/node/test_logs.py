"""Ranges of logs: providers that refuse, hint, lag, and answer what was not asked."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from indexer.errors import BlockNotFound, InconsistentAnswer, NodeUnreachable, RangeTooLarge, RpcError
from indexer.evm import Address
from indexer.node import JsonRpc, LogFilter
from indexer.node import logs as logs_module
from indexer.node.logs import CALM_ANSWERS, FIRST_RANGE_BLOCKS, LogReader
from tests.unit.node.blocks import BORROW, OTHER_POOL, POOL, REPAY, STRANGER, block_hash, wire_log
from tests.unit.node.fakes import URL, FakeNode, Fault

FILTER = LogFilter((POOL, OTHER_POOL), (BORROW, REPAY))
HEAD = 1_000_000


class Provider(FakeNode):
    """One log every ten blocks; `refuse(first, last, addresses)` may raise a Fault."""

    def __init__(self, refuse: Callable[[int, int, list[str]], None] = lambda *_: None, head: int = HEAD) -> None:
        super().__init__(eth_getLogs=self.get_logs, eth_blockNumber=lambda: hex(head))
        self.refuse = refuse
        self.ranges: list[tuple[int, int]] = []

    def get_logs(self, query: dict[str, Any]) -> list[Any]:
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        self.ranges.append((first, last))
        self.refuse(first, last, query["address"])
        start = -(-first // 10) * 10
        return [wire_log(number, address=query["address"][0]) for number in range(start, last + 1, 10)]

    def reader(self) -> LogReader:
        return LogReader(self.rpc())

    def sizes(self) -> list[int]:
        return [last - first + 1 for first, last in self.ranges]


def limit(blocks: int, message: str = "block range is too wide", code: int = -32600) -> Callable[..., None]:
    def refuse(first: int, last: int, _: list[str]) -> None:
        if last - first + 1 > blocks:
            raise Fault(code, message)

    return refuse


def numbers(first: int, last: int) -> list[int]:
    return list(range(-(-first // 10) * 10, last + 1, 10))


def test_a_small_range_is_one_request() -> None:
    node = Provider()
    logs = node.reader().fetch_range(FILTER, 5, 95)
    assert [log.block_number for log in logs] == numbers(5, 95)
    assert len(node.bodies) == 1
    query = node.asked("eth_getLogs")[0][0]
    assert query == {"fromBlock": "0x5", "toBlock": "0x5f", "address": [POOL, OTHER_POOL], "topics": [[BORROW, REPAY]]}


def test_no_addresses_no_request() -> None:
    node = Provider()
    assert node.reader().fetch_range(LogFilter((), (BORROW,)), 0, 100) == []
    assert node.bodies == []


def test_no_topics_any_topic() -> None:
    node = Provider()
    node.reader().fetch_range(LogFilter((POOL,), ()), 0, 100)
    assert "topics" not in node.asked("eth_getLogs")[0][0]


def test_progress_is_told() -> None:
    seen: list[int] = []
    Provider().reader().fetch_range(FILTER, 0, 30_000, seen.append)
    assert seen == [FIRST_RANGE_BLOCKS - 1, 24_999, 30_000]


def test_a_refusal_without_hint_halves_and_every_block_is_read_once() -> None:
    node = Provider(limit(3_000))
    logs = node.reader().fetch_range(FILTER, 0, 49_999)
    assert [log.block_number for log in logs] == numbers(0, 49_999)
    assert node.sizes()[:3] == [10_000, 5_000, 2_500]


def test_the_providers_hint_is_taken_at_once() -> None:
    def refuse(first: int, last: int, _: list[str]) -> None:
        if last - first + 1 > 700:
            hint = f"Try with this block range [{first:#x}, {first + 699:#x}]."
            raise Fault(-32005, f"query returned more than 10000 results. {hint}")

    node = Provider(refuse)
    logs = node.reader().fetch_range(FILTER, 0, 9_999)
    assert [log.block_number for log in logs] == numbers(0, 9_999)
    assert node.sizes()[:3] == [10_000, 700, 700]


def test_a_stated_limit_is_never_passed_again() -> None:
    message = "eth_getLogs and eth_newFilter are limited to a 2,000 blocks range"
    node = Provider(limit(2_000, message, -32602))
    node.reader().fetch_range(FILTER, 0, 99_999)
    assert node.sizes() == [10_000, *[2_000] * 50]


def test_the_range_grows_again_and_is_kept_between_calls() -> None:
    """ponder #2220: a range that only shrinks costs hours."""
    dense = 20_000

    def refuse(first: int, last: int, _: list[str]) -> None:
        if first < dense and last - first + 1 > 100:
            raise Fault(-32602, "response size exceeded")

    node = Provider(refuse)
    reader = node.reader()
    reader.fetch_range(FILTER, 0, 9_999)
    assert reader.range_blocks <= 150
    tries = len(node.ranges)
    assert tries < 200
    reader.fetch_range(FILTER, 10_000, 900_000)
    assert max(node.sizes()) > FIRST_RANGE_BLOCKS
    assert len(node.ranges) - tries < 220


def test_a_refused_length_is_not_tried_again_at_once() -> None:
    node = Provider(limit(100))
    node.reader().fetch_range(FILTER, 0, 19_999)
    refused = [size for size in node.sizes() if size > 100]
    assert len(refused) < 7 + len(node.ranges) / CALM_ANSWERS


def test_answers_that_are_very_long_make_the_range_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_module, "PLENTY_OF_LOGS", 100)
    node = Provider()
    logs = node.reader().fetch_range(FILTER, 0, 49_999)
    assert [log.block_number for log in logs] == numbers(0, 49_999)
    assert node.sizes()[:2] == [10_000, 1_000]
    assert max(node.sizes()[1:]) <= 1_500


def test_a_single_block_that_is_refused_is_split_by_addresses() -> None:
    many = tuple(Address(f"0x{index:040x}") for index in range(8))

    def refuse(_first: int, _last: int, addresses: list[str]) -> None:
        if len(addresses) > 2:
            raise Fault(-32602, "query returned more than 10000 results")

    def get_logs(query: dict[str, Any]) -> list[Any]:
        refuse(10, 10, query["address"])
        return [wire_log(10, int(address, 16), address) for address in query["address"]]

    node = Provider()
    node.methods["eth_getLogs"] = get_logs
    logs = node.reader().fetch_range(LogFilter(many, (BORROW,)), 10, 10)
    assert [log.index for log in logs] == list(range(8))


def test_a_single_block_and_address_that_is_refused_is_a_typed_error() -> None:
    def refuse(*_: Any) -> None:
        raise Fault(-32602, "query returned more than 10000 results")

    with pytest.raises(RangeTooLarge):
        Provider(refuse).reader().fetch_range(FILTER, 0, 100)


def test_an_error_of_another_kind_is_not_a_range() -> None:
    def refuse(*_: Any) -> None:
        raise Fault(-32601, "the method eth_getLogs does not exist")

    node = Provider(refuse)
    with pytest.raises(RpcError, match="does not exist"):
        node.reader().fetch_range(FILTER, 0, 100)
    assert len(node.ranges) == 1


def test_a_node_that_is_behind_the_range_is_not_a_range_without_logs() -> None:
    """geth #24078: a load-balanced node that is behind answers less, without an error."""
    node = Provider(head=50)
    with pytest.raises(BlockNotFound):
        node.reader().fetch_range(FILTER, 0, 51)


def test_a_range_beyond_the_head_that_is_refused() -> None:
    def refuse(*_: Any) -> None:
        raise Fault(-32602, "block range extends beyond current head block")

    with pytest.raises(BlockNotFound):
        Provider(refuse).reader().fetch_range(FILTER, 0, 51)


def test_a_range_that_takes_too_long_is_halved() -> None:
    node = Provider()

    def transport(request: httpx.Request) -> httpx.Response:
        response = node(request)
        if node.sizes()[-1] > 1_000:
            raise httpx.ReadTimeout("too slow")
        return response

    rpc = JsonRpc([URL], transport=httpx.MockTransport(transport), sleep=lambda _: None)
    logs = LogReader(rpc).fetch_range(FILTER, 0, 1_999)
    assert [log.block_number for log in logs] == numbers(0, 1_999)
    assert node.sizes()[:2] == [2_000, 1_000]


def test_a_node_that_never_answers_ends_in_an_error() -> None:
    def transport(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("dead")

    rpc = JsonRpc([URL], transport=httpx.MockTransport(transport), sleep=lambda _: None)
    with pytest.raises(NodeUnreachable):
        LogReader(rpc).fetch_range(FILTER, 0, 1_999)
    assert rpc.http_requests < 30


def test_thousands_of_addresses_are_cut_into_requests_of_one_batch() -> None:
    many = tuple(Address(f"0x{index:040x}") for index in range(2_500))
    node = Provider()
    node.methods["eth_getLogs"] = lambda query: [wire_log(5, int(query["address"][0], 16), query["address"][0])]
    logs = node.reader().fetch_range(LogFilter(many, (BORROW,)), 0, 9)
    assert [log.index for log in logs] == [0, 1_000, 2_000]
    assert [len(params[0]["address"]) for params in node.asked("eth_getLogs")] == [1_000, 1_000, 500]
    assert len(node.bodies) == 1


@pytest.mark.parametrize(
    ("logs", "what"),
    [
        ([wire_log(101)], "blocks 0-100"),
        ([wire_log(5, address=STRANGER)], "outside the filter"),
        ([wire_log(5, topic="0x" + "99" * 32)], "outside the filter"),
        ([wire_log(5) | {"topics": []}], "outside the filter"),
        ([wire_log(5), wire_log(5)], "two versions"),
        ([wire_log(5), wire_log(5, 1, fork=1)], "two versions"),
        ([wire_log(5, removed=True)], "removed"),
    ],
)
def test_logs_that_contradict_the_question_are_not_believed(logs: list[Any], what: str) -> None:
    node = FakeNode(eth_getLogs=lambda _: logs, eth_blockNumber=lambda: hex(HEAD))
    with pytest.raises(InconsistentAnswer, match=what):
        LogReader(node.rpc()).fetch_range(FILTER, 0, 100)


def test_logs_are_sorted_by_block_and_index() -> None:
    mixed = [wire_log(7, 1), wire_log(6, 9), wire_log(7, 0)]
    node = FakeNode(eth_getLogs=lambda _: mixed, eth_blockNumber=lambda: hex(HEAD))
    logs = LogReader(node.rpc()).fetch_range(FILTER, 0, 100)
    assert [(log.block_number, log.index) for log in logs] == [(6, 9), (7, 0), (7, 1)]


def test_by_hash() -> None:
    node = FakeNode(eth_getLogs=lambda _: [wire_log(7, 1), wire_log(7, 0)])
    logs = LogReader(node.rpc()).fetch_by_hash(FILTER, block_hash(7))
    assert [log.index for log in logs] == [0, 1]
    assert node.asked("eth_getLogs")[0][0]["blockHash"] == block_hash(7)


def test_by_hash_another_block_is_not_believed() -> None:
    node = FakeNode(eth_getLogs=lambda _: [wire_log(7, fork=1)])
    with pytest.raises(InconsistentAnswer):
        LogReader(node.rpc()).fetch_by_hash(FILTER, block_hash(7))


def test_by_hash_an_orphan_is_not_found() -> None:
    def get_logs(_: Any) -> Any:
        raise Fault(-32000, "unknown block")

    with pytest.raises(BlockNotFound):
        LogReader(FakeNode(eth_getLogs=get_logs).rpc()).fetch_by_hash(FILTER, block_hash(7))


def test_by_hash_a_refused_block_is_split_by_addresses() -> None:
    def get_logs(query: dict[str, Any]) -> Any:
        if len(query["address"]) > 1:
            raise Fault(-32005, "query returned more than 10000 results")
        return [wire_log(7, int(query["address"][0] == POOL), query["address"][0])]

    logs = LogReader(FakeNode(eth_getLogs=get_logs).rpc()).fetch_by_hash(FILTER, block_hash(7))
    assert [(log.address, log.index) for log in logs] == [(OTHER_POOL, 0), (POOL, 1)]

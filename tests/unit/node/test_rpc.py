"""Batches, ids, retries and fail-over, with the network played by a script."""

import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from indexer.errors import ConfigurationError, InconsistentAnswer, NodeUnreachable, RpcError
from indexer.node import JsonRpc, NodeTimedOut, Request, RpcFault
from indexer.node import rpc as rpc_module
from tests.unit.node.fakes import URL, FakeNode, Fault, Script, echo, fault, raising, status

TWO = [Request("eth_echo", ["a"]), Request("eth_echo", ["b"])]
Step = Callable[[httpx.Request], httpx.Response]


def values(replies: list[Any]) -> list[Any]:
    return [reply if isinstance(reply, RpcFault) else msgspec.json.decode(reply) for reply in replies]


def answers(change: Callable[[list[dict[str, Any]]], Any]) -> Step:
    """A healthy answer to a batch, changed."""

    def step(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=change(json.loads(echo(request).content)))

    return step


def cut(request: httpx.Request) -> httpx.Response:
    whole = echo(request).content
    return httpx.Response(200, content=whole[: len(whole) // 2])


def test_a_batch_is_one_post() -> None:
    script = Script(echo)
    rpc = script.rpc()
    assert values(rpc.batch(TWO)) == ["a", "b"]
    assert (rpc.http_requests, rpc.rpc_calls, script.slept) == (1, 2, [])


def test_an_empty_batch_asks_nothing() -> None:
    script = Script(echo)
    assert script.rpc().batch([]) == []
    assert script.urls == []


def test_answers_are_matched_by_id_not_by_order() -> None:
    script = Script(answers(lambda items: items[::-1]))
    assert values(script.rpc().batch(TWO)) == ["a", "b"]
    assert len(script.urls) == 1


@pytest.mark.parametrize(
    "step",
    [
        answers(lambda items: items[:1]),
        answers(lambda items: [items[0], items[0]]),
        answers(lambda items: [*items, items[0]]),
        answers(lambda items: [items[0], items[1] | {"id": 999_999}]),
        answers(lambda items: [items[0], items[1] | {"id": str(items[1]["id"])}]),
        answers(lambda items: [items[0], items[1] | {"id": None}]),
        answers(lambda items: [items[0], {"jsonrpc": "2.0", "id": items[1]["id"]}]),
        answers(lambda items: items[0]),
        answers(lambda _: []),
        answers(lambda _: "no"),
        answers(lambda _: None),
        cut,
        status(200, "<html>busy</html>"),
        status(200, ""),
        status(200, "\ud800".encode("utf-8", "surrogatepass").decode("latin1")),
        status(500),
        status(502, "[]"),
        status(503, "{}"),
        status(429),
        raising(httpx.ConnectError),
        raising(httpx.ConnectTimeout),
        raising(httpx.ReadTimeout),
        raising(httpx.ReadError),
        raising(httpx.RemoteProtocolError, "peer closed connection without sending complete message body"),
        fault(429, "slow down"),
        fault(-32005, "daily request count exceeded, request rate limited"),
        fault(-32000, "Your app has exceeded its compute units per second capacity"),
        fault(-32007, "50/second request limit reached"),
    ],
)
def test_a_failure_that_may_pass_is_tried_again(step: Step) -> None:
    script = Script(step, step, echo)
    assert values(script.rpc().batch(TWO)) == ["a", "b"]
    assert len(script.urls) == 3
    assert len(script.slept) == 2


def test_retries_are_bounded_and_wait_longer_each_time() -> None:
    random.seed(1)
    script = Script(status(503))
    with pytest.raises(NodeUnreachable, match="HTTP 503 after 5 attempts") as caught:
        script.rpc(attempts=5).batch(TWO)
    assert caught.value.url == URL
    assert len(script.urls) == 5
    bounds = [(0.125, 0.25), (0.25, 0.5), (0.5, 1.0), (1.0, 2.0)]
    assert [low <= slept <= high for slept, (low, high) in zip(script.slept, bounds, strict=True)] == [True] * 4


@pytest.mark.parametrize(("header", "slept"), [("7", 7.0), ("0.5", 0.5), ("3600", rpc_module.LONGEST_RETRY_AFTER_S)])
def test_retry_after_is_honoured_and_capped(header: str, slept: float) -> None:
    script = Script(status(429, retry_after=header), echo)
    assert values(script.rpc().batch(TWO)) == ["a", "b"]
    assert script.slept == [slept]


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon", "1e9"])
def test_an_odd_retry_after_means_the_usual_wait(header: str) -> None:
    script = Script(status(429, retry_after=header), echo)
    script.rpc().batch(TWO)
    assert 0 < script.slept[0] <= 0.25


@pytest.mark.parametrize(
    ("code", "advice"),
    [(401, "key"), (403, "key"), (404, "path"), (400, "path"), (302, "redirect"), (413, "too large")],
)
def test_a_refusal_is_final_and_says_what_to_do(code: int, advice: str) -> None:
    script = Script(status(code))
    with pytest.raises(NodeUnreachable, match=f"HTTP {code}: .*{advice}"):
        script.rpc().batch(TWO[:1])
    assert len(script.urls) == 1
    assert script.slept == []


def test_fail_over_asks_the_next_url_and_stays_there() -> None:
    down = {"http://first.test"}

    def step(request: httpx.Request) -> httpx.Response:
        if f"http://{request.url.host}" in down:
            raise httpx.ConnectError("refused")
        return echo(request)

    script = Script(step)
    rpc = script.rpc("http://first.test", "http://second.test", "http://third.test")
    rpc.batch(TWO)
    rpc.batch(TWO)
    assert script.urls == ["http://first.test", "http://second.test", "http://second.test"]
    assert script.slept == []
    down.symmetric_difference_update({"http://first.test", "http://second.test"})
    rpc.batch(TWO)
    assert script.urls[3:] == ["http://second.test", "http://third.test"]


def test_fail_over_waits_only_after_a_round_over_all_urls() -> None:
    script = Script(status(503))
    with pytest.raises(NodeUnreachable) as caught:
        script.rpc("http://first.test/KEY1", "http://second.test/KEY2", attempts=3).batch(TWO)
    assert [url.split("/")[2] for url in script.urls] == ["first.test", "second.test"] * 3
    assert len(script.slept) == 2
    assert caught.value.url == "http://first.test/…, http://second.test/…"


def test_a_url_that_refuses_us_is_left_out() -> None:
    def step(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401) if request.url.host == "first.test" else httpx.Response(503)

    script = Script(step)
    with pytest.raises(NodeUnreachable, match=r"HTTP 401.*; HTTP 503"):
        script.rpc("http://first.test", "http://second.test", attempts=3).batch(TWO)
    assert script.urls == ["http://first.test", *["http://second.test"] * 3]


def test_only_the_items_told_to_slow_down_are_sent_again() -> None:
    calls: list[str] = []

    def eth_echo(value: str) -> str:
        calls.append(value)
        if value == "b" and calls.count("b") < 3:
            raise Fault(429, "slow down")
        return value

    node = FakeNode(eth_echo=eth_echo)
    assert values(node.rpc().batch(TWO)) == ["a", "b"]
    assert calls == ["a", "b", "b", "b"]


def test_progress_renews_the_patience() -> None:
    """A provider that answers one item a second must slow us, not stop us."""
    answered: set[str] = set()

    def eth_echo(value: str) -> str:
        if value in eager:
            eager.discard(value)
            answered.add(value)
            return value
        raise Fault(429, "one at a time")

    names = [f"item{index}" for index in range(12)]
    eager: set[str] = set()
    node = FakeNode(eth_echo=eth_echo)

    def transport(request: httpx.Request) -> httpx.Response:
        eager.add(next(name for name in names if name not in answered))
        return node(request)

    rpc = JsonRpc([URL], attempts=2, transport=httpx.MockTransport(transport), sleep=lambda _: None)
    assert values(rpc.batch([Request("eth_echo", [name]) for name in names])) == names


def test_an_error_of_one_item_is_its_reply() -> None:
    def eth_echo(value: str) -> str:
        if value == "a":
            raise Fault(3, "execution reverted", "0x08c379a0")
        return value

    rpc = FakeNode(eth_echo=eth_echo).rpc()
    assert values(rpc.batch(TWO)) == [RpcFault(3, "execution reverted", "0x08c379a0"), "b"]
    with pytest.raises(RpcError, match="execution reverted"):
        rpc.call("eth_echo", ["a"])


@pytest.mark.parametrize("code", [200, 400])
def test_one_error_for_the_whole_batch_is_everyones(code: int) -> None:
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": "-32600", "message": None, "data": {"a": 1}}}
    script = Script(status(code, json.dumps(body)))
    assert script.rpc().batch(TWO) == [RpcFault(-32600, "no message", '{"a":1}')] * 2


def test_a_batch_too_long_for_the_node_is_halved() -> None:
    def step(request: httpx.Request) -> httpx.Response:
        payload = json.loads(request.content)
        if isinstance(payload, list) and len(payload) > 3:
            error = {"code": -32600, "message": "batch too large"}
            return httpx.Response(200, json={"jsonrpc": "2.0", "id": None, "error": error})
        return echo(request)

    rpc = Script(step).rpc()
    assert values(rpc.batch([Request("eth_echo", [n]) for n in range(10)])) == list(range(10))


def test_a_body_too_large_for_the_node_is_halved() -> None:
    def step(request: httpx.Request) -> httpx.Response:
        return httpx.Response(413, text="length limit exceeded") if len(request.content) > 300 else echo(request)

    rpc = Script(step).rpc()
    assert values(rpc.batch([Request("eth_echo", [n]) for n in range(10)])) == list(range(10))


def test_a_body_stays_under_a_megabyte_and_a_batch_under_a_thousand() -> None:
    sizes: list[tuple[int, int]] = []

    def step(request: httpx.Request) -> httpx.Response:
        payload = json.loads(request.content)
        sizes.append((len(request.content), len(payload) if isinstance(payload, list) else 1))
        return echo(request)

    rpc = Script(step).rpc()
    rpc.batch([Request("eth_echo", ["x" * 100_000])] * 25)
    rpc.batch([Request("eth_echo", [1])] * 2_500)
    assert [items for _, items in sizes] == [9, 9, 7, 1_000, 1_000, 500]
    assert max(size for size, _ in sizes) < rpc_module.MOST_BODY_BYTES + 100


def test_timeouts_may_be_bounded_apart() -> None:
    script = Script(raising(httpx.ReadTimeout))
    with pytest.raises(NodeTimedOut, match="timed out after 30 s"):
        script.rpc().batch(TWO, timeouts=1)
    assert len(script.urls) == 1


def test_call_decodes_into_the_type_asked_for() -> None:
    rpc = Script(echo).rpc()
    assert rpc.call("eth_echo", ["0x5"], str) == "0x5"
    with pytest.raises(InconsistentAnswer, match="something else"):
        rpc.call("eth_echo", [5], str)


def test_a_client_needs_a_url() -> None:
    with pytest.raises(ConfigurationError):
        JsonRpc([])


def test_close_closes_the_connections() -> None:
    rpc = Script(echo).rpc()
    rpc.close()
    with pytest.raises(RuntimeError, match="closed"):
        rpc.batch(TWO)


class TestChainId:
    """With `chain_id` set, a URL says its chain before it is believed."""

    def rpc(self, chains: dict[str, int]) -> JsonRpc:
        def answer(request: httpx.Request) -> httpx.Response:
            items = json.loads(request.content)
            told = {"eth_chainId": hex(chains[request.url.host]), "eth_blockNumber": "0x1"}
            return httpx.Response(200, json=[{"id": item["id"], "result": told[item["method"]]} for item in items])

        urls = [f"http://{host}" for host in chains]
        made = JsonRpc(urls, transport=httpx.MockTransport(answer), sleep=lambda _: None)
        made.chain_id = 1
        return made

    def test_a_url_of_another_chain_is_passed_over(self) -> None:
        rpc = self.rpc({"other.test": 10, "ours.test": 1})
        assert rpc.call("eth_blockNumber", [], str) == "0x1"
        assert rpc.http_requests == 2

    def test_when_all_are_of_another_chain_the_error_names_both(self) -> None:
        with pytest.raises(NodeUnreachable, match="is of chain 10, the database holds chain 1"):
            self.rpc({"other.test": 10}).call("eth_blockNumber")

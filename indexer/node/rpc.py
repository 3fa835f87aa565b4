"""JSON-RPC over HTTP: batches, answers matched by id, bounded retries, fail-over between URLs."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
import msgspec

from indexer.errors import ConfigurationError, InconsistentAnswer, NodeUnreachable, RpcError
from indexer.node.endpoint import Endpoint, Failure
from indexer.node.faults import NodeTimedOut, RpcFault, is_batch_too_big, is_rate_limit

MOST_BODY_BYTES = 1_000_000
MOST_BATCH_ITEMS = 1_000
LONGEST_BACKOFF_S = 8.0
LONGEST_RETRY_AFTER_S = 60.0

Reply = msgspec.Raw | RpcFault


class Request(NamedTuple):
    """One JSON-RPC request."""

    method: str
    params: Sequence[Any] = ()


class _WireError(msgspec.Struct, gc=False):
    code: int | float | str | None = 0
    message: str | None = ""
    data: Any = None


class _Envelope(msgspec.Struct, gc=False):
    id: int | str | None = None
    result: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    error: _WireError | None = None


class _Item(NamedTuple):
    method: str
    body: bytes


@dataclass(slots=True)
class _Patience:
    """How often the URLs were tried since something last worked."""

    alive: set[int]
    failures: int = 0
    failures_this_round: int = 0
    rounds: int = 0
    timeouts: int = 0
    whys: dict[int, str] = field(default_factory=dict)


_decoder = msgspec.json.Decoder(list[_Envelope] | _Envelope)


class JsonRpc:
    """A blocking JSON-RPC client for one or more URLs of the same chain.

    A failed attempt goes on at the next URL; after each round over all URLs it waits (exponential backoff with
    jitter, or what the node asked for), `attempts` rounds in all. The URL that worked last is asked first.
    Raises NodeUnreachable when nothing helps (NodeTimedOut when the last failure was a timeout).
    `http_requests` and `rpc_calls` count what was sent. For one thread at a time. With `chain_id` set, a URL says
    its chain in the first batch after a failure or a change of URL: one of another chain is passed over.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        timeout_s: float = 30,
        attempts: int = 5,
        backoff_s: float = 0.25,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if isinstance(urls, str) or not urls:
            raise ConfigurationError("[node] url is empty; write the address of an Ethereum node")
        self._endpoints = [Endpoint(url, timeout_s, transport) for url in urls]
        self._attempts = max(1, attempts)
        self._backoff_s = backoff_s
        self._sleep = sleep
        self._current = 0
        self._next_id = 1
        self._introduced_by: int | None = None
        self.chain_id: int | None = None
        self.http_requests = 0
        self.rpc_calls = 0

    def batch(self, requests: Sequence[Request], *, timeouts: int | None = None) -> list[Reply]:
        """Send requests in one HTTP POST (more only past 1 MB or 1,000 items); the replies in their order.

        After `timeouts` timeouts NodeTimedOut is raised without waiting for the other attempts. Raises
        NodeUnreachable.
        """
        items: dict[int, _Item] = {}
        for request in requests:
            wire = {"jsonrpc": "2.0", "id": self._next_id, "method": request.method, "params": request.params}
            items[self._next_id] = _Item(request.method, msgspec.json.encode(wire))
            self._next_id += 1
        replies: dict[int, Reply] = {}
        for part in _parts(items):
            replies |= self._deliver(part, timeouts)
        return [replies[key] for key in items]

    def call(self, method: str, params: Sequence[Any] = (), type: Any = Any) -> Any:  # noqa: A002, ANN401 - as msgspec
        """One request, decoded into `type`. Raises RpcError, InconsistentAnswer (another type), NodeUnreachable."""
        reply = self.batch([Request(method, params)])[0]
        if isinstance(reply, RpcFault):
            raise RpcError(method, reply.code, reply.message, reply.data)
        try:
            return msgspec.json.decode(reply, type=type)
        except msgspec.MsgspecError as error:
            raise InconsistentAnswer(f"{method} answered something else than asked: {error}") from None

    @property
    def urls(self) -> int:
        """How many URLs there are."""
        return len(self._endpoints)

    def prefer_next(self) -> None:
        """Begin with the next URL from now on: this one's answers could not be believed."""
        self._introduced_by = None
        self._current = (self._current + 1) % len(self._endpoints)

    def close(self) -> None:
        """Close the connections."""
        for endpoint in self._endpoints:
            endpoint.close()

    def _deliver(self, items: dict[int, _Item], timeouts: int | None) -> dict[int, Reply]:
        """Replies of all items: those told to slow down are sent again, alone."""
        replies: dict[int, Reply] = {}
        pending = items
        patience = _Patience(alive=set(range(len(self._endpoints))))
        while pending:
            outcome = self._attempt(pending)
            if isinstance(outcome, Failure):
                if outcome.too_big and len(pending) > 1:
                    for half in _halves(pending):
                        replies |= self._deliver(half, timeouts)
                    return replies
                self._wait_or_raise(outcome, patience, timeouts)
                continue
            slowed = {
                key: item
                for key, item in pending.items()
                if isinstance(fault := outcome[key], RpcFault) and is_rate_limit(item.method, fault)
            }
            replies |= {key: reply for key, reply in outcome.items() if key not in slowed}
            if len(slowed) < len(pending):
                patience = _Patience(alive=patience.alive)
            pending = slowed
            if slowed:
                self._wait_or_raise(_slow_down(outcome[next(iter(slowed))]), patience, timeouts)
        return replies

    def _attempt(self, items: dict[int, _Item]) -> dict[int, Reply] | Failure:
        if self.chain_id is None or self._current == self._introduced_by:
            outcome = self._post(items)
        else:
            outcome = self._introduced(items, self.chain_id)
        if isinstance(outcome, Failure):
            self._introduced_by = None
        return outcome

    def _introduced(self, items: dict[int, _Item], chain_id: int) -> dict[int, Reply] | Failure:
        """The replies of a URL that has to say first, in the same batch, that it is of our chain."""
        key = self._next_id
        self._next_id += 1
        wire = {"jsonrpc": "2.0", "id": key, "method": "eth_chainId", "params": ()}
        outcome = self._post({**items, key: _Item("eth_chainId", msgspec.json.encode(wire))})
        if isinstance(outcome, Failure):
            return outcome
        told = outcome.pop(key)
        if isinstance(told, RpcFault):
            return Failure(f"does not tell its chain: {told.message}")
        try:
            actual = int(msgspec.json.decode(told, type=str), 16)
        except (msgspec.MsgspecError, ValueError):
            return Failure("does not tell its chain")
        if actual != chain_id:
            return Failure(f"is of chain {actual}, the database holds chain {chain_id}", final=True)
        self._introduced_by = self._current
        return outcome

    def _post(self, items: dict[int, _Item]) -> dict[int, Reply] | Failure:
        endpoint = self._endpoints[self._current]
        bodies = [item.body for item in items.values()]
        body = bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"
        self.http_requests += 1
        self.rpc_calls += len(bodies)
        content = endpoint.post(body)
        if isinstance(content, Failure):
            return content
        try:
            answer = _decoder.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Failure("the answer is not JSON-RPC")
        return _match(answer, items, endpoint)

    def _wait_or_raise(self, failure: Failure, patience: _Patience, timeouts: int | None) -> None:
        """Go to the next URL; after a round over all of them wait. Raises NodeUnreachable at the end."""
        failed = self._current
        patience.failures += 1
        patience.failures_this_round += not failure.final
        patience.timeouts += failure.timed_out
        patience.whys[failed] = failure.why
        if failure.final:
            patience.alive.discard(failed)
        if not patience.alive or (timeouts is not None and patience.timeouts >= timeouts):
            raise self._unreachable(failure, patience)
        count = len(self._endpoints)
        following = [(failed + step) % count for step in range(1, count + 1)]
        self._current = next(index for index in following if index in patience.alive)
        if patience.failures_this_round < len(patience.alive):
            return
        patience.failures_this_round = 0
        patience.rounds += 1
        if patience.rounds >= self._attempts:
            raise self._unreachable(failure, patience)
        self._sleep(self._delay(failure, patience.rounds))

    def _delay(self, failure: Failure, rounds: int) -> float:
        if failure.wait_s is not None:
            return min(failure.wait_s, LONGEST_RETRY_AFTER_S)
        return min(self._backoff_s * 2.0 ** (rounds - 1), LONGEST_BACKOFF_S) * random.uniform(0.5, 1.0)

    def _unreachable(self, failure: Failure, patience: _Patience) -> NodeUnreachable:
        shown = ", ".join(self._endpoints[index].shown for index in patience.whys)
        reasons = dict.fromkeys(patience.whys.values())
        tries = f" after {patience.failures} attempts" if patience.failures > 1 else ""
        kind = NodeTimedOut if failure.timed_out else NodeUnreachable
        return kind(shown, "; ".join(reasons) + tries)


def _parts(items: dict[int, _Item]) -> Iterator[dict[int, _Item]]:
    part: dict[int, _Item] = {}
    size = 0
    for key, item in items.items():
        if part and (size + len(item.body) > MOST_BODY_BYTES or len(part) == MOST_BATCH_ITEMS):
            yield part
            part, size = {}, 0
        part[key] = item
        size += len(item.body) + 1
    if part:
        yield part


def _halves(items: dict[int, _Item]) -> tuple[dict[int, _Item], dict[int, _Item]]:
    keys = list(items)
    middle = len(keys) // 2
    return {key: items[key] for key in keys[:middle]}, {key: items[key] for key in keys[middle:]}


def _slow_down(reply: Reply) -> Failure:
    message = reply.message if isinstance(reply, RpcFault) else ""
    return Failure(f"rate limit: {message}")


def _match(
    answer: list[_Envelope] | _Envelope, items: dict[int, _Item], endpoint: Endpoint
) -> dict[int, Reply] | Failure:
    """Replies by id; a missing, foreign or doubled id makes the whole answer unbelievable."""
    if isinstance(answer, _Envelope) and answer.error is not None and answer.id is None:
        fault = _fault(answer.error, endpoint)
        if len(items) > 1 and is_batch_too_big(fault) and not is_rate_limit("", fault):
            return Failure(fault.message, final=True, too_big=True)
        return dict.fromkeys(items, fault)
    envelopes = answer if isinstance(answer, list) else [answer]
    replies: dict[int, Reply] = {}
    for envelope in envelopes:
        if not isinstance(envelope.id, int) or envelope.id not in items or envelope.id in replies:
            return Failure("the answer is for another request (wrong id)")
        if envelope.error is not None:
            replies[envelope.id] = _fault(envelope.error, endpoint)
        elif memoryview(envelope.result).nbytes:
            replies[envelope.id] = envelope.result
        else:
            return Failure("an answer has neither result nor error")
    if len(replies) != len(items):
        return Failure("the answer is incomplete (missing ids)")
    return replies


def _fault(error: _WireError, endpoint: Endpoint) -> RpcFault:
    try:
        code = int(error.code or 0)
    except (ValueError, OverflowError):
        code = 0
    data = error.data
    if data is not None and not isinstance(data, bool | int | float):
        data = endpoint.scrub(data if isinstance(data, str) else msgspec.json.encode(data).decode())
    return RpcFault(code, endpoint.scrub(error.message or "no message"), data)

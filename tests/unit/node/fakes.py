"""A node made of Python functions, below httpx: what each test wants it to answer, and what it was asked."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from indexer.node import JsonRpc

Json = Any
URL = "http://node.test:8545"


class Fault(Exception):
    """Raised by a method of the fake: the item's JSON-RPC error."""

    def __init__(self, code: int, message: str, data: Json = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({} if data is None else {"data": data})


class FakeNode:
    """Answers JSON-RPC batches from `methods`; `bodies` are the requests of each HTTP POST."""

    def __init__(self, **methods: Callable[..., Json]) -> None:
        self.methods = methods
        self.bodies: list[list[dict[str, Json]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        payload = json.loads(request.content)
        items = payload if isinstance(payload, list) else [payload]
        self.bodies.append(items)
        answers = [self.answer(item) for item in items]
        return httpx.Response(200, json=answers if isinstance(payload, list) else answers[0])

    def answer(self, item: dict[str, Json]) -> dict[str, Json]:
        envelope = {"jsonrpc": "2.0", "id": item["id"]}
        try:
            return envelope | {"result": self.methods[item["method"]](*item["params"])}
        except Fault as fault:
            return envelope | {"error": fault.error}

    def rpc(self) -> JsonRpc:
        return JsonRpc([URL], transport=httpx.MockTransport(self), sleep=lambda _: None)

    def asked(self, method: str) -> list[list[Json]]:
        """The parameters of every request of one method."""
        return [item["params"] for body in self.bodies for item in body if item["method"] == method]


class Script:
    """A transport that plays prepared answers in turn (the last one again and again), and records URLs."""

    def __init__(self, *steps: Callable[[httpx.Request], httpx.Response]) -> None:
        self.steps = list(steps)
        self.urls: list[str] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        step = self.steps[min(len(self.urls), len(self.steps) - 1)]
        self.urls.append(str(request.url))
        return step(request)

    def rpc(self, *urls: str, attempts: int = 5) -> JsonRpc:
        return JsonRpc(
            urls or [URL],
            attempts=attempts,
            transport=httpx.MockTransport(self),
            sleep=self.slept.append,
        )


def echo(request: httpx.Request) -> httpx.Response:
    """A healthy answer: every item's first parameter is its result."""
    payload = json.loads(request.content)
    if isinstance(payload, dict):
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": payload["id"], "result": payload["params"][0]})
    return httpx.Response(
        200, json=[{"jsonrpc": "2.0", "id": item["id"], "result": item["params"][0]} for item in payload]
    )


def status(code: int, text: str = "", **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """An HTTP status with a body; underscores in header names become dashes."""
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(code, text=text, headers=dashed)


def raising(error: Callable[[str], Exception], text: str = "broken") -> Callable[[httpx.Request], httpx.Response]:
    """A transport failure."""

    def step(_: httpx.Request) -> httpx.Response:
        raise error(text)

    return step


def fault(code: int, message: str) -> Callable[[httpx.Request], httpx.Response]:
    """Every item of the request fails with this JSON-RPC error."""

    def step(request: httpx.Request) -> httpx.Response:
        payload = json.loads(request.content)
        items = payload if isinstance(payload, list) else [payload]
        error = {"code": code, "message": message}
        answers = [{"jsonrpc": "2.0", "id": item["id"], "error": error} for item in items]
        return httpx.Response(200, json=answers if isinstance(payload, list) else answers[0])

    return step

"""A proxy between the indexer and its node, on real sockets, that does to answers what networks and providers do."""

import http.client
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

Answerer = Callable[[bytes], bytes]
FAULTS = ("connection cut", "answer cut", "slow", "429", "503", "cut JSON", "wrong id")


class FaultProxy:
    """Serves `answer` at `url`. A share `rate` of the requests fails; none is answered while `down`."""

    def __init__(self, answer: Answerer, seed: int = 0) -> None:
        self.counts: Counter[str] = Counter()
        self.rate = 0.0
        self.down = False
        self.requests = 0
        self.slow_s = 0.05
        self.before: Callable[[int], None] = lambda _: None
        self._dice = Random(seed)
        self._answer = answer
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator["FaultProxy"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def respond(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        with self._lock:  # one request at a time: the node behind need not be thread-safe
            self.requests += 1
            self.before(self.requests)
            fault = self._draw()
            answer = b"" if fault in ("connection cut", "429", "503") else self._answer(body)
        match fault:
            case "connection cut":
                _reset(handler)
            case "429" | "503":
                _send(handler, b"busy", int(fault))
            case "answer cut":
                _send(handler, answer[: len(answer) // 2], 200, promised=len(answer))
                _reset(handler)
            case "cut JSON":
                _send(handler, answer[: len(answer) // 2], 200)
            case "wrong id":
                _send(handler, _renumbered(answer), 200)
            case _:
                time.sleep(self.slow_s if fault == "slow" else 0.0)
                _send(handler, answer, 200)

    def _draw(self) -> str | None:
        if self.down:
            return "connection cut"
        if self._dice.random() >= self.rate:
            return None
        fault = self._dice.choice(FAULTS)
        self.counts[fault] += 1
        return fault

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.respond(self, self.rfile.read(int(self.headers["content-length"])))

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                del format, args

        return Handler


def forward_to(url: str) -> Answerer:
    """The answers of a real node."""
    host, _, port = url.removeprefix("http://").partition(":")

    def forward(body: bytes) -> bytes:
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            connection.request("POST", "/", body, {"content-type": "application/json"})
            return connection.getresponse().read()
        finally:
            connection.close()

    return forward


def _send(handler: BaseHTTPRequestHandler, answer: bytes, status: int, promised: int | None = None) -> None:
    try:
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(answer) if promised is None else promised))
        handler.end_headers()
        handler.wfile.write(answer)
        handler.wfile.flush()
    except OSError:
        handler.close_connection = True  # the client was killed meanwhile


def _reset(handler: BaseHTTPRequestHandler) -> None:
    """Close with a reset, as a dying peer does."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.wfile = open("/dev/null", "wb")  # noqa: PTH123, SIM115 - the server flushes what is no longer there


def _renumbered(answer: bytes) -> bytes:
    parsed = json.loads(answer)
    for item in parsed if isinstance(parsed, list) else [parsed]:
        item["id"] = 10**9
    return json.dumps(parsed).encode()

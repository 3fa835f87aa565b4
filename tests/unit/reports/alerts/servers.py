"""Receivers of webhooks that behave, answer late, refuse, or die in the middle of the answer."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """What arrived, in order; `behaviour` decides about the next answers: `ok`, `refuse`, `late`, `die`."""

    def __init__(self) -> None:
        self.behaviour = "ok"
        self.arrived: list[dict[str, Any]] = []
        self.accepted: list[str] = []
        self.keys: list[str | None] = []
        self.url = ""

    @property
    def ids(self) -> list[str]:
        return [body["id"] for body in self.arrived]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A real HTTP server on a free port."""
    own = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            behaviour = own.behaviour
            if behaviour == "die_early":
                self.close_connection = True
                self.connection.close()
                return
            body = json.loads(raw)
            own.arrived.append(body)
            own.keys.append(self.headers["idempotency-key"])
            if behaviour == "die":
                self.wfile.write(b"HTTP/1.1 2")
                self.close_connection = True
                return
            if behaviour == "late":
                time.sleep(0.6)
            self.send_response({"ok": 204, "refuse": 503, "redirect": 302}.get(behaviour, 200))
            self.send_header("content-length", "0")
            if behaviour == "redirect":
                self.send_header("location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            if behaviour == "ok":
                own.accepted.append(body["id"])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    own.url = f"http://127.0.0.1:{server.server_port}/s3cretpath?token=s3crettoken"
    yield own
    server.shutdown()
    thread.join()
    server.server_close()


def open_after(told: Iterable[dict[str, Any]]) -> set[str]:
    """What is open after all messages: each subject fires once, and again only after its end."""
    opened: set[str] = set()
    for body in told:
        for name in (one["subject"] for one in body["subjects"]):
            assert (name in opened) is (body["event"] != "fired"), (body["event"], name)
            if body["event"] == "resolved":
                opened.remove(name)
            else:
                opened.add(name)
    return opened

"""The stream over real HTTP: uvicorn in a thread, as in the service."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from indexer.api.doors import Doors
from indexer.api.stream.endpoint import router
from indexer.api.stream.events import Frame
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from tests.unit.api.stream.scene import Server

PATIENCE_S = 20.0


@contextmanager
def served(server: Server, port: int = 0) -> Iterator[str]:
    """The URL of the stream. At the end streams are said goodbye to first, as the service does."""
    app = FastAPI()
    app.include_router(router(Doors(server.store, server.current, Settings(), Asked()), server.announcer))
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=5, lifespan="off"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        until = time.monotonic() + PATIENCE_S
        while not running.started:
            assert time.monotonic() < until
            time.sleep(0.005)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1/stream"
    finally:
        server.announcer.close()
        running.should_exit = True
        thread.join(PATIENCE_S)
        bound.close()
        assert not thread.is_alive()


@contextmanager
def listening(url: str, last_id: str | None = None, **params: str | list[str]) -> Iterator[Iterator[Frame]]:
    """The frames of one connection, as they come."""
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    with httpx.stream("GET", url, headers=headers, params=params, timeout=PATIENCE_S) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield frames_of(answer.iter_bytes())


def frames_of(pieces: Iterator[bytes]) -> Iterator[Frame]:
    """Whole events only: what is cut off in the middle never was."""
    rest = b""
    for piece in pieces:
        *events, rest = (rest + piece).split(b"\n\n")
        for event in events:
            if event != b"retry: 1000":
                yield Frame.read(event + b"\n\n")

"""Where the server listens, where it must not, and how it ends."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from indexer.api.access.keys import hashed
from indexer.api.house import House
from indexer.api.server import Server
from indexer.errors import ConfigurationError
from indexer.settings.sections import ApiKeySettings, ApiSettings
from indexer.store import Incident, Store
from tests.unit.api.serving import Served, served
from tests.unit.reports.stored import BLOCK

KEY = ApiKeySettings(name="bot", sha256=hashed("key"))


def refused(settings: ApiSettings) -> str:
    with pytest.raises(ConfigurationError) as raised:
        Server(FastAPI(), settings).start()
    line = str(raised.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104
def test_beyond_loopback_nothing_listens_without_keys(host: str) -> None:
    line = refused(ApiSettings(host=host, port=0))
    assert f"[api] host {host}" in line
    assert "indexer api-key NAME" in line


def test_beyond_loopback_it_listens_with_keys() -> None:
    server = Server(FastAPI(), ApiSettings(host="0.0.0.0", port=0, keys=[KEY]))  # noqa: S104
    server.start()
    try:
        port = httpx.URL(server.url).port
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 404
    finally:
        server.stop()
    assert not server.is_alive


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.9", "::1"])
def test_loopback_needs_none(host: str) -> None:
    server = Server(FastAPI(), ApiSettings(host=host, port=0))
    server.start()
    try:
        assert httpx.get(server.url).status_code == 404
    finally:
        server.stop()


def test_a_port_that_is_taken_is_one_line() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        line = refused(ApiSettings(port=port))
    assert (
        line
        == f"port in use: 127.0.0.1:{port}; stop what listens there, or set another [api] port (0 takes a free one)"
    )


@pytest.mark.parametrize(
    ("host", "says"), [("203.0.113.7", "no address of this machine"), ("no such host", "no address: write 127.0.0.1")]
)
def test_a_host_that_is_none_is_one_line(host: str, says: str) -> None:
    assert says in refused(ApiSettings(host=host, port=0, keys=[KEY]))


def test_it_ends_within_seconds_although_a_stream_is_open(tmp_path: Path) -> None:
    def furnish(house: House) -> None:
        @house.app.get("/endless")
        async def endless() -> StreamingResponse:
            return StreamingResponse(beats())

    async def beats() -> AsyncIterator[bytes]:
        while True:
            yield b"beat\n"
            await asyncio.sleep(0.01)

    with served(tmp_path, furnish=furnish) as api:
        streams = [socket.create_connection(api.address, timeout=10) for _ in range(3)]
        for stream in streams:
            stream.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert stream.recv(12) == b"HTTP/1.1 200"
        began = time.monotonic()
    assert time.monotonic() - began < 8
    assert api.house.announcer.broadcast.is_closed
    for stream in streams:
        stream.close()


def test_a_dead_server_ends_who_runs_it(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        api.house.server._uvicorn.should_exit = True
        assert "the API's server died" in death_of(api)
        with pytest.raises(httpx.TransportError):
            httpx.get(api.house.server.url)


def test_a_listener_that_fails_is_told_and_ends_who_runs_it(tmp_path: Path) -> None:
    with served(tmp_path) as api:

        def broken(*_: object) -> None:
            raise RuntimeError("a listener of ours")

        api.house.doors.current.listen(broken)
        with Store.open(api.house.doors.settings.database.url) as writer:
            writer.save_incident(Incident(writer.deployments()[0].name, BLOCK.number, (), "an example", 1))
        assert "no longer follows the database: a listener of ours" in death_of(api)


def death_of(api: Served) -> str:
    until = time.monotonic() + 10
    while not api.died:
        assert time.monotonic() < until
        time.sleep(0.05)
    return str(api.died[0])

"""Raw sockets against the real server: what is too long, too large, too slow, too many or never read."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import Response

from indexer.api.access.wire import Limits
from indexer.api.house import House
from tests.unit.api.serving import Served, served

LIMITS = Limits(request_line_bytes=512, header_bytes=2_048, connections=20, head_s=1.0, unread_s=1.0)
LARGE = 32 * 2**20
_HOST = b"Host: localhost\r\n"


def furnish(house: House) -> None:
    @house.app.get("/large")
    def large() -> Response:
        return Response(b"x" * LARGE)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, limits=LIMITS, furnish=furnish) as running:
        yield running


@contextmanager
def connected(api: Served) -> Iterator[socket.socket]:
    with socket.create_connection(api.address, timeout=10) as connection:
        yield connection


def told(api: Served, *parts: bytes) -> bytes:
    """Send the parts, read to the end."""
    with connected(api) as connection:
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        return read(connection)


def read(connection: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            received += part
    return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


def is_well(api: Served, within_s: float = 5.0) -> bool:
    """Somebody else is answered, and soon."""
    began = time.monotonic()
    return api.client.get("/healthz").status_code == 200 and time.monotonic() - began < within_s


def test_a_long_request_line_is_414(api: Served) -> None:
    assert status(told(api, b"GET /" + b"a" * 600 + b" HTTP/1.1\r\n" + _HOST + b"\r\n")) == 414
    assert is_well(api)


def test_large_headers_are_431(api: Served) -> None:
    assert status(told(api, b"GET /healthz HTTP/1.1\r\n", _HOST, b"X-A: " + b"a" * 2_100 + b"\r\n\r\n")) == 431
    assert status(told(api, b"GET /healthz HTTP/1.1\r\n", _HOST, b"X: a\r\n" * 500, b"\r\n")) == 431
    assert is_well(api)


@pytest.mark.parametrize(
    ("beginning", "expected"), [(b"GET /", 414), (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ", 431)]
)
def test_what_never_ends_is_cut_off_while_it_comes(api: Served, beginning: bytes, expected: int) -> None:
    """The parser keeps an unfinished header to itself: nobody may fill its memory."""
    sent = 0
    with connected(api) as connection:
        connection.sendall(beginning)
        with suppress(ConnectionError):
            while sent < 64 * 2**20:
                sent += connection.send(b"a" * 1_024)
                time.sleep(0.001)
        answer = read(connection)
    assert sent < 2**20
    assert answer == b"" or status(answer) == expected
    assert is_well(api)


@pytest.mark.parametrize("how", [b"Content-Length: 1000000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_is_413_before_it_was_read(api: Served, how: bytes) -> None:
    for method in (b"GET", b"POST"):
        answer = told(api, method + b" /healthz HTTP/1.1\r\n" + _HOST + how + b"\r\n")
        assert status(answer) == (413 if method == b"GET" else 405)
    assert is_well(api)


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01", b"nonsense\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
             b"GET /healthz HTTP/1.1\r\n" + _HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
)  # fmt: skip
def test_what_is_not_http_is_400(api: Served, sent: bytes) -> None:
    answer = told(api, sent)
    assert status(answer) in (400, 413)
    assert is_well(api)


def test_one_byte_now_and_then_is_408(api: Served) -> None:
    began = time.monotonic()
    with connected(api) as connection:
        with suppress(ConnectionError):
            for byte in b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" * 2:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
        answer = read(connection)
    assert answer == b"" or status(answer) == 408
    assert time.monotonic() - began < 5
    assert is_well(api)


def test_silence_is_408_at_the_beginning_and_in_the_midst_of_the_next_request(api: Served) -> None:
    assert status(told(api)) == 408
    with connected(api) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + _HOST + b"\r\nGET /hea")
        answers = read(connection)
    assert answers.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answers


def test_whoever_does_not_read_is_cut_off_and_holds_up_nobody(api: Served) -> None:
    with connected(api) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\n" + _HOST + b"\r\n")
        assert all(is_well(api) for _ in range(10))
        time.sleep(LIMITS.unread_s + 1)
        assert len(read(connection)) < LARGE
    assert is_well(api)


def test_whoever_reads_gets_all_of_it(api: Served) -> None:
    assert api.client.get("/large").content == b"x" * LARGE


def test_pipelined_requests_are_answered_in_their_order(api: Served) -> None:
    one = b"GET %s HTTP/1.1\r\n" + _HOST
    answers = told(api, (one % b"/healthz" + b"\r\n") * 3 + one % b"/nope" + b"Connection: close\r\n\r\n")
    assert [int(part.split(b" ")[0]) for part in answers.split(b"HTTP/1.1 ")[1:]] == [200, 200, 200, 404]


def test_past_the_limit_a_connection_is_told_so_and_the_others_stay(tmp_path: Path) -> None:
    limits = replace(LIMITS, connections=5, head_s=30)
    with served(tmp_path, limits=limits) as api:
        assert is_well(api)  # and keeps its connection
        held = [socket.create_connection(api.address, timeout=10) for _ in range(4)]
        settled(lambda: status(told(api)) == 503)
        assert is_well(api)
        for connection in held:
            connection.close()
        settled(lambda: status(told(api, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + _HOST + b"\r\n")) == 200)


def settled(true: Callable[[], bool]) -> None:
    """Wait until the server has seen what was done to it."""
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)

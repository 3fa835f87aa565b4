"""The push half of the API's bench: a block's changes to 100 clients of the stream, against a bare broadcast.

In a process of its own, pinned to the first core, the API follows a store that the same process writes: a block moves
ether's price. The time of a block is from when the stream begins to say it (the block is in the stream's log, and was
diffed) until the last client, on the last core, has read its last byte. A bare broadcast is an asyncio server on the
same core that writes those very bytes to as many sockets. Blocks alternate between both; p99 over the blocks.
"""

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any
from urllib.parse import urlsplit

import uvloop

from indexer.api.house import House, build, chain_of
from indexer.book import Change, Entity
from indexer.cli import logs
from indexer.evm import BlockRef
from indexer.settings import Settings
from indexer.store import BlockRecord, Head, HeadsSeen, Store
from scripts.bench.chain_crowd import ETHER, FIRST, PRICES

PATH = "/v1/stream"
CLIENTS = 100
BLOCKS = 100
_ENDS = b"event: block\n"
_WAIT_S = 30


@dataclass(frozen=True)
class Push:
    """`ratio` is p99 of the stream over p99 of the bare broadcast."""

    p99_ms: float
    ratio: float


def measure(stream: subprocess.Popen[str], bare: subprocess.Popen[str], urls: tuple[str, str]) -> Push:
    """Measure with both servers running: each takes a line for a block and tells when it began to say it."""
    return uvloop.run(_measure(stream, bare, urls))


async def _measure(stream: subprocess.Popen[str], bare: subprocess.Popen[str], urls: tuple[str, str]) -> Push:
    listening = await _listening(urls[0], f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    hearing = await _listening(urls[1], b"")
    await _quiet(listening)
    said, broadcast = [], []
    for _ in range(BLOCKS):
        for client in listening:
            client.begin(None)
        said.append(await _block(stream, listening, "next"))
        size = listening[0].received
        for client in hearing:
            client.begin(size)
        broadcast.append(await _block(bare, hearing, str(size)))
    return Push(_p99(said), _p99(said) / _p99(broadcast))


async def _listening(url: str, request: bytes) -> list["_Listener"]:
    parts, loop, made = urlsplit(url), asyncio.get_running_loop(), []
    for _ in range(CLIENTS):
        _, protocol = await loop.create_connection(lambda: _Listener(request), parts.hostname or "", parts.port or 80)
        made.append(protocol)
    return made


async def _quiet(listening: list["_Listener"]) -> None:
    """Wait until everybody has the list as it stands."""
    for client in listening:
        await asyncio.wait_for(client.ended.wait(), _WAIT_S)


async def _block(server: subprocess.Popen[str], listening: list["_Listener"], line: str) -> float:
    """Milliseconds from when the server began until the last one had it."""
    began = json.loads(await asyncio.to_thread(_asked, server, line))
    await asyncio.wait_for(asyncio.gather(*(client.ended.wait() for client in listening)), _WAIT_S)
    return (max(client.ended_at for client in listening) - float(began)) * 1e3


def _asked(server: subprocess.Popen[str], line: str) -> str:
    _stream(server.stdin).write(line + "\n")
    _stream(server.stdin).flush()
    return str(_stream(server.stdout).readline())


def _stream(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise AssertionError("the process has no pipe")
    return stream


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


class _Listener(asyncio.Protocol):
    """One client: until so many bytes came, or (of a stream) a block's last event was complete."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._size: int | None = None
        self._tail = b""
        self.received = 0
        self.ended = asyncio.Event()
        self.ended_at = 0.0

    def begin(self, size: int | None) -> None:
        """The next block."""
        self._size, self._tail, self.received = size, b"", 0
        self.ended.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        if self._request:
            transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Count; the end is where a `block` event is closed by an empty line."""
        self.received += len(data)
        if self._size is None:
            self._tail += data
            at = self._tail.rfind(_ENDS)
            ended = at >= 0 and b"\n\n" in self._tail[at:]
        else:
            ended = self.received >= self._size
        if ended:
            self.ended_at = time.perf_counter()
            self.ended.set()


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    yield stop


def serve_stream(url: str) -> None:
    """The API over a store that this process writes; a block for each line of stdin, until SIGTERM."""
    logs.configure("error", "console")
    settings = Settings.model_validate(
        {"database": {"url": url}, "api": {"port": 0}, "builtin": False, "schedule": {"poll_s": 3600}}
    )
    with _stopping() as stop, Store.open(url) as store:
        house = build(settings, store, chain_id=chain_of(store))
        house.start()
        running = threading.Thread(target=house.run, args=(stop,))
        running.start()
        said = _hooked()
        _tell(house.server.url)
        threading.Thread(target=_blocks, args=(house, store, said), daemon=True).start()
        stop.wait()
        running.join()


def _hooked() -> list[float]:
    """Note when the stream begins to say something."""
    said: list[float] = []
    broadcast: Any = import_module("indexer.api.stream.broadcast").Broadcast
    publish = broadcast.publish

    def noted(self: object, *what: object) -> None:
        said.append(time.perf_counter())
        publish(self, *what)

    broadcast.publish = noted
    return said


def _blocks(house: House, store: Store, said: list[float]) -> None:
    price = PRICES[ETHER]
    for _ in sys.stdin:
        before, moved = len(said), price * (1_000 + (1 if price == PRICES[ETHER] else 0)) // 1_000
        moved = moved if moved != price else PRICES[ETHER]
        _commit(store, price, moved)
        price = moved
        house.doors.current.wake()
        while len(said) == before:
            time.sleep(0.0005)
        _tell(str(said[-1]))


def _commit(store: Store, price: int, moved: int) -> None:
    cursor = store.cursor()
    if cursor is None:
        raise AssertionError("the store was seeded")
    number = cursor.number + 1
    ref = BlockRef(number, f"0x{number:064x}", cursor.hash, cursor.timestamp + 12)
    heads = HeadsSeen(Head(number, ref.hash), None, None, ref.timestamp)
    change = Change(Entity(FIRST, ETHER), "price", price, moved)
    covered = {deployment.name: number for deployment in store.deployments()}
    store.commit([BlockRecord(ref, True, [change])], ref, heads, covered)


def serve_bare() -> None:
    """Write as many bytes as a line of stdin says to everybody, until SIGTERM."""
    uvloop.run(_bare())


async def _bare() -> None:
    everybody: list[asyncio.WriteTransport] = []

    class Hearing(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            everybody.append(transport)  # type: ignore[arg-type]

    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(Hearing, "127.0.0.1", 0)
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    def broadcast(size: int) -> None:
        what, began = b"x" * size, time.perf_counter()
        for transport in everybody:
            transport.write(what)
        _tell(str(began))

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(broadcast, int(line))

    threading.Thread(target=read, daemon=True).start()
    _tell(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await stop.wait()


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

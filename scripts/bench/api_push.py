"""How long after a block's step its changes reach the last of 100 clients of the stream, against a bare broadcast.

The bare broadcast writes the same bytes to as many sockets of an asyncio server, and has nothing to find out, to write
down or to frame. Both are served by uvloop in this process and read by the same client program in a process of its
own, block by block in turn, so that whatever slows the machine slows both.
"""

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI

from indexer.api.current import Current
from indexer.api.doors import Doors
from indexer.api.stream.announcer import Announcer, Told
from indexer.api.stream.endpoint import router
from indexer.api.stream.events import Block, Row, joined
from indexer.api.stream.picture import Picture, key_of
from indexer.evm import BlockRef
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import Store

_END = b'"pending":0}}\n\n'
"""How the last event of every block ends."""
_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Push:
    """Milliseconds from a step to the last client; `push_ratio` is ours over the bare broadcast's, both at p99."""

    clients: int
    blocks: int
    bytes_a_block: int
    push_p50_ms: float
    push_p99_ms: float
    bare_p50_ms: float
    bare_p99_ms: float
    push_ratio: float


def measure(*, clients: int = 100, blocks: int = 300, accounts: int = 500, changes: int = 100) -> Push:
    """Push `blocks` blocks in which `changes` of `accounts` listed accounts change. Takes some seconds."""
    with ExitStack() as stack:
        store = stack.enter_context(_store())
        announcer = Announcer(store)
        announcer.load()
        announcer.say(_told(0, accounts, changes))
        bare = _Bare()
        stack.callback(bare.stop)
        stream_port = stack.enter_context(_served(announcer, store))
        ours = _Clients(stream_port, clients)
        stack.callback(ours.stop)
        theirs = _Clients(bare.port, clients)
        stack.callback(theirs.stop)
        bare.send(_END)
        ours.wait()
        theirs.wait()
        pushes, bares, size = [], [], 0
        for number in range(1, blocks + _WARM_UP + 1):
            told = _told(number, accounts, changes)
            begin = time.monotonic()
            announcer.say(told)
            pushes.append(ours.wait() - begin)
            said = announcer.broadcast.tip
            piece = b"" if said is None else joined(said.frames)
            size = len(piece)
            begin = time.monotonic()
            bare.send(piece)
            bares.append(theirs.wait() - begin)
    p50, p99 = _percentiles(pushes[_WARM_UP:])
    bare_p50, bare_p99 = _percentiles(bares[_WARM_UP:])
    return Push(clients, blocks, size, p50, p99, bare_p50, bare_p99, round(p99 / bare_p99, 2))


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    return tuple(round(ordered[len(ordered) * part // 100] * 1_000, 3) for part in (50, 99))  # type: ignore[return-value]


def _told(number: int, accounts: int, changes: int) -> Told:
    """A block in which the next `changes` accounts have other figures than in the block before."""
    rows = [_row(i, 1 + (number * changes - i - 1) // accounts if number else 0) for i in range(accounts)]
    ref = BlockRef(number, f"0x{number:064x}", f"0x{max(0, number - 1):064x}", 12 * number)
    standing: Row = {"parent_hash": ref.parent_hash, "head_block": number, "lag_blocks": 0, "finality": "latest"}
    block = Block(1, number, ref.hash, ref.timestamp)
    return Told(Picture(block, standing, {key_of(row): row for row in rows}, {}, {}), ref, {})


def _row(i: int, turn: int) -> Row:
    value = 10**18 + 977 * i + turn
    wad = str(value)
    return {
        "deployment": "aave_v3_main", "protocol": "aave_v3", "revision": 9, "account": f"0x{i:040x}",
        "owner": f"0x{i:040x}", "market": None, "state": "at_risk", "reason": None, "health_factor_wad": wad,
        "collateral_value": wad, "weighted_collateral_value": wad, "debt_value": wad, "value_unit": "USD",
        "collateral_usd": value / 1e18, "debt_usd": value / 1e18, "collateralization_ratio": 1.2, "ltv": 0.8,
        "liquidatable_after_accrual": None, "stale_feeds": [], "verified_block": None,
        "next_block": {"timestamp": 12 * turn, "state": "at_risk", "health_factor_wad": wad}, "liquidation": [],
    }  # fmt: skip


@contextmanager
def _store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{Path(folder)}/indexer.db") as store:
        store.bind_chain(1)
        yield store


@contextmanager
def _served(announcer: Announcer, store: Store) -> Iterator[int]:
    app = FastAPI()
    app.include_router(router(Doors(store, Current(Living(store, Asked()), 1.0), Settings(), Asked()), announcer))
    bound = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    server = uvicorn.Server(uvicorn.Config(app, loop="uvloop", log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        announcer.close()
        server.should_exit = True
        thread.join()
        bound.close()


class _Bare:
    """An asyncio server that writes what it is given to every socket."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._writers: list[asyncio.StreamWriter] = []
        starting = asyncio.start_server(self._admit, "127.0.0.1", 0, backlog=1_024)
        self._listening = self._loop.run_until_complete(starting)
        self.port: int = self._listening.sockets[0].getsockname()[1]
        self._last = b""
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    async def _admit(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(self._last)

    def send(self, piece: bytes) -> None:
        self._loop.call_soon_threadsafe(self._send, piece)

    def _send(self, piece: bytes) -> None:
        self._last = self._last or piece
        for writer in self._writers:
            writer.write(piece)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._close)
        self._thread.join()
        self._loop.close()

    def _close(self) -> None:
        self._listening.close()
        for writer in self._writers:
            writer.transport.abort()
        self._loop.call_later(0.1, self._loop.stop)


class _Clients:
    """The program below in a process of its own."""

    def __init__(self, port: int, number: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--clients", str(port), str(number)], stdout=subprocess.PIPE, text=True
        )

    def wait(self) -> float:
        """Wait until every client has the next block; when the last had it, by the clock that all processes share."""
        if self._process.stdout is None or not (line := self._process.stdout.readline()):
            raise RuntimeError("the clients died")
        return float(line)

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


async def _read_all(port: int, number: int) -> None:
    """Read with so many sockets; print when the last has seen each end of a block."""
    have = [0] * number
    done = 0

    async def read(which: int) -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        rest = b""
        while piece := await reader.read(2**20):
            seen = rest + piece
            rest = seen[1 - len(_END) :]
            for _ in range(seen.count(_END)):
                have[which] += 1
                if min(have) > done:
                    done += 1
                    print(time.monotonic(), flush=True)

    with suppress(ConnectionError):
        await asyncio.gather(*(read(which) for which in range(number)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--clients"]:
        uvloop.run(_read_all(int(sys.argv[2]), int(sys.argv[3])))
    else:
        print(json.dumps(asdict(measure()), indent=2))

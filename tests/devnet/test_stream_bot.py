"""The bot of docs/examples over crashes, reorgs, its own death and the server's: its list is ours at each block."""

import json
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from indexer.evm import BlockRef
from indexer.reports.face import open_store
from scripts.devnet import Devnet
from tests.conftest import SEED
from tests.devnet.conftest import NewUrl
from tests.devnet.indexing import Indexer, indexer
from tests.unit.api.stream.scene import Server
from tests.unit.api.stream.serving import served

pytestmark = pytest.mark.node

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LIVED = 100
PATIENCE_S = 60
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import bot
def show(block, watched, _):
    print(json.dumps([block["block_number"], block["block_hash"], list(watched.values())]), flush=True)
bot.follow(sys.argv[2], {}, None, show)
"""
Report = tuple[int, str, list[dict[str, Any]]]


class Bot:
    """The example as a process of its own, which reports its list at each block."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", PROGRAM, str(EXAMPLES), url],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.reports: queue.Queue[Report] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.reports.put(tuple(json.loads(line)))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Play:
    """Chain, sync, server and bot, moved one after the other, so that each block can be compared while it is there."""

    def __init__(self, devnet: Devnet, following: Indexer, url: str) -> None:
        self.devnet, self.following, self.url = devnet, following, url
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._serving = ExitStack()
        self.compared = self.rows = 0
        self.start_server()
        self.bot = Bot(f"http://127.0.0.1:{self._port}/v1/stream")

    def start_server(self) -> None:
        self.server = self._serving.enter_context(_running(self.url, self._port))

    def stop_server(self) -> None:
        self._serving.close()

    def move(self, act: Callable[[Devnet], object]) -> list[BlockRef]:
        """Something happens on chain and is indexed; the blocks that are new. Nobody is told yet."""
        before = self.following.cursor
        act(self.devnet)
        after = self.following.once()
        stored = self.following.store.blocks(min(before.number, self.devnet.block_number) - 10, after.number)
        known = {ref.hash for ref in self._known}
        self._known = [block.ref for block in stored]
        return [block.ref for block in stored if block.ref.hash not in known]

    _known: list[BlockRef] = []  # noqa: RUF012 - replaced, never changed

    def look(self) -> None:
        """Remember the chain as it stands."""
        cursor = self.following.once()
        self._known = [block.ref for block in self.following.store.blocks(cursor.number - 10, cursor.number)]

    def expect(self, *blocks: BlockRef) -> None:
        """The bot reports exactly these blocks, in order, each with the list that `at-risk` gives."""
        for ref in blocks:
            number, block_hash, rows = self.bot.reports.get(timeout=PATIENCE_S)
            assert (number, block_hash) == (ref.number, ref.hash)
            with open_store(self.url) as reader:
                expected = reader.at_risk(block=number)
            assert in_order(rows) == in_order(json.loads(json.dumps(expected)))
            self.compared, self.rows = self.compared + 1, self.rows + len(rows)
        assert self.bot.reports.empty()

    def close(self) -> None:
        self.bot.kill()
        self.stop_server()


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["deployment"], row["account"], row["market"] or ""))


@contextmanager
def _running(url: str, port: int) -> Iterator[Server]:
    server = Server(url)
    try:
        with served(server, port):
            server.keep_up()
            yield server
    finally:
        server.close()


@pytest.fixture
def play(new_url: NewUrl) -> Iterator[Play]:
    with Devnet.start(seed=SEED, protocols=()) as devnet:
        devnet.live(LIVED)
        url = new_url()
        with indexer(devnet, url) as following:
            following.once()
            made = Play(devnet, following, url)
            made.look()
            yield made
            made.close()


def test_the_bots_list_is_at_risk_at_every_block(play: Play, record_property: Callable[[str, object], None]) -> None:
    play.expect(play.following.cursor)
    told = 0
    for bps in (900, 1_500, 700):
        new = play.move(lambda devnet, bps=bps: devnet.crash("WETH", bps))  # type: ignore[misc]
        play.server.keep_up()
        play.expect(*new)
        told += len(new)
    assert told == 3

    for depth in (1, 3):
        ancestor = play.following.store.blocks(play.following.cursor.number - depth, play.following.cursor.number)[0]
        new = play.move(lambda devnet, depth=depth: devnet.reorg(depth))  # type: ignore[misc]
        assert len(new) == depth + 1
        play.server.keep_up()
        play.expect(ancestor.ref, *new)

    play.bot.kill()
    play.move(lambda devnet: devnet.live(2))
    play.server.keep_up()
    play.bot = Bot(f"http://127.0.0.1:{play._port}/v1/stream")
    play.expect(play.following.cursor)

    play.stop_server()
    new = play.move(lambda devnet: devnet.live(3))
    assert len(new) == 3
    play.start_server()
    play.expect(*new)

    play.stop_server()
    ancestor = play.following.store.blocks(play.following.cursor.number - 2, play.following.cursor.number)[0]
    new = play.move(lambda devnet: devnet.reorg(2))
    play.start_server()
    play.expect(ancestor.ref, *new)

    new = play.move(lambda devnet: devnet.live(3))
    play.server.keep_up()
    play.expect(*new)
    record_property("blocks", play.compared)
    record_property("rows", play.rows)
    assert play.rows > 100

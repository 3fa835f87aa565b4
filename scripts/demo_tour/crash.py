"""The live part: the chain moves, a real `indexer run` follows, the list is read from its database as a bot would."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.live import Live

from indexer import Reader
from indexer.reports.accounts import Filters, at_risk
from indexer.reports.tables import price_rows
from scripts.demo_tour.processes import Background, ProcessFailed
from scripts.demo_tour.screen import plain, render
from scripts.demo_tour.stage import Stage
from scripts.demo_tour.watch import Row, Watch
from scripts.devnet import Devnet

LOOK_EVERY_S = 0.2
FOLLOWER_PATIENCE_S = 60.0
MOST_ROWS = 16
WATCHED = ("WETH", "WBTC", "LINK", "CRV")
# Asset and fall in basis points, a block each. BTC's feed is delayed: its fall is published first and visible later.
CRASH = (
    ("WETH", 300),
    ("WBTC", 500),
    ("LINK", 600),
    ("WETH", 400),
    ("CRV", 900),
    ("WETH", 500),
    ("LINK", 700),
    ("WETH", 600),
    ("WBTC", 600),
    ("WETH", 700),
)

Show = Callable[[str], None]


class LiveList:
    """The watch list beside a chain that moves."""

    def __init__(self, stage: Stage, devnet: Devnet, reader: Reader, follower: Background) -> None:
        self._stage = stage
        self._devnet = devnet
        self._reader = reader
        self._follower = follower
        self._watch = Watch(self._list_at(devnet.block_number)[0])

    def crash(self, seconds_a_block: float) -> None:
        """Let prices fall block by block while the list changes."""
        with self._screen() as show:
            for symbol, bps in CRASH:
                started = time.monotonic()
                self._devnet.crash(symbol, bps)
                show(f"{symbol} falls by {bps / 100:g} %")
                time.sleep(max(0.0, started + seconds_a_block - time.monotonic()))

    def follow(self, seconds_a_block: float) -> None:
        """Let ordinary life go on until Ctrl-C."""
        with self._screen() as show:
            while True:
                started = time.monotonic()
                self._devnet.live(1)
                show("ordinary life; Ctrl-C ends it")
                time.sleep(max(0.0, started + seconds_a_block - time.monotonic()))

    @contextmanager
    def _screen(self) -> Iterator[Show]:
        console = self._stage.console
        if not self._stage.is_live:
            yield lambda news: console.print("\n".join(self._plain(news)), soft_wrap=True, markup=False)
            return
        limit = max(4, min(MOST_ROWS, console.height - 10))
        with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:

            def show(news: str) -> None:
                rows, prices = self._list_at(self._devnet.block_number)
                frame = self._watch.frame(self._devnet.block_number, rows)
                live.update(render(frame, news, prices, limit), refresh=True)

            yield show

    def _plain(self, news: str) -> Iterator[str]:
        rows, prices = self._list_at(self._devnet.block_number)
        yield from plain(self._watch.frame(self._devnet.block_number, rows), news, prices)

    def _list_at(self, block: int) -> tuple[list[dict[str, Any]], list[Row]]:
        """The watch list and the watched prices of one block, as soon as the follower has it."""
        deadline = time.monotonic() + FOLLOWER_PATIENCE_S
        while time.monotonic() < deadline:
            with self._reader.snapshot() as snapshot:
                if snapshot.ref.number >= block:
                    return at_risk(snapshot, Filters(below=1.05))[0], _one_a_symbol(price_rows(snapshot))
            self._follower.check()
            time.sleep(LOOK_EVERY_S)
        raise ProcessFailed(f"`indexer run` did not reach block {block} within {FOLLOWER_PATIENCE_S:.0f} s")


def _one_a_symbol(rows: list[dict[str, Any]]) -> list[Row]:
    """The watched assets' prices, each once: both markets read the same feeds."""
    by_symbol = {row["symbol"]: row for row in reversed(rows)}
    return [by_symbol[symbol] for symbol in WATCHED if symbol in by_symbol]

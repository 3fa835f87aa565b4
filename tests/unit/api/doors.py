"""The doors over a small store that tests move on, and somebody who knocks."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from indexer.api.app import build_app
from indexer.api.current import Current
from indexer.api.doors import Doors
from indexer.book import Change, Entity
from indexer.evm import BlockRef
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import BlockRecord, HeadsSeen, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK, HEADS, USDC, WETH, changes_of, write_store

PRICE = Entity(DEPLOYMENT, WETH.asset)
FIRST = 2_000 * 10**8
Row = dict[str, Any]


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now + 0.5


class House:
    """A store as sync writes it, the application over it, and a client."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store = Store.open(url)
        self.clock = Clock(BLOCK.timestamp + 30)
        self.asked = Asked(clock=self.clock)
        self.current = Current(Living(self.store, self.asked), 60)
        self.current.advance()
        self.app = self.build()
        self.tip, self.price = BLOCK, FIRST

    def build(self) -> FastAPI:
        """Another application over the same store, as after a restart."""
        return build_app(Doors(self.store, self.current, Settings(), self.asked))

    def follow(self, fork: str, price: int | None = None) -> BlockRef:
        """One more block, in which ether's price moves; the doors show it."""
        ref = BlockRef(self.tip.number + 1, "0x" + fork * 32, self.tip.hash, self.tip.timestamp + 12)
        price = self.price if price is None else price
        changes = [] if price == self.price else [Change(PRICE, "price", self.price, price)]
        self.store.commit([BlockRecord(ref, complete=True, changes=changes)], ref, HEADS)
        self.tip, self.price = ref, price
        assert self.current.advance()
        return ref

    def undo(self, ref: BlockRef, price: int = FIRST) -> None:
        """A reorg back to `ref`."""
        self.store.undo_to(ref.number)
        self.tip, self.price = ref, price
        assert self.current.advance()

    def see(self, heads: HeadsSeen) -> None:
        """Sync saw other heads; the doors look."""
        self.store.save_heads(heads)
        self.current.advance()

    def get(self, path: str, method: str = "GET", app: FastAPI | None = None, **headers: str) -> httpx.Response:
        """Ask one thing."""
        return asyncio.run(self._ask(app or self.app, method, path, headers))

    def json(self, path: str) -> Row:
        """The answer to one thing."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        told: Row = response.json()
        return told

    def error(self, path: str) -> tuple[int, str]:
        """Status and code of what is refused."""
        response = self.get(path)
        told = response.json()
        assert set(told) == {"error"}
        assert set(told["error"]) <= {"code", "message", "hint"}
        return response.status_code, told["error"]["code"]

    def together(self, asks: Callable[[httpx.AsyncClient], Any]) -> Any:
        """Ask several things in one event loop."""

        async def run() -> Any:
            async with client(self.app) as each:
                return await asks(each)

        return asyncio.run(run())

    async def _ask(self, app: FastAPI, method: str, path: str, headers: Mapping[str, str]) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with client(app) as each:
            return await each.request(method, path, headers=sent)


def small_house(folder: Path) -> House:
    """Over a new store: four accounts, one block, prices with sources."""
    sources = [Change(Entity(DEPLOYMENT, asset), "source", None, 0xFEED) for asset in (WETH.asset, USDC.asset)]
    return House(write_store(f"sqlite:///{folder}/indexer.db", [*changes_of(), *sources]))


def client(app: FastAPI) -> httpx.AsyncClient:
    """Over no network: a defect is answered as 500, not raised."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://api")

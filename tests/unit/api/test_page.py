"""The page at `/`: before the first block, anew when it is old, never twice at a time, with its policy."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from indexer.api.app import build_app
from indexer.api.current import Current
from indexer.api.doors import Doors
from indexer.api.page import Page, Pages, router
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import Store
from tests.unit.reports.stored import BLOCK, changes_of, write_store


class Story:
    """Pages over a block and a clock that the test moves."""

    def __init__(self) -> None:
        self.newest: str | None = "one"
        self.now = 0.0
        self.made: list[str | None] = []
        self.go = threading.Event()
        self.go.set()
        self.pages = Pages(self.make, lambda: self.newest, every_s=15, clock=lambda: self.now)

    def make(self) -> Page:
        self.go.wait(20)
        self.made.append(self.newest)
        return Page(self.newest or "", b"page", str(len(self.made)))

    def page(self) -> Page:
        found = self.pages.ask()
        assert found is not None
        return found.result(20) if isinstance(found, Future) else found


def test_a_young_page_is_made_once() -> None:
    story = Story()
    assert {story.page().block_hash for _ in range(5)} == {"one"}
    assert story.made == ["one"]


def test_an_old_page_is_made_anew_though_its_block_is_the_newest() -> None:
    story = Story()
    first, story.now = story.page(), 15
    again = story.page()
    assert story.made == ["one", "one"]
    assert first.etag != again.etag


def test_a_new_block_waits_until_the_page_is_old_enough() -> None:
    story = Story()
    story.page()
    story.newest, story.now = "two", 14
    assert story.page().block_hash == "one"
    story.now = 15
    assert story.page().block_hash == "two"
    assert story.made == ["one", "two"]


def test_whoever_asks_meanwhile_gets_the_same_one() -> None:
    story = Story()
    story.go.clear()
    asked = [story.pages.ask() for _ in range(50)]
    story.go.set()
    assert {each.result(20).block_hash for each in asked if isinstance(each, Future)} == {"one"}
    assert len({id(each) for each in asked}) == 1
    assert story.made == ["one"]


def test_before_the_first_block_there_is_none() -> None:
    story = Story()
    story.newest = None
    assert story.pages.ask() is None


@contextmanager
def doors_of(url: str) -> Iterator[Doors]:
    with Store.open(url) as store:
        yield Doors(store, Current(Living(store, Asked()), 1.0), Settings(), Asked())


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/indexer.db"


def app_of(doors: Doors) -> FastAPI:
    app = build_app(doors)
    app.include_router(router(doors))
    return app


async def fetched(app: FastAPI, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        return await client.get("/", headers=headers)


def test_a_calm_page_before_the_first_block(url: str) -> None:
    with doors_of(url) as doors:
        answer = asyncio.run(fetched(app_of(doors)))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "on its way" in answer.text


def test_the_newest_block_s_report(url: str) -> None:
    write_store(url, changes_of())
    with doors_of(url) as doors:
        doors.current.advance()
        app = app_of(doors)
        answer = asyncio.run(fetched(app))
        again = asyncio.run(fetched(app, **{"If-None-Match": answer.headers["etag"]}))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["etag"].startswith(f'"{BLOCK.hash}-')
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert f'data-figure="block_hash" data-kind="plain" data-value="{BLOCK.hash}"' in answer.text
    assert (again.status_code, again.text) == (304, "")

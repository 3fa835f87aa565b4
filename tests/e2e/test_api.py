"""The API over a devnet's database: the command line's own answers, and the document holds over real rows."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.api.app import build_app
from indexer.api.current import Current
from indexer.api.doors import Doors
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import load
from indexer.store import Store
from scripts.devnet import Devnet
from tests.e2e.command import Indexer
from tests.e2e.conftest import Given
from tests.unit.api.documented import fuzz
from tests.unit.api.doors import client

pytestmark = pytest.mark.node
MOVING = ("lag_seconds", "head_observed_at", "next_cursor", "next_after")
"""What time alone moves, and what a page has and a command has not."""


@pytest.fixture(scope="module")
def app(synced: Indexer, database: Path) -> Iterator[Any]:
    """The application over the synced database."""
    settings = load(synced.config)
    with Store.open(f"sqlite:///{database}", read_only=True) as store:
        chain_id = store.chain_id or 0
        asked = Asked(
            feeds=settings.feeds_of(chain_id),
            wrappers=settings.wrappers_of(chain_id),
            block_time_s=settings.block_time_of(chain_id),
        )
        current = Current(Living(store, asked), 60)
        assert current.advance()
        yield build_app(Doors(store, current, settings, asked))


def answers(app: Any, *paths: str) -> list[dict[str, Any]]:
    async def run() -> list[dict[str, Any]]:
        async with client(app) as each:
            told = [await each.get(path) for path in paths]
        assert [one.status_code for one in told] == [200] * len(told), [one.text[:200] for one in told]
        return [one.json() for one in told]

    return asyncio.run(run())


def still(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what moves; and `verified_block`, because other tests verify meanwhile."""
    told = {name: value for name, value in answer.items() if name not in MOVING}
    for row in told.get("accounts", ()):
        row.pop("verified_block", None)
    return told


def test_every_answer_is_the_command_s(app: Any, given: Given, borrower: str, devnet: Devnet) -> None:
    asked = {
        ("at-risk",): "/v1/at-risk?limit=1000",
        ("accounts",): "/v1/accounts?limit=1000",
        ("account", borrower): f"/v1/accounts/{borrower}",
        ("account", borrower, "--target", "1.7", "--haircut", "20%"): (
            f"/v1/accounts/{borrower}?target=1.7&haircut=20%25"
        ),
        ("markets",): "/v1/markets",
        ("prices",): "/v1/prices",
        ("solvency",): "/v1/solvency",
        ("liquidations",): "/v1/liquidations",
    }
    told = answers(app, *asked.values())
    for command, answer in zip(asked, told, strict=True):
        assert still(answer) == still(given(*command, "--format", "json").answer), command
        assert (answer["block_number"], answer["block_hash"]) == (devnet.block_number, devnet.tip_hash)
        assert answer.get("next_cursor") is None


def test_pages_of_a_real_list_are_the_whole_of_it(app: Any, given: Given) -> None:
    for name, command in (("at-risk", "at-risk"), ("accounts", "accounts")):
        path, rows = f"/v1/{name}?limit=7", []
        while path:
            (page,) = answers(app, path)
            rows += page["accounts"]
            path = f"/v1/{name}?limit=7&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        whole = still(given(command, "--format", "json").answer)["accounts"]
        assert still({"accounts": rows})["accounts"] == whole


def test_what_is_answered_is_what_is_described(app: Any, borrower: str) -> None:
    (told,) = answers(app, "/v1/accounts?limit=50")
    answers(
        app, f"/v1/accounts/{borrower}/explain"
    )  # loads eth-abi, which moves the recursion limit Hypothesis watches
    answered = fuzz(app, 4, "ETH=-20%", borrower, *(row["account"] for row in told["accounts"]))
    for path, statuses in answered.items():
        assert 200 in statuses, (path, statuses)

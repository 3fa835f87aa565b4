"""Answers about chains that must not look better than what is known."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.book import Change, Entity
from indexer.errors import UserError
from indexer.evm import address
from indexer.reports.account import account_answer
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.contagion import Asked as Shocks
from indexer.reports.chains.contagion import contagion_answer
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.store import Incident, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import HEALTHY, USDC, WETH, changes_of, write_store

ETHER = Entity(DEPLOYMENT, WETH.asset)


@contextmanager
def opened(
    path: Path, *, revision: int | None = None, max_lag: int | None = None, ether: int | None = None, wrong: str = ""
) -> Iterator[Snapshot]:
    """The small database, its pool at another revision and its ether at another price where they are given.

    `wrong`: an account that was found to differ from its contract.
    """
    sources = [Change(Entity(DEPLOYMENT, asset), "source", None, 0xFEED) for asset in (WETH.asset, USDC.asset)]
    changes = [
        each._replace(new=revision) if revision is not None and each.field == "pool_revision" else each
        for each in (*changes_of(), *sources)
    ]
    if ether is not None:
        changes = [each._replace(new=ether) if each[:2] == (ETHER, "price") else each for each in changes]
    url = write_store(f"sqlite:///{path}/indexer.db", changes)
    if wrong:
        with Store.open(url) as store:
            store.save_incident(Incident(DEPLOYMENT, 100, (wrong,), "supply is 1, ours is 2", 1_000))
    with Store.open(url) as store, open_snapshot(store, Asked(max_lag=max_lag)) as snapshot:
        yield snapshot


def test_an_owner_in_a_deployment_that_cannot_be_read_has_no_sums(tmp_path: Path) -> None:
    with opened(tmp_path, revision=999) as snapshot:
        told = account_answer(snapshot, HEALTHY)
    (owner,) = told["owners"]
    assert told["deployments_unknown"] == [DEPLOYMENT]
    assert (owner["assets_usd"], owner["debt_usd"], owner["equity_usd"], owner["leverage"]) == (None, None, None, None)


def test_an_owner_in_deployments_that_can(tmp_path: Path) -> None:
    with opened(tmp_path) as snapshot:
        told = account_answer(snapshot, HEALTHY)
    (owner,) = told["owners"]
    assert told["deployments_unknown"] == []
    assert (owner["assets_usd"], owner["debt_usd"], owner["equity_usd"]) == (20_000.0, 10_000.0, 10_000.0)


def test_amounts_in_quarantine_are_named_and_in_no_owners_sums(tmp_path: Path) -> None:
    with opened(tmp_path, wrong=HEALTHY) as snapshot:
        told, chains = account_answer(snapshot, HEALTHY), chains_answer(Scene(snapshot), ChainFilters())
    (owner,) = told["owners"]
    assert told["deployments_quarantined"] == chains["deployments_quarantined"] == [DEPLOYMENT]
    assert [each["reason"] for each in owner["positions"]] == ["quarantined"]
    assert (owner["assets_usd"], owner["debt_usd"], owner["equity_usd"]) == (None, None, None)


def test_a_price_of_nothing_is_no_price(tmp_path: Path) -> None:
    with opened(tmp_path, ether=0) as snapshot:
        (owner,) = account_answer(snapshot, HEALTHY)["owners"]
    assert (owner["assets_usd"], owner["debt_usd"], owner["equity_usd"]) == (None, 10_000.0, None)


@pytest.mark.parametrize(
    ("shock", "why"),
    [
        (f"{address(0xBAD)}=-50%", "knows token"),
        (f"rate:{address(0xBAD)}=-50%", "knows token"),
        (f"rate:{USDC.asset}=-50%", "no receipt and no wrapper"),
        (f"bad_debt:{DEPLOYMENT}/{address(0xBAD)}=0", "no market"),
        (f"bad_debt:elsewhere/{USDC.asset}=5", "no market"),
    ],
)
def test_a_shock_of_what_nobody_has_is_the_user_s_mistake(tmp_path: Path, shock: str, why: str) -> None:
    """It once said that nobody falls."""
    with opened(tmp_path) as snapshot, pytest.raises(UserError, match=why):
        contagion_answer(Scene(snapshot), Shocks([shock]))


def test_a_shock_by_address_and_one_of_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as snapshot:
        fallen = contagion_answer(Scene(snapshot), Shocks([f"{WETH.asset}=-20%"]))
        calm = contagion_answer(Scene(snapshot), Shocks([f"{WETH.asset}=0%"]))
    assert (len(fallen["contagion"]), calm["contagion"], calm["unknown"]) == (1, [], [])


def test_nobody_falls_or_is_well_in_a_database_too_far_behind(tmp_path: Path) -> None:
    with opened(tmp_path, max_lag=2) as snapshot:
        told = contagion_answer(Scene(snapshot), Shocks(["WETH=-50%"]))
        owner = account_answer(snapshot, HEALTHY)["owners"][0]
    assert (told["contagion"], len(told["unknown"]), told["baseline"]["accounts"]) == ([], 3, 0)
    assert [(each["state"], each["reason"]) for each in owner["positions"]] == [("unknown", "indexer_behind")]

"""Every term that people bring has one row in docs/concepts.md, and every name there in code exists."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from indexer.api.house import build
from indexer.book import Change, Entity
from indexer.cli.app import NAMES
from indexer.evm import address
from indexer.protocols._registry import PROTOCOLS
from indexer.protocols.aave_v3.state import Account, Position
from indexer.reports.account import account_answer
from indexer.reports.accounts import Filters
from indexer.reports.answers import accounts_answer, at_risk_answer, markets_answer, prices_answer
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.contagion import Asked as Shocks
from indexer.reports.chains.contagion import contagion_answer
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.reports.chains.styles import DOT_EDGES
from indexer.reports.explain import explain_answer
from indexer.reports.liquidations import LiquidationFilters, liquidations_answer
from indexer.reports.metrics import Measured
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.reports.solvency import solvency_answer
from indexer.risk.flags import Flag
from indexer.settings import Settings
from indexer.store import Store
from indexer.words import Gate, LiquidationKind, Reason, State
from tests.test_docs import exists, options_of, subcommands
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.liquidated import liquidate
from tests.unit.reports.stored import ACCOUNTS, LIQUIDATABLE, USDC, WETH, changes_of, write_store

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")
TERMS = (ROOT / "tests" / "concepts.txt").read_text(encoding="utf-8").splitlines()
ROW = re.compile(r"^\| ([^|]+) \| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
SETTING = re.compile(r"\[(\w+)\] (\w+)")
BEYOND = {"Systemic Risk", "Contagion", "Leverage", "Rehypothecation"}
"""Terms of ours that nobody brought."""


def rows() -> list[tuple[list[str], str]]:
    """(terms, answer) of every row of every table."""
    found = [(match[1], match[2]) for match in ROW.finditer(PAGE)]
    return [(terms.split(", "), answer) for terms, answer in found if terms != "term" and not terms.startswith("-")]


def named() -> list[str]:
    """Every name in code on the page, options without their values."""
    return sorted({code for code in CODE.findall(PAGE) if code != "code"})


def test_every_term_has_one_row_and_no_row_is_of_another() -> None:
    told = [term for terms, _ in rows() for term in terms]
    assert sorted(told) == sorted([*TERMS, *BEYOND])
    assert len(set(TERMS)) == len(TERMS) > 70


@pytest.mark.parametrize(("terms", "answer"), rows(), ids=lambda value: value[0] if isinstance(value, list) else "")
def test_a_row_names_what_answers_or_says_why_nothing_does(terms: list[str], answer: str) -> None:
    reasoned = re.search(r"not here(:|,) \w+ \w+", answer)
    assert CODE.search(answer) or reasoned, terms
    assert ("not here" in answer.lower()) == bool(reasoned), f"{terms}: not here, and why?"


@pytest.mark.parametrize("name", named())
def test_a_name_exists(name: str) -> None:
    assert is_there(name)


@pytest.mark.parametrize(
    "name", ["indexer solvent", "--targets", "collateralisation", "/v2/at-risk", "quarantine", "[history] chain"]
)
def test_a_wrong_name_is_seen(name: str) -> None:
    assert not is_there(name)


def is_there(name: str) -> bool:
    if name.startswith("indexer "):
        return exists(name)
    if name.startswith("--"):
        return name.split(maxsplit=1)[0] in options()
    if name.startswith("/"):
        return name in endpoints()
    if setting := SETTING.fullmatch(name):
        section = Settings.model_fields.get(setting[1])
        return section is not None and setting[2] in getattr(section.annotation, "model_fields", {})
    return name in NAMES or name in words() or name in fields() or name in columns()


@cache
def options() -> set[str]:
    return {option for command in subcommands().values() for option in options_of(command)}


@cache
def words() -> set[str]:
    """What the program's enumerations say, and its protocols."""
    told = (*State, *Reason, *Gate, *LiquidationKind, *Flag)
    return {word.value for word in told} | set(PROTOCOLS) | set(DOT_EDGES)


@cache
def fields() -> set[str]:
    """Names in the answers of a small store, in which one account also loops."""
    with opened() as (store, snapshot):
        answers = [
            account_answer(snapshot, LIQUIDATABLE, Measured(target_wad=2 * 10**18)),
            explain_answer(snapshot, LIQUIDATABLE, None),
            at_risk_answer(snapshot, Filters(projections=True)),
            accounts_answer(snapshot),
            markets_answer(snapshot),
            prices_answer(snapshot),
            solvency_answer(snapshot),
            chains_answer(Scene(snapshot), ChainFilters()),
            contagion_answer(Scene(snapshot), Shocks([f"{WETH.asset}=-20%"])),
            liquidations_answer(snapshot, store, LiquidationFilters()),
        ]
    return {name for answer in answers for name in names_in(answer)}


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, own in value.items():
            yield name
            yield from names_in(own)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from names_in(each)


@cache
def columns() -> set[str]:
    """Tables, views and their columns in the database."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        Store.open(url).close()
        seen = inspect(create_engine(url))
        tables = [*seen.get_table_names(), *seen.get_view_names()]
        return {*tables, *(column["name"] for table in tables for column in seen.get_columns(table))}


@contextmanager
def opened() -> Iterator[tuple[Store, Snapshot]]:
    """The small store, with sources of prices, somebody who supplies what he borrows, and a liquidation."""
    looping = Account(address(0xB0AA), 0, (Position(0, 10**18, 10**17, True), Position(1, 0, 10**8, False)))
    sources = [Change(Entity(DEPLOYMENT, asset), "source", None, 0xFEED) for asset in (WETH.asset, USDC.asset)]
    with TemporaryDirectory() as folder:
        changes = [*changes_of(accounts=(*ACCOUNTS, looping)), *sources]
        url = write_store(f"sqlite:///{folder}/small.db", changes)
        with Store.open(url) as store:
            liquidate(store)
            with open_snapshot(store, Asked()) as snapshot:
                yield store, snapshot


@cache
def endpoints() -> set[str]:
    with opened() as (store, _):
        return set(build(Settings(), store, chain_id=1).app.openapi()["paths"])

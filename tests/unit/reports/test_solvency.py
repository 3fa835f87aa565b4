"""Solvency of the small store, by hand, and again by SQL over the rows that other commands give."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.cli.output import rendered
from indexer.cli.tables.solvency import draw_solvency
from indexer.errors import NotFoundError
from indexer.evm import address
from indexer.protocols.aave_v3.state import Account, Market
from indexer.reports.face import open_store
from indexer.reports.solvency import solvency_answer
from tests.solvency_by_sql import assert_sql_agrees
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import (
    ACCOUNTS,
    AT_RISK,
    HEALTHY,
    LIQUIDATABLE,
    MARKET,
    USDC,
    WETH,
    borrower,
    changes_of,
    write_store,
)

INSOLVENT = address(0xB009)
WITH_BAD_DEBT = (*ACCOUNTS, borrower(INSOLVENT, 1, 2_500))
UNPRICED = replace(MARKET, reserves={0: replace(WETH, price=None), 1: USDC})


def answer_of(folder: Path, market: Market = MARKET, accounts: tuple[Account, ...] = WITH_BAD_DEBT) -> dict[str, Any]:
    url = write_store(f"sqlite:///{folder}/solvency.db", changes_of(market, accounts))
    with open_store(url) as reader, reader.snapshot() as snapshot:
        return solvency_answer(snapshot)


def test_the_integers_are_those_of_the_hand(tmp_path: Path) -> None:
    answer = answer_of(tmp_path)
    weth, usdc = answer["solvency"]
    assert (weth["collateral"], weth["suppliers"], weth["borrowers"]) == (str(22 * 10**18), 4, 0)
    assert weth["toxic_ltv"] == pytest.approx(1 / 1.05)
    assert (weth["collateral_usd"], weth["collateral_at_threshold_usd"]) == (44_000.0, 36_300.0)
    raw = {name: usdc[f"debt_{name}"] for name in ("healthy", "at_risk", "liquidatable", "bad_debt", "unknown")}
    assert raw == {
        "healthy": str(10_000 * 10**6),
        "at_risk": str(1_600 * 10**6),
        "liquidatable": str(17_000 * 10**6),
        "bad_debt": str(2_500 * 10**6),
        "unknown": "0",
    }
    assert (usdc["debt_liquidatable_usd"], usdc["debt_bad_debt_usd"]) == (17_000.0, 2_500.0)
    assert (usdc["suppliers"], usdc["borrowers"], usdc["collateral"]) == (1, 4, "0")  # his five dollars are no pledge


def test_a_deployment_has_the_accounts_own_integers(tmp_path: Path) -> None:
    (row,) = answer_of(tmp_path)["deployments"]
    exact = {
        "value_unit": "usd_e8",
        "accounts": 5,
        "borrowers": 4,
        "healthy": 1,
        "at_risk": 1,
        "liquidatable": 1,
        "bad_debt": 1,
        "unknown": 0,
        "collateral_value": str(44_000 * 10**8),
        "weighted_collateral_value": str(36_300 * 10**8),
        "debt_value": str(31_100 * 10**8),
        "debt_value_at_risk": str(1_600 * 10**8),
        "debt_value_liquidatable": str(17_000 * 10**8),
        "debt_value_bad_debt": str(2_500 * 10**8),
        "shortfall_value": str(500 * 10**8),
        "shortfall_usd": 500.0,
    }
    assert {name: row[name] for name in exact} == exact
    assert row["collateralization_ratio"] == 44_000 / 31_100
    assert row["over_collateralization"] == pytest.approx(12_900 / 31_100)
    assert row["hhi_borrowers"] == pytest.approx((17_000**2 + 1_600**2 + 10_000**2 + 2_500**2) / 31_100**2)
    assert row["hhi_collateral"] == 1.0


def test_who_owes_most_comes_first_with_his_health(tmp_path: Path) -> None:
    answer = answer_of(tmp_path)
    largest = [(row["owner"], row["debt_usd"], row["state"]) for row in answer["top_borrowers"]]
    assert largest == [
        (LIQUIDATABLE, 17_000.0, "liquidatable"),
        (HEALTHY, 10_000.0, "healthy"),
        (INSOLVENT, 2_500.0, "bad_debt"),
        (AT_RISK, 1_600.0, "at_risk"),
    ]
    assert (answer["totals"]["debt_usd"], answer["totals"]["shortfall_usd"]) == (31_100.0, 500.0)


def test_unknown_is_apart_and_never_healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    answer = answer_of(tmp_path, UNPRICED)
    usdc, (row,), totals = answer["solvency"][1], answer["deployments"], answer["totals"]
    assert (usdc["debt_healthy"], usdc["debt_unknown"]) == ("0", str(31_100 * 10**6))
    assert usdc["debt_unknown_usd"] == 31_100.0
    assert (row["healthy"], row["unknown"], row["unknown_accounts"], row["debt_value"]) == (0, 4, 4, "0")
    assert (row["collateralization_ratio"], row["hhi_borrowers"]) == (None, None)
    assert (totals["unknown_accounts"], answer["top_borrowers"]) == (4, [])
    shown = rendered(draw_solvency(answer))
    assert "4: $31,100" in shown
    assert "nothing can be said about 4 accounts" in shown


def test_behind_means_all_are_unknown(database_url: str) -> None:
    with open_store(database_url) as reader, reader.snapshot(max_lag=2) as snapshot:
        (row,) = solvency_answer(snapshot)["deployments"]
    assert (row["unknown"], row["unknown_accounts"]) == (3, 4)


def test_a_deployment_that_is_not_there_is_named(database_url: str) -> None:
    with open_store(database_url) as reader, reader.snapshot() as snapshot:
        assert solvency_answer(snapshot, DEPLOYMENT)["solvency"]
        with pytest.raises(NotFoundError, match=f"there are: {DEPLOYMENT}"):
            solvency_answer(snapshot, "aave")


@pytest.mark.parametrize("market", [MARKET, UNPRICED], ids=["priced", "unpriced"])
def test_sql_over_accounts_and_positions_gives_every_integer_back(tmp_path: Path, market: Market) -> None:
    url = write_store(f"sqlite:///{tmp_path}/solvency.db", changes_of(market, WITH_BAD_DEBT))
    with open_store(url) as reader, reader.snapshot() as snapshot:
        assert_sql_agrees(snapshot)

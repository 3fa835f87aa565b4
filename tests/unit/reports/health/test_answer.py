"""The figures of the report, against what the other answers say of the same block."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from indexer.book import Change, Entity
from indexer.evm import address
from indexer.protocols.aave_v3.state import Account, Position
from indexer.reports.accounts import all_accounts
from indexer.reports.chains.scene import Scene
from indexer.reports.health.answer import report_answer
from indexer.reports.health.population import population
from indexer.reports.health.stressed import Stressed
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.reports.solvency import solvency_answer
from indexer.store import Deployment, Store, Token
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.health.stories import EARLIER, opened, report_of
from tests.unit.reports.stored import ACCOUNTS, LIQUIDATABLE, USDC, WETH, borrower, changes_of, write_store


@pytest.fixture
def report(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = report_of(tmp_path)["report"]
    return found


def test_the_headline_adds_up_the_accounts(tmp_path: Path) -> None:
    with opened(tmp_path) as snapshot:
        rows, headline = all_accounts(snapshot), report_answer(snapshot)["report"]["headline"]
    owing = [row for row in rows if row["health_factor_wad"] is not None]
    assert headline["accounts"] == len(rows)
    assert headline["borrowers"] == len(owing)
    assert headline["debt_usd"] == sum(row["debt_usd"] for row in owing)
    assert headline["collateral_usd"] == sum(row["collateral_usd"] for row in rows)
    below = [row for row in rows if row["state"] in ("liquidatable", "bad_debt")]
    assert headline["liquidatable_accounts"] == len(below) == 1
    assert headline["liquidatable_debt_usd"] == sum(row["debt_usd"] for row in below) == 17_000


def test_names_that_solvency_has_too_mean_the_same(tmp_path: Path) -> None:
    short = (*ACCOUNTS, borrower(address(0xB00F), 1, 5_000))
    write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of(accounts=short))
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store, open_snapshot(store, Asked()) as snapshot:
        report, solvency = report_answer(snapshot)["report"], solvency_answer(snapshot)
    same = report["headline"].keys() & solvency["totals"].keys()
    assert {"shortfall_usd", "debt_usd", "collateralization_ratio", "unknown_accounts"} <= same
    assert {name: report["headline"][name] for name in same} == {name: solvency["totals"][name] for name in same}
    assert report["headline"]["shortfall_usd"] == 3_000
    assert report["coverage"]["without_dollars"] == solvency["totals"]["without_dollars"] == []
    (row,), (of_it,) = report["deployments"], solvency["deployments"]
    same = row.keys() & of_it.keys()
    assert {"shortfall_usd", "bad_debt", "debt_usd"} <= same
    assert {name: row[name] for name in same} == {name: of_it[name] for name in same}


def test_bands_and_bins_have_every_borrower_once(report: dict[str, Any]) -> None:
    headline = report["headline"]
    for rows in (report["bands"], report["distribution"]):
        assert sum(row["accounts"] for row in rows) == headline["borrowers"]
        assert sum(row["debt_usd"] or 0 for row in rows) == headline["debt_usd"]
    assert sum(row["share"] or 0 for row in report["bands"]) == pytest.approx(1)


def test_the_worst_are_named_with_their_tokens(report: dict[str, Any]) -> None:
    first = report["worst"][0]
    assert (first["account"], first["state"], first["debt_usd"]) == (LIQUIDATABLE, "liquidatable", 17_000)
    assert first["collaterals"] == [{"asset": WETH.asset, "symbol": "WETH"}]
    assert first["debts"] == [{"asset": USDC.asset, "symbol": "=USDC"}]


class TestCurves:
    def test_no_fall_is_what_is_liquidatable_today(self, report: dict[str, Any]) -> None:
        for curve in report["curves"]:
            today = curve["points"][0]
            assert today["fall"] == 0
            assert today["liquidatable_accounts"] == report["headline"]["liquidatable_accounts"]
            assert today["liquidatable_debt_usd"] == report["headline"]["liquidatable_debt_usd"]
            assert today["shortfall_usd"] == report["headline"]["shortfall_usd"]
            assert today["added_accounts"] == 0

    def test_ether_s_fall_lists_who_falls(self, report: dict[str, Any]) -> None:
        """Health factors 0.97, 1.031 and 1.65; dollars are owed, so no debt falls with it."""
        everything, ether = report["curves"]
        assert everything["points"] == ether["points"]
        assert ether["asset"] == WETH.asset
        by_fall = {point["fall"]: point["added_debt_usd"] for point in ether["points"]}
        assert by_fall[0.03] == 0
        assert by_fall[0.05] == 1_600
        assert by_fall[0.3] == 1_600
        assert by_fall[0.4] == 11_600
        debts = [point["liquidatable_debt_usd"] for point in ether["points"]]
        assert debts == sorted(debts)

    def test_sums_are_of_integers_in_the_account_s_unit(self, tmp_path: Path) -> None:
        with opened(tmp_path) as snapshot:
            scene = Scene(snapshot)
            stressed = Stressed.of(scene, population(snapshot))
            falls = stressed.falls([WETH.asset], Fraction(4, 10))
            outcome = stressed.stress.under(falls)
            figures = stressed.figures(outcome, falls)
        assert figures["collateral_usd"] == sum(h.collateral_value or 0 for h in outcome.below.values()) / 10**8
        assert figures["bad_debt_accounts"] == 2  # 12,000 and 1,200 dollars of ether behind 17,000 and 1,600
        assert figures["shortfall_usd"] == 5_400


class TestShocks:
    def test_each_says_what_it_strikes(self, report: dict[str, Any]) -> None:
        shocks = {row["name"]: row for row in report["shocks"]}
        ether = shocks["ETH \N{MINUS SIGN}30 %"]
        assert ether["affected"] == [{"asset": WETH.asset, "symbol": "WETH"}]
        assert ether["figures"]["added_debt_usd"] == 1_600
        thresholds = shocks["liquidation thresholds \N{MINUS SIGN}5 points"]
        assert thresholds["figures"]["added_accounts"] == 1  # 82.5 to 77.5 %: 1,550 behind 1,600
        assert thresholds["not_applied_to"] == []

    def test_a_stranger_s_symbol_is_short_and_harmless_in_a_name(self, tmp_path: Path) -> None:
        dollars = Position(1, 5_000 * 10**6, 0, is_collateral=True)
        lent = Account(address(0xB00E), 0, (Position(0, 0, 10**18, is_collateral=False), dollars))
        source = Change(Entity(DEPLOYMENT, USDC.asset), "source", None, 0xFE)
        write_store(f"sqlite:///{tmp_path}/indexer.db", [*changes_of(accounts=(*ACCOUNTS, lent)), source])
        with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store:
            store.save_tokens([Token(USDC.asset, "\u202e\x1b[31m" + "$" * 10_000, 6, "")])
            with open_snapshot(store, Asked()) as snapshot:
                report = report_answer(snapshot)["report"]
        (name,) = (row["name"] for row in report["shocks"] if row["fall"] == 0.05)
        assert name == "\ufffd\ufffd[31m" + "$" * 5 + "… \N{MINUS SIGN}5 %"

    def test_what_does_not_apply_says_why(self, report: dict[str, Any]) -> None:
        unfit = {row["name"]: row for row in report["shocks"] if not row["applies"]}
        assert list(unfit) == [
            "every stablecoin \N{MINUS SIGN}5 %", "staked ether \N{MINUS SIGN}10 % against ether",
        ]  # fmt: skip
        for row in unfit.values():
            assert row["figures"] is None
            assert row["why_not"]


def test_changes_are_against_the_earlier_report(tmp_path: Path) -> None:
    since = report_of(tmp_path, earlier=EARLIER)["report"]["since"]
    assert since["block_number"] == 90
    assert since["changes"]["debt_usd"] == 28_600 - 30_000.5
    assert since["changes"]["borrowers"] == 1
    assert since["changes"]["accounts"] is None  # the earlier report did not say


class TestUnknown:
    def test_an_indexer_that_is_behind_says_nothing_of_anybody(self, tmp_path: Path) -> None:
        with opened(tmp_path, max_lag=1) as snapshot:
            report = report_answer(snapshot)["report"]
        headline = report["headline"]
        assert (headline["unknown_accounts"], headline["unknown_borrowers"]) == (4, 3)
        assert (headline["debt_usd"], headline["liquidatable_accounts"]) == (0, 0)
        assert headline["collateralization_ratio"] is None
        assert report["bands"][-1] == {
            "band": "unknown", "meaning": "nothing can be said", "accounts": 3, "debt_usd": None, "collateral_usd": 0,
            "share": None,
        }  # fmt: skip
        assert report["unknown"] == [
            {"deployment": "aave_v3_main", "reason": "indexer_behind", "accounts": 4, "borrowers": 3}
        ]
        assert report["curves"] == []
        assert {row["figures"]["unknown_borrowers"] for row in report["shocks"] if row["figures"]} == {3}

    def test_a_deployment_that_is_not_there_yet_is_named(self, tmp_path: Path) -> None:
        with Store.open(write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())) as store:
            store.save_deployments([Deployment("late", "aave_v3", WETH.asset, 0)])
            with open_snapshot(store, Asked()) as snapshot:
                assert report_answer(snapshot)["report"]["coverage"]["behind"] == ["late"]


def test_nothing_compared_is_said(report: dict[str, Any]) -> None:
    assert report["verification"]["compared_accounts"] == 0
    assert report["verification"]["oldest_block"] is None
    assert report["verification"]["accounts"] == 4

"""Measures of an account, from a store with a past."""

from dataclasses import replace
from math import log, sqrt
from pathlib import Path
from typing import Any

import pytest

from indexer.cli.output import rendered
from indexer.cli.tables.account import draw_account
from indexer.reports.account import account_answer
from indexer.reports.face import open_store
from indexer.reports.metrics import Measured
from indexer.risk.metrics.volatility import YEAR_S
from tests.unit.reports.moving import HOUR, write_moving_store, zigzag
from tests.unit.reports.stored import (
    AT_RISK,
    HEALTHY,
    LIQUIDATABLE,
    MARKET,
    SUPPLIER,
    USDC,
    WETH,
    changes_of,
    write_store,
)

STEP = 0.01
BY_BLOCK = HOUR // 12
"""Without feeds a block counts for 12 seconds, however long it took."""


def row_of(url: str, who: str, measured: Measured | None = None) -> dict[str, Any]:
    with open_store(url) as reader, reader.snapshot() as snapshot:
        row: dict[str, Any] = account_answer(snapshot, who, measured)["accounts"][0]
    return row


def metrics_of(url: str, who: str) -> dict[str, Any]:
    found: dict[str, Any] = row_of(url, who)["metrics"]
    return found


@pytest.mark.parametrize(("feeds", "measure", "faster"), [(True, "rounds", 1), (False, "prices", BY_BLOCK)])
def test_volatility_is_that_of_collateral_over_debt(tmp_path: Path, feeds: bool, measure: str, faster: int) -> None:
    url = write_moving_store(f"sqlite:///{tmp_path}/moving.db", zigzag(40, STEP), feeds=feeds)
    found = metrics_of(url, AT_RISK)
    expected = log(1 + STEP) * sqrt(YEAR_S / HOUR * faster)
    assert found["volatility"] == pytest.approx(expected, rel=1e-6)
    assert (found["volatility_from"], found["volatility_moves"], found["volatility_missing"]) == (measure, 39, None)
    assert found["volatility_standard_error"] == pytest.approx(expected / sqrt(78), rel=1e-6)


def test_likelihood_grows_with_time_and_falls_with_distance(tmp_path: Path) -> None:
    url = write_moving_store(f"sqlite:///{tmp_path}/moving.db", zigzag(40, STEP), feeds=True)
    near, far, there = (metrics_of(url, who)["liquidation_probability"] for who in (AT_RISK, HEALTHY, LIQUIDATABLE))
    assert 0 < near["1d"] < near["7d"] < near["30d"] < 1
    assert all(far[name] < near[name] for name in near)
    assert set(there.values()) == {1.0}


def test_a_cut_for_volatility_is_taken_off_the_ratio(tmp_path: Path) -> None:
    url = write_moving_store(f"sqlite:///{tmp_path}/moving.db", zigzag(40, STEP), feeds=True)
    found = metrics_of(url, HEALTHY)
    assert found["volatility_adjusted_ratio"] == pytest.approx(2 * (1 - found["volatility_haircut"]))
    assert found["haircut_ratio"] == pytest.approx(1.8)


def test_too_few_rounds_are_said_and_nothing_is_made_up(tmp_path: Path) -> None:
    url = write_moving_store(f"sqlite:///{tmp_path}/moving.db", zigzag(12, STEP), feeds=True)
    found = metrics_of(url, HEALTHY)
    assert found["volatility"] is None
    assert found["volatility_missing"] == "11 moves, 20 needed"
    assert set(found["liquidation_probability"].values()) == {None}
    assert "no volatility: 11 moves, 20 needed" in drawn(url, HEALTHY)


def test_closed_forms_of_one_account(database_url: str) -> None:
    found = metrics_of(database_url, AT_RISK)
    assert found["over_collateralization"] == 0.25
    assert found["distance_to_liquidation"] == pytest.approx(log(1650 / 1600))
    assert found["price_fall"] == pytest.approx(1 - 1600 / 1650)
    assert found["bad_debt_fall"] == pytest.approx(1 - 0.825 * 1.05 * 1600 / 1650)
    assert found["efficiency"] == 1.0  # 1 600 owed, 80 % of 2 000 may be
    assert found["diversification"] == {"hhi": 1.0, "effective_number": 1.0}


def test_of_who_owes_nothing_little_is_to_be_told(database_url: str) -> None:
    found = metrics_of(database_url, SUPPLIER)
    told = {name for name, value in found.items() if value is not None}
    assert told == {"haircut", "volatility_missing", "liquidation_probability"}
    assert found["volatility_missing"] == "nothing to liquidate"


def test_an_unknown_account_has_no_measure_and_no_target(tmp_path: Path) -> None:
    market = replace(MARKET, reserves={0: replace(WETH, price=None), 1: USDC})
    url = write_store(f"sqlite:///{tmp_path}/unpriced.db", changes_of(market))
    row = row_of(url, AT_RISK, Measured(target_wad=2 * 10**18))
    assert row["metrics"]["volatility_missing"] == "unknown"
    assert row["metrics"]["diversification"] is None
    assert (row["repay_to_target"], row["add_to_target"]) == (None, None)
    assert "nothing can be said about this account" in drawn(url, AT_RISK, Measured(target_wad=2 * 10**18))


def test_a_haircut_is_ones_own(database_url: str) -> None:
    assert row_of(database_url, HEALTHY, Measured(haircut=0.25))["metrics"]["haircut_ratio"] == 1.5


class TestTargets:
    def test_amounts_by_hand(self, database_url: str) -> None:
        row = row_of(database_url, AT_RISK, Measured(target_wad=15 * 10**17))
        (repay,), (add,) = row["repay_to_target"], row["add_to_target"]
        assert (repay["symbol"], repay["amount"], repay["health_factor_wad"]) == (
            "=USDC",
            str(500 * 10**6),
            str(15 * 10**17),
        )
        # 2 400 dollars at 82.5 %: one and 5/11 ether, the value rounded down to whole base units
        assert (add["symbol"], add["amount"]) == ("WETH", "454545454550000000")
        assert int(add["health_factor_wad"]) >= 15 * 10**17

    def test_what_is_reached_already_takes_nothing(self, database_url: str) -> None:
        row = row_of(database_url, HEALTHY, Measured(target_wad=15 * 10**17))
        assert [each["amount"] for each in (*row["repay_to_target"], *row["add_to_target"])] == ["0", "0"]

    def test_it_is_not_there_unless_asked(self, database_url: str) -> None:
        row = row_of(database_url, HEALTHY)
        assert "repay_to_target" not in row
        assert "to reach" not in drawn(database_url, HEALTHY)

    def test_people_see_every_digit(self, database_url: str) -> None:
        shown = drawn(database_url, AT_RISK, Measured(target_wad=15 * 10**17))
        assert "to reach a health factor of 1.5000" in shown
        assert "0.45454545455" in shown

    def test_the_book_is_as_it_was(self, database_url: str) -> None:
        with open_store(database_url) as reader, reader.snapshot() as snapshot:
            before = sorted(map(str, snapshot.book.items()))
            account_answer(snapshot, AT_RISK, Measured(target_wad=3 * 10**18))
            assert sorted(map(str, snapshot.book.items())) == before


def drawn(url: str, who: str, measured: Measured | None = None) -> str:
    with open_store(url) as reader, reader.snapshot() as snapshot:
        return rendered(draw_account(account_answer(snapshot, who, measured)))

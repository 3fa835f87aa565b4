"""The public face in Python, over a database written without a node."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import indexer
from indexer.errors import DatabaseError, HistoryError, NotFoundError, UserError
from indexer.evm import BlockRef
from indexer.reports.accounts import Filters, wad
from indexer.reports.answers import accounts_answer, at_risk_answer
from indexer.reports.envelope import envelope
from indexer.reports.face import Reader, open_store
from indexer.store import BlockRecord, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import (
    ACCOUNTS,
    AT_RISK,
    BLOCK,
    HEADS,
    HEALTHY,
    LIQUIDATABLE,
    MARKET,
    SUPPLIER,
    USDC,
    WETH,
    changes_of,
    write_store,
)

Rows = list[dict[str, object]]


def accounts_of(rows: Rows) -> list[object]:
    return [row["account"] for row in rows]


def test_at_risk_is_worst_first_and_strictly_below(database_url: str) -> None:
    with open_store(database_url) as reader:
        assert accounts_of(reader.at_risk()) == [LIQUIDATABLE, AT_RISK]
        assert accounts_of(reader.at_risk(below=1.03125)) == [LIQUIDATABLE]
        assert accounts_of(reader.at_risk(below=2)) == [LIQUIDATABLE, AT_RISK, HEALTHY]


def test_a_row_says_exactly_what_the_contract_would(database_url: str) -> None:
    with open_store(database_url) as reader:
        row = reader.at_risk()[0]
    exact: dict[str, object] = {
        "deployment": DEPLOYMENT,
        "protocol": "aave_v3",
        "revision": "10",
        "account": LIQUIDATABLE,
        "owner": LIQUIDATABLE,
        "market": None,
        "state": "liquidatable",
        "reason": None,
        "health_factor_wad": str(10**18 * 16_500 // 17_000),
        "collateral_value": str(20_000 * 10**8),
        "weighted_collateral_value": str(16_500 * 10**8),
        "debt_value": str(17_000 * 10**8),
        "value_unit": "usd_e8",
        "collateral_usd": 20_000.0,
        "debt_usd": 17_000.0,
        "collateralization_ratio": 20_000 / 17_000,
        "ltv": 0.85,
        "stale_feeds": [],
        "verified_block": None,
    }
    assert {name: row[name] for name in exact} == exact
    assert row["next_block"]["state"] == "liquidatable"
    assert [term["debt_asset"] for term in row["liquidation"]] == [USDC.asset]
    assert row["liquidation"][0]["collateral_asset"] == WETH.asset


def test_the_next_block_may_be_worse(tmp_path: Path) -> None:
    url = write_store(f"sqlite:///{tmp_path}/falling.db", changes_of(fall=100 * 10**8))
    with open_store(url) as reader:
        row = reader.account(AT_RISK)[0]
    assert (row["state"], row["health_factor_wad"]) == ("at_risk", str(1_031_250_000_000_000_000))
    following = {"timestamp": BLOCK.timestamp + 12, "state": "liquidatable", "health_factor_wad": "979687500000000000"}
    assert row["next_block"] == following


def test_accounts_are_everyone_with_a_position(database_url: str) -> None:
    with open_store(database_url) as reader:
        rows = reader.accounts()
    assert accounts_of(rows) == [LIQUIDATABLE, AT_RISK, HEALTHY, SUPPLIER]
    assert [row["health_factor_wad"] for row in rows][3] is None
    assert [row["state"] for row in rows] == ["liquidatable", "at_risk", "healthy", "healthy"]


def test_an_owner_is_found_in_any_spelling_and_a_stranger_is_an_error(database_url: str) -> None:
    with open_store(database_url) as reader:
        row = reader.account(AT_RISK.upper().replace("0X", "0x"))[0]
        assert [position["market"] for position in row["positions"]] == [WETH.asset, USDC.asset]
        assert [position["is_collateral"] for position in row["positions"]] == [True, False]
        with pytest.raises(NotFoundError, match="has no position in this database at block 100"):
            reader.account("0x" + "ab" * 20)


def test_filters_say_how_many_rows_they_hide(database_url: str) -> None:
    with open_store(database_url) as reader, reader.snapshot() as snapshot:
        answer = at_risk_answer(snapshot, Filters(min_debt_usd=5_000))
        assert (accounts_of(answer["accounts"]), answer["hidden_rows"]) == ([LIQUIDATABLE], 1)
        dropped = at_risk_answer(snapshot, Filters(within_drop=0.05))
        assert accounts_of(dropped["accounts"]) == [LIQUIDATABLE, AT_RISK]
        assert accounts_of(at_risk_answer(snapshot, Filters(within_drop=0.02))["accounts"]) == [LIQUIDATABLE]
        with pytest.raises(UserError, match="within-drop"):
            at_risk_answer(snapshot, Filters(within_drop=1.0))
        with pytest.raises(NotFoundError, match=f"there are: {DEPLOYMENT}"):
            at_risk_answer(snapshot, Filters(deployment="aave"))


def test_every_answer_carries_its_block(database_url: str) -> None:
    with open_store(database_url) as reader, reader.snapshot(clock=lambda: BLOCK.timestamp + 30.7) as snapshot:
        assert envelope(snapshot) == {
            "chain_id": 1,
            "block_number": 100,
            "block_hash": BLOCK.hash,
            "block_timestamp": BLOCK.timestamp,
            "head_block": 103,
            "head_observed_at": BLOCK.timestamp + 20,
            "lag_blocks": 3,
            "lag_seconds": 30,
            "finality": "safe",
        }


@pytest.mark.parametrize(("max_lag", "state"), [(3, "liquidatable"), (2, "unknown")])
def test_an_indexer_that_is_behind_says_so(database_url: str, max_lag: int, state: str) -> None:
    with open_store(database_url) as reader, reader.snapshot(max_lag=max_lag) as snapshot:
        row = accounts_answer(snapshot)["accounts"][0]
        listed = accounts_of(at_risk_answer(snapshot, Filters())["accounts"])
    assert (row["state"], row["reason"]) == (state, "indexer_behind" if state == "unknown" else None)
    # When nothing can be said, everyone in debt is listed.
    assert listed == ([LIQUIDATABLE, AT_RISK, HEALTHY] if state == "unknown" else [LIQUIDATABLE, AT_RISK])


def test_a_price_that_cannot_be_read_makes_its_holders_unknown(tmp_path: Path) -> None:
    market = replace(MARKET, reserves={0: replace(WETH, price=None), 1: USDC})
    url = write_store(f"sqlite:///{tmp_path}/unpriced.db", changes_of(market))
    with open_store(url) as reader:
        rows = reader.at_risk()
    assert [(row["account"], row["state"], row["reason"]) for row in rows] == [
        (borrower, "unknown", "unpriced") for borrower in (LIQUIDATABLE, AT_RISK, HEALTHY)
    ]
    assert {row["health_factor_wad"] for row in rows} == {None}


def test_an_unsupported_revision_is_never_a_guess(tmp_path: Path) -> None:
    market = replace(MARKET, rules=replace(MARKET.rules, pool_revision=2))
    url = write_store(f"sqlite:///{tmp_path}/other.db", changes_of(market, ACCOUNTS))
    with open_store(url) as reader:
        rows = reader.at_risk()
    assert {(row["revision"], row["state"], row["reason"]) for row in rows} == {
        ("2", "unknown", "unsupported_revision")
    }
    assert len(rows) == 3


def test_a_backfill_that_nobody_compared_yet_says_nothing(tmp_path: Path) -> None:
    url = write_store(f"sqlite:///{tmp_path}/backfilled.db", changes_of(), complete=False)
    with open_store(url) as reader:
        assert {(row["state"], row["reason"]) for row in reader.at_risk()} == {("unknown", "indexer_behind")}


def test_a_backfilled_block_without_a_node_is_unpriced(tmp_path: Path) -> None:
    url = write_store(f"sqlite:///{tmp_path}/backfilled.db", changes_of(), complete=False)
    later = BlockRef(BLOCK.number + 1, "0x" + "ab" * 32, BLOCK.hash, BLOCK.timestamp + 12)
    with Store.open(url) as store:
        store.commit([BlockRecord(later, True, ())], later, HEADS, {DEPLOYMENT: later.number})
    with open_store(url) as reader:
        rows = reader.at_risk(block=BLOCK.number)
    assert {(row["state"], row["reason"]) for row in rows} == {("unknown", "unpriced")}


def test_interest_accrues_to_the_asked_timestamp_only_where_prices_stand_still(database_url: str) -> None:
    with open_store(database_url) as reader:
        with reader.snapshot(at_timestamp=BLOCK.timestamp + 12) as snapshot:
            assert envelope(snapshot)["at_timestamp"] == BLOCK.timestamp + 12
        with (
            pytest.raises(UserError, match="lies before block 100"),
            reader.snapshot(at_timestamp=BLOCK.timestamp - 1),
        ):
            raise AssertionError


def test_blocks_outside_the_store_are_refused(database_url: str) -> None:
    with open_store(database_url) as reader:
        with pytest.raises(HistoryError, match="the store ends at block 100"):
            reader.accounts(block=101)
        with pytest.raises(HistoryError, match="its header is not stored"):
            reader.accounts(block=99)


def test_markets_and_prices(database_url: str) -> None:
    with open_store(database_url) as reader:
        markets, prices = reader.markets(), reader.prices()
    assert [(row["symbol"], row["price"], row["price_usd"]) for row in markets] == [
        ("WETH", str(2_000 * 10**8), 2_000.0),
        ("=USDC", str(10**8), 1.0),
    ]
    assert prices == []  # no source was ever read


def test_a_database_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError):
        open_store(f"sqlite:///{tmp_path}/nothing.db")


@pytest.mark.parametrize(
    ("number", "expected"), [(1.05, 105 * 10**16), (1, 10**18), (0.95, 95 * 10**16), (2, 2 * 10**18)]
)
def test_a_cut_is_a_decimal_not_a_float(number: float, expected: int) -> None:
    assert wad(number) == expected


class TestLazyFace:
    def test_it_is_the_reports_face(self) -> None:
        assert indexer.open_store is open_store
        assert indexer.Reader is Reader

    def test_importing_a_floor_does_not_load_the_house(self) -> None:
        program = "import sys, indexer.units; sys.exit('sqlalchemy' in sys.modules or 'web3' in sys.modules)"
        ran = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603
        assert ran.returncode == 0

    def test_a_name_that_is_not_there_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="no attribute 'open_stores'"):
            getattr(indexer, "open_stores")  # noqa: B009 - the attribute is what is tested

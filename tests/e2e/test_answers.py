"""Every reading command in every format, and the JSON contract field by field."""

import csv
import io
import json
import re
from typing import Any

import pytest

from scripts.devnet import Devnet
from tests.devnet.liquidator import LIQUIDATION_CALL
from tests.e2e.conftest import CHECKED, Given

pytestmark = pytest.mark.node

ENVELOPE = {
    "chain_id": int,
    "block_number": int,
    "block_hash": str,
    "block_timestamp": int,
    "head_block": int,
    "lag_blocks": int,
    "finality": str,
}
LISTS = ("accounts", "markets", "prices")
ROW: dict[str, type | tuple[type, ...]] = {
    "deployment": str,
    "protocol": str,
    "revision": str,
    "account": str,
    "owner": str,
    "market": type(None),
    "state": str,
    "reason": (str, type(None)),
    "health_factor_wad": (str, type(None)),
    "collateral_value": (str, type(None)),
    "weighted_collateral_value": (str, type(None)),
    "debt_value": (str, type(None)),
    "value_unit": str,
    "collateral_usd": (float, type(None)),
    "debt_usd": (float, type(None)),
    "collateralization_ratio": (float, type(None)),
    "ltv": (float, type(None)),
    "stale_feeds": list,
    "liquidatable_since": (int, type(None)),
    "verified_block": (int, type(None)),
    "next_block": dict,
    "liquidation": list,
}
TERM = {
    "debt_asset": str,
    "collateral_asset": str,
    "max_debt_to_cover": str,
    "collateral_to_liquidator": str,
    "protocol_fee": str,
    "bonus_bps": int,
    "gross_bonus_usd": float,
    "allowed": bool,
    "gates": list,
}
STATES = {"healthy", "at_risk", "liquidatable", "bad_debt", "unknown"}
ADDRESS = re.compile("0x[0-9a-f]{40}")


def rows(given: Given, *command: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = given(*command, "--format", "json").answer["accounts"]
    return found


@pytest.fixture(params=["at-risk", "accounts", "markets", "prices", "liquidations", "solvency"])
def listing(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_every_answer_carries_the_block_it_is_true_of(given: Given, devnet: Devnet, listing: str) -> None:
    answer = given(listing, "--format", "json").answer
    for name, kind in ENVELOPE.items():
        assert isinstance(answer[name], kind), name
    assert (answer["block_number"], answer["block_hash"]) == (devnet.block_number, devnet.tip_hash)
    assert (answer["chain_id"], answer["lag_blocks"]) == (devnet.chain_id, 0)
    assert answer["finality"] in {"latest", "safe", "finalized"}


@pytest.mark.parametrize("command", ["at-risk", "accounts"])
def test_rows_have_the_fields_of_the_contract(given: Given, command: str) -> None:
    found = rows(given, command)
    assert found
    for row in found:
        for name, kind in ROW.items():
            assert isinstance(row[name], kind), (name, row[name])
        assert row["state"] in STATES
        assert ADDRESS.fullmatch(row["account"])
        assert row["account"] == row["owner"]
        assert (row["reason"] is None) == (row["state"] != "unknown")
        assert set(row["next_block"]) == {"timestamp", "state", "health_factor_wad"}
        for term in row["liquidation"]:
            for name, kind in TERM.items():
                assert isinstance(term[name], kind), (name, term[name])
            assert term["allowed"] == (not term["gates"])


def test_the_watch_list_is_below_the_cut_and_worst_first(given: Given) -> None:
    factors = [int(row["health_factor_wad"]) for row in rows(given, "at-risk") if row["state"] != "unknown"]
    assert factors == sorted(factors)
    assert factors[-1] < 105 * 10**16


def test_the_watch_list_is_the_part_of_all_accounts_below_the_cut(given: Given) -> None:
    below = {
        (row["deployment"], row["account"])
        for row in rows(given, "accounts")
        if row["health_factor_wad"] is not None and int(row["health_factor_wad"]) < 105 * 10**16
    }
    assert below == {(row["deployment"], row["account"]) for row in rows(given, "at-risk") if row["state"] != "unknown"}


def test_everyone_below_the_threshold_has_terms_or_no_collateral(given: Given) -> None:
    for row in rows(given, "at-risk"):
        if row["health_factor_wad"] is not None and int(row["health_factor_wad"]) < 10**18:
            assert row["liquidation"] or row["collateral_value"] == "0"


def test_markets_and_prices_stand_under_their_own_names(given: Given) -> None:
    markets = given("markets", "--format", "json").answer["markets"]
    prices = given("prices", "--format", "json").answer["prices"]
    assert {(row["deployment"], row["market"]) for row in prices} <= {
        (row["deployment"], row["market"]) for row in markets
    }
    assert all(isinstance(row["price"], str) for row in prices)


def test_every_liquidation_of_the_chain_is_listed_newest_first(given: Given, devnet: Devnet) -> None:
    everything = ("--limit", "1000", "--format", "json")
    found = given("liquidations", *everything).answer["liquidations"]
    pools = [deployment.pool for deployment in devnet.manifest.deployments]
    asked = {"fromBlock": "0x0", "toBlock": "latest", "address": pools, "topics": [LIQUIDATION_CALL]}
    logs = devnet.chain.rpc.request("eth_getLogs", [asked])
    theirs = {(int(log["blockNumber"], 16), int(log["logIndex"], 16), int(log["data"][2:66], 16)) for log in logs}
    ours = [(row["block_number"], row["log_index"], int(row["debt_repaid"])) for row in found]
    assert ours == sorted(theirs, reverse=True)
    liquidator = found[0]["liquidator"]
    assert given("liquidations", "--liquidator", liquidator, *everything).answer["liquidations"] == [
        row for row in found if row["liquidator"] == liquidator
    ]
    shown = given("liquidations", "--limit", "1", "--format", "table").out
    assert "1 liquidations, and perhaps more before them" in shown


def test_explain_ends_at_the_contract_s_own_integers(given: Given, borrower: str) -> None:
    (explained,) = given("explain", borrower, "--format", "json").answer["explain"]
    assert explained["matches"] is True
    assert explained["ours"] == explained["contract"]
    assert explained["steps"][-1]["result"] == explained["contract"]["health_factor"]
    assert explained["reproduce"].startswith("cast call --block ")


@pytest.mark.parametrize("command", ["at-risk", "accounts", "markets", "prices", "solvency"])
def test_ndjson_is_the_rows_with_their_block(given: Given, command: str) -> None:
    answer = given(command, "--format", "json").answer
    lines = [json.loads(line) for line in given(command, "--format", "ndjson").out.splitlines()]
    place = {name: answer[name] for name in ("chain_id", "block_number", "block_hash")}
    name = "accounts" if command == "at-risk" else command
    assert lines == [{**place, **row} for row in answer[name]]


@pytest.mark.parametrize("command", ["at-risk", "accounts", "markets", "prices", "solvency"])
def test_csv_has_a_line_a_row(given: Given, command: str) -> None:
    answer = given(command, "--format", "json").answer
    read = list(csv.DictReader(io.StringIO(given(command, "--format", "csv").out)))
    name = "accounts" if command == "at-risk" else command
    assert [row["deployment"] for row in read] == [row["deployment"] for row in answer[name]]
    assert {row["block_hash"] for row in read} == {answer["block_hash"]}


@pytest.mark.parametrize("form", ["table", "json", "csv", "ndjson"])
@pytest.mark.parametrize("command", ["at-risk", "accounts", "markets", "prices", "solvency", "account", "explain"])
def test_every_format_is_written_and_nothing_is_wrong(given: Given, borrower: str, command: str, form: str) -> None:
    words = (command, borrower) if command in {"account", "explain"} else (command,)
    ran = given(*words, "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n")
    if form == "table":
        assert all(len(line) <= 100 for line in ran.out.splitlines() if "0x" not in line)


def test_a_target_takes_what_it_says(given: Given, borrower: str) -> None:
    ran = given("account", borrower, "--target", "1.5", "--haircut", "20%", "--format", "json")
    (row,) = ran.answer["accounts"]
    assert row["target_health_factor_wad"] == str(15 * 10**17)
    assert row["metrics"]["haircut_ratio"] == pytest.approx(row["collateralization_ratio"] * 0.8)
    assert row["repay_to_target"]
    assert all(int(each["amount"] or 1) > 0 for each in (*row["repay_to_target"], *row["add_to_target"]))
    assert (
        "to reach a health factor of 1.5000" in given("account", borrower, "--target", "1.5", "--format", "table").out
    )


@pytest.mark.parametrize("form", CHECKED)
def test_checks_in_every_format(given: Given, form: str) -> None:
    verified, examined = given("verify", "--sample", "3", "--format", form), given("doctor", "--format", form)
    assert (verified.code, examined.code) == (0, 0), verified.err + examined.err
    assert "aave_v3_main" in verified.out
    assert "block overrides" in examined.out


def test_a_pipe_gets_json(given: Given) -> None:
    piped, asked = given("markets").answer, given("markets", "--format", "json").answer
    assert piped.pop("lag_seconds") <= asked.pop("lag_seconds") + 60  # whichever ran first
    assert piped == asked

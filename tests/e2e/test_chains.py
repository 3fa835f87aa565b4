"""`chains` and `contagion` as people and programs run them."""

import csv
import io
import json
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.command import Indexer
from tests.e2e.conftest import Given

pytestmark = pytest.mark.node

CHAIN = {"owner", "kind", "path", "chain", "chain_length", "asset", "symbol", "decimals", "low", "high", "total_high",
         "low_usd", "high_usd", "state", "flags", "flag_paths", "cycle_gain", "tokens", "source", "target",
         "leverage_limit"}  # fmt: skip
SHOCK = ("contagion", "--shock", "ETH=-20%")


def test_every_chain_has_the_fields_of_the_contract(given: Given) -> None:
    answer = given("chains", "--format", "json").answer
    assert answer["chains"]
    assert answer["hidden_rows"] == 0
    for row in answer["chains"]:
        assert set(row) == CHAIN
        assert row["path"][0] == row["source"]["deployment"]
        assert row["path"][-1] == row["target"]["deployment"]
        assert 0 <= int(row["low"]) <= int(row["high"]) <= int(row["total_high"])
    assert {row["kind"] for row in answer["chains"]} == {"reuse", "recursive"}


@pytest.mark.parametrize("command", [("chains",), SHOCK])
def test_rows_are_the_same_in_every_format(given: Given, command: tuple[str, ...]) -> None:
    rows = given(*command, "--format", "json").answer[command[0]]
    lines = [json.loads(line) for line in given(*command, "--format", "ndjson").out.splitlines()]
    assert [{name: row[name] for name in rows[0]} for row in lines] == rows
    table = list(csv.DictReader(io.StringIO(given(*command, "--format", "csv").out)))
    assert [row["owner"] for row in table] == [row["owner"] for row in rows]
    assert command[0] in given(*command, "--format", "table").out.splitlines()[0]


def test_filters_hide_and_say_how_many(given: Given) -> None:
    rows = given("chains", "--format", "json").answer["chains"]
    large = given("chains", "--min", "10000", "--format", "json").answer
    assert [row["high_usd"] for row in large["chains"]] == [r["high_usd"] for r in rows if r["high_usd"] >= 10_000]
    assert large["hidden_rows"] == len(rows) - len(large["chains"])
    flagged = given("chains", "--flag", "chain_at_risk", "--format", "json").answer["chains"]
    assert flagged
    assert all("chain_at_risk" in row["flags"] for row in flagged)
    for row in flagged:
        (way,) = [each["path"] for each in row["flag_paths"] if each["flag"] == "chain_at_risk"]
        assert way[-1] == row["path"][-1]
    owner = rows[0]["owner"]
    own = given("chains", "--owner", owner, "--format", "json").answer["chains"]
    assert own == [row for row in rows if row["owner"] == owner]


def test_a_chain_stands_in_account_and_explain(given: Given) -> None:
    row = given("chains", "--format", "json").answer["chains"][0]
    account = given("account", row["owner"], "--format", "json").answer
    (owner,) = account["owners"]
    assert [each for each in owner["chains"] if each["path"] == row["path"] and each["high"] == row["high"]]
    assert owner["equity_usd"] == pytest.approx(owner["assets_usd"] - owner["debt_usd"])
    explained = given("explain", row["owner"], "--format", "json").answer["chains"]
    steps = next(each["steps"] for each in explained if each["path"] == row["path"])
    results = {step["what"]: step["result"] for step in steps}
    assert (results["high"], results["low"]) == (row["high"], row["low"])
    assert "collateral chain" in given("explain", row["owner"], "--format", "table").out


def test_graphs_and_pictures_can_be_read(given: Given) -> None:
    rows = given("chains", "--format", "json").answer["chains"]
    graph = ET.fromstring(given("chains", "--format", "graphml").out)  # noqa: S314  our own output
    edges = graph.findall(".//{*}edge")
    assert len(edges) > len(rows)
    dot = given("chains", "--format", "dot").out
    assert dot.startswith("digraph")
    for picture in (
        given("chains", "--format", "svg"),
        given("chains", "--owner", rows[0]["owner"], "--format", "svg"),
    ):
        assert ET.fromstring(picture.out).tag.endswith("svg")  # noqa: S314


def test_the_books_of_a_shock_balance(given: Given) -> None:
    answer = given(*SHOCK, "--format", "json").answer
    assert (answer["ending"], answer["contagion"][0]["round"]) == ("fixed_point", 1)
    books = answer["balance"]
    borne = sum(books[f"{name}_usd"] for name in ("equity_lost", "absorbed", "bad_debt", "relief"))
    assert books["collateral_lost_usd"] + books["bonus_usd"] == pytest.approx(borne)
    few = given(*SHOCK, "--limit", "1", "--format", "json").answer
    assert few["contagion"] == answer["contagion"][:1]
    assert few["hidden_rows"] == len(answer["contagion"]) - 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("contagion", "--shock", "ETH"), "is no shock: write ETH=-20%"),
        (("contagion", "--shock", "ETH=-120%"), "a fall is 0% to 100%"),
        (("contagion", "--shock", "NOTHING=-5%"), "calls itself 'NOTHING'"),
        (("contagion", "--shock", "bad_debt:nowhere/0x00=5"), "no market nowhere/0x00"),
        (("contagion", "--shock", "ETH=-5%", "--shock", "ETH=-6%"), "two different falls"),
        (("chains", "--deployment", "nowhere"), "no deployment 'nowhere'"),
        (("chains", "--owner", "0x00000000000000000000000000000000000000aa"), "has no position in this database"),
    ],
)
def test_mistakes_are_one_line(synced: Indexer, arguments: tuple[str, ...], said: str) -> None:
    ran = synced.run(*arguments)
    assert ran.code == 2
    assert said in ran.error

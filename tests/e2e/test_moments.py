"""Which block, which time, how far behind, with and without a node."""

import pytest

from scripts.devnet import Devnet
from tests.e2e.command import Indexer, said
from tests.e2e.conftest import Given

pytestmark = pytest.mark.node


def test_a_backfilled_block_is_priced_through_the_node_and_then_kept(own: Indexer, devnet: Devnet) -> None:
    number = str(devnet.block_number - 100)
    through = own.run("at-risk", "--block", number, "--format", "json").answer
    assert through["block_number"] == int(number)
    assert through["finality"] == "finalized"
    assert any(row["health_factor_wad"] for row in through["accounts"])
    verified = own.run("verify", "--sample", "20", "--block", number)
    assert verified.code == 0, verified.err


def test_at_another_time_filter_state_and_terms_are_all_of_that_time(own: Indexer, given: Given) -> None:
    now = given("at-risk", "--format", "json").answer
    later = now["block_timestamp"] + 30 * 86_400
    answer = own.run("at-risk", "--at-timestamp", str(later), "--format", "json").answer
    assert answer["at_timestamp"] == later
    before = {(row["deployment"], row["account"]): int(row["health_factor_wad"]) for row in now["accounts"]}
    after = {(row["deployment"], row["account"]): int(row["health_factor_wad"]) for row in answer["accounts"]}
    assert before.keys() <= after.keys()
    assert any(after[key] < before[key] for key in before)


def test_without_a_node_the_last_block_is_answered(synced: Indexer, given: Given) -> None:
    alone = synced.without_node().run("at-risk", "--format", "json")
    assert alone.code == 0
    assert said(alone.answer) == said(given("at-risk", "--format", "json").answer)
    assert "answering from the database alone" in alone.err


def test_a_database_that_is_too_far_behind_says_unknown(own: Indexer, playground: Devnet) -> None:
    playground.mine()
    playground.mine()
    near = own.run("at-risk", "--max-lag", "2", "--format", "json").answer
    far = own.run("at-risk", "--max-lag", "1", "--format", "json").answer
    assert near["lag_blocks"] == far["lag_blocks"] == 2
    assert {row["reason"] for row in near["accounts"]} == {None}
    assert {row["reason"] for row in far["accounts"]} == {"indexer_behind"}


def test_filters_say_how_many_rows_they_hide(synced: Indexer, given: Given) -> None:
    whole = given("at-risk", "--format", "json").answer
    few = synced.run("at-risk", "--min-debt", "1000", "--limit", "3", "--sort", "debt", "--format", "json").answer
    assert len(few["accounts"]) == 3
    assert few["hidden_rows"] + 3 == len(whole["accounts"]) + whole["hidden_rows"]
    debts = [row["debt_usd"] for row in few["accounts"]]
    assert debts == sorted(debts, reverse=True)


def test_within_a_fall_everyone_says_what_it_takes(synced: Indexer) -> None:
    arguments = ("at-risk", "--within-drop", "10%", "--projections", "--format", "json")
    for row in synced.run(*arguments).answer["accounts"]:
        if row["health_factor_wad"] is not None and int(row["health_factor_wad"]) >= 10**18:
            assert row["projection"]["uniform_drop"] <= 0.1

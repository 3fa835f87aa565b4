"""Every recorded pool, replayed: what the contracts said, ours must say. No node is needed."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from indexer.protocols.aave_v3.revisions import REVISION_OF_3_0_0, RULES
from tests.golden.aave_v3.replay import DEPLOYMENT, Replay, recording

REVISIONS = {
    "3.0.0": REVISION_OF_3_0_0,
    "3.0.2": "1",
    "3.1.0": "4",
    "3.2.0": "5",
    "3.2.1": "6",
    "3.3.0": "7",
    "3.4.0": "8",
    "3.5.0": "9",
    "3.6.0": "10",
    "3.7": "11",
}
"""Recording to the adapter's revision."""
UPGRADES = "upgrades"
AT_LEAST = 3_000


@cache
def replayed(name: str) -> Replay:
    """A recording replayed to its end."""
    replay = Replay(recording(name))
    replay.run()
    return replay


@pytest.mark.parametrize("name", [*REVISIONS, UPGRADES])
def test_every_recorded_answer_is_ours(name: str, record_property: Callable[[str, object], None]) -> None:
    replay = replayed(name)
    result = replay.result
    for revision, kinds in replay.compared_by_revision.items():
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        record_property(f"revision {revision}", f"{sum(kinds.values())} comparisons ({told})")
    record_property("mismatches", len(result.mismatches))
    assert result.mismatches == []
    assert sum(result.compared.values()) >= AT_LEAST


@pytest.mark.parametrize(("name", "revision"), REVISIONS.items())
def test_the_revision_is_found_in_the_logs(name: str, revision: str) -> None:
    replay = replayed(name)
    assert list(replay.compared_by_revision)[-1] == revision
    assert replay.view().supported


def test_each_recording_says_where_it_comes_from() -> None:
    for name in [*REVISIONS, UPGRADES]:
        about = recording(name)["about"]
        assert {"contract", "commit", "compiler", "version", "chain_id", "head", "hash", "pool", "entry"} <= set(about)


@pytest.mark.parametrize(
    ("name", "other"), [("3.1.0", 1), ("3.2.0", 4), ("3.3.0", 6), ("3.4.0", 7), ("3.5.0", 8), ("3.6.0", 9), ("3.7", 10)]
)
def test_a_recording_refutes_the_revision_before(name: str, other: int, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = int(REVISIONS[name])
    monkeypatch.setitem(RULES, revision, replace(RULES[other], pool_revision=revision))
    assert Replay(recording(name)).run().mismatches != []


def test_an_upgraded_pool_is_followed_through_every_revision() -> None:
    replay = replayed(UPGRADES)
    assert list(replay.compared_by_revision) == ["1", "4", "5", "6", "7", "8", "9", "10", "11"]


def test_tokens_have_the_revision_of_their_time_although_they_answer_the_last_one() -> None:
    replay = Replay(recording(UPGRADES))
    seen: dict[int, set[tuple[int, int]]] = {}
    for rows in replay.steps():
        pool = rows.own.get("pool_revision", 0)
        tokens = {(m["atoken_revision"], m["vdebt_revision"]) for m in rows.markets.values() if m.get("atoken")}
        seen.setdefault(pool, set()).update(tokens)
    assert {pool: tokens for pool, tokens in seen.items() if tokens} == {
        **{revision: {(1, 1)} for revision in (1, 4, 5, 6, 7)},
        8: {(3, 3)},
        9: {(4, 4)},
        10: {(5, 5)},
        11: {(5, 5)},
    }


def test_unscaled_transfers_are_told_for_every_token_that_had_one() -> None:
    units = {}
    for name in ("3.0.0", "3.0.2"):
        reserves = replayed(name).book[DEPLOYMENT].markets.values()
        units[name] = {fields["atoken_scaled"] for fields in reserves if "atoken_scaled" in fields}
    assert units == {"3.0.0": {0}, "3.0.2": {1}}

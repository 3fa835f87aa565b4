"""The whole command line over PostgreSQL: the same answers as over SQLite, and no secret in any of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Indexer
from tests.postgres_server import PASSWORD, PostgresServer

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def over_postgres(synced: Indexer) -> Iterator[Indexer]:
    """The command over a database of a real server, synced."""
    with PostgresServer() as server:
        indexer = synced.with_env(INDEXER_DATABASE__URL=server.new_database())
        ran = indexer.run("sync", "--once")
        assert ran.code == 0, ran.err
        yield indexer


@pytest.mark.parametrize(
    "command",
    [
        ("at-risk", "--projections"),
        ("accounts",),
        ("markets",),
        ("prices",),
        ("at-risk", "--block", "100"),
        ("accounts", "--block", "220"),
        ("chains",),
        ("chains", "--block", "220"),
        ("contagion", "--shock", "ETH=-20%"),
    ],
    ids=" ".join,
)
def test_both_databases_answer_the_same(synced: Indexer, over_postgres: Indexer, command: tuple[str, ...]) -> None:
    answers = [indexer.run(*command, "--format", "json").answer for indexer in (synced, over_postgres)]
    for answer in answers:
        del answer["head_observed_at"], answer["lag_seconds"]  # when each was synced and asked
        for row in answer.get("accounts", ()):
            del row["verified_block"]  # who ran `verify` before
    assert answers[0] == answers[1]


@pytest.mark.parametrize("block", ["latest", "220"])
def test_snapshots_of_both_databases_have_the_same_content(
    synced: Indexer, over_postgres: Indexer, tmp_path: Path, block: str
) -> None:
    answers = []
    for name, indexer in (("sqlite", synced), ("postgresql", over_postgres)):
        ran = indexer.run("snapshot", "--out", str(tmp_path / name), "--block", block)
        assert ran.code == 0, ran.err
        answers.append(ran.answer["snapshot"])
    assert answers[0] == answers[1]
    assert min(row["rows"] for row in answers[0] if row["table"] not in ("chains", "deployments")) > 5


def test_every_integer_is_the_contracts_own(over_postgres: Indexer) -> None:
    ran = over_postgres.run("verify", "--all", "--format", "json")
    assert ran.code == 0, ran.err
    assert (ran.answer["mismatches"], ran.answer["fields_compared"] > 4_000) == ([], True)


def test_doctor_finds_nothing_wrong_and_tells_no_password(over_postgres: Indexer) -> None:
    ran = over_postgres.run("doctor", "--format", "json")
    assert ran.code == 0, ran.out
    assert PASSWORD not in ran.out + ran.err
    assert any(check["check"] == "database" and "postgresql://" in check["found"] for check in ran.answer["checks"])

"""What users get wrong: one clear line, exit 2."""

import sqlite3
from pathlib import Path

import pytest

from scripts.devnet import Devnet
from tests.e2e.command import Indexer

pytestmark = pytest.mark.node

NOBODY = "0x00000000000000000000000000000000000000aa"


def configured(devnet: Devnet, folder: Path, old: str = "", new: str = "") -> Indexer:
    """A configuration of its own, with one text replaced."""
    text = devnet.config_toml(f"sqlite:///{folder}/own.db")
    assert old in text
    path = folder / "own.toml"
    path.write_text(text.replace(old, new, 1) if old else text)
    return Indexer(path, {})


@pytest.mark.parametrize("command", [("sync", "--once"), ("sync",), ("run",), ("verify", "--all")])
def test_an_unreachable_node(synced: Indexer, tmp_path: Path, command: tuple[str, ...]) -> None:
    alone = synced.without_node()
    ran = (alone if command[0] == "verify" else alone.on(tmp_path / "new.db")).run(*command)
    assert ran.code == 2
    assert "http://127.0.0.1:9 does not answer" in ran.error


def test_a_node_of_another_chain(own: Indexer, own_database: Path) -> None:
    with sqlite3.connect(own_database) as connection:
        connection.execute("UPDATE chain SET chain_id = 1")
    connection.close()
    for command in (("sync", "--once"), ("at-risk",), ("run",)):
        ran = own.run(*command)
        assert ran.code == 2
        assert "one database is one chain" in ran.error
    examined = own.run("doctor", "--format", "json")
    assert examined.code == 1
    assert any(row["check"] == "chain" and row["status"] == "fail" for row in examined.answer["checks"])


def test_a_database_of_a_newer_schema(own: Indexer, own_database: Path) -> None:
    with sqlite3.connect(own_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in (("sync", "--once"), ("at-risk",)):
        ran = own.run(*command)
        assert ran.code == 2
        assert "install a newer version" in ran.error


def test_a_database_that_is_none(own: Indexer, own_database: Path) -> None:
    for file in own_database.parent.glob("indexer.db*"):
        file.unlink()
    missing = own.run("at-risk")
    assert (missing.code, "run `indexer sync` first" in missing.error) == (2, True)
    own_database.write_text("these are my notes, and they are long enough to be no empty file" * 100)
    ran = own.run("at-risk")
    assert (ran.code, "is not a database" in ran.error) == (2, True)


def test_an_entry_without_code(devnet: Devnet, tmp_path: Path) -> None:
    entry = devnet.manifest.deployments[0].entry
    command = configured(devnet, tmp_path, entry, NOBODY)
    for words in (("sync", "--once"), ("run",)):
        ran = command.run(*words)
        assert ran.code == 2
        assert f"entry {NOBODY}: there is no contract" in ran.error
    examined = command.run("doctor", "--format", "json")
    assert examined.code == 1
    assert any("there is no contract" in row["found"] for row in examined.answer["checks"] if row["status"] == "fail")


def test_an_entry_that_is_another_contract(devnet: Devnet, tmp_path: Path) -> None:
    deployment = devnet.manifest.deployments[0]
    ran = configured(devnet, tmp_path, deployment.entry, deployment.pool).run("sync", "--once")
    assert ran.code == 2
    assert "not an Aave V3 PoolAddressesProvider" in ran.error


def test_a_feed_that_is_no_feed(devnet: Devnet, tmp_path: Path) -> None:
    feed, token = devnet.manifest.feeds[0], devnet.manifest.tokens[0]
    for wrong, why in ((NOBODY, "there is no contract"), (token.address, "it is no price feed")):
        command = configured(devnet, tmp_path, f'proxy = "{feed.proxy}"', f'proxy = "{wrong}"')
        ran = command.run("sync", "--once")
        assert ran.code == 2
        assert feed.name in ran.error
        assert why in ran.error
    assert command.run("doctor").code == 1


def test_nothing_to_follow(devnet: Devnet, tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text(f'[node]\nurl = "{devnet.url}"\n[database]\nurl = "sqlite:///{tmp_path}/bare.db"\n')
    ran = Indexer(path, {}).run_alone("sync", "--once")
    assert ran.code == 2
    assert "none is built in for chain 31337" in ran.error
    assert not (tmp_path / "bare.db").exists()


def test_a_past_without_an_archive_node(synced: Indexer, devnet: Devnet) -> None:
    early = str(devnet.block_number - 101)
    ran = synced.without_node().run("at-risk", "--block", early)
    assert ran.code == 2
    assert early in ran.error


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("account", "0x12"), "not an address"),
        (("account", NOBODY), "has no position"),
        (("at-risk", "--block", "99999999"), "is not indexed"),
        (("at-risk", "--deployment", "aave_v9"), "there are: aave_v3_legacy"),
        (("at-risk", "--at-timestamp", "1"), "lies before block"),
        (("at-risk", "--within-drop", "120%"), "no price fall"),
        (("at-risk", "--format", "xml"), "xml"),
    ],
)
def test_a_question_that_makes_no_sense(synced: Indexer, words: tuple[str, ...], says: str) -> None:
    ran = synced.run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.error

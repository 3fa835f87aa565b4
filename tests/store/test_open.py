"""Opening: what goes wrong is one line that says what to do."""

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from indexer.book.change import Change
from indexer.store import Store, open_database
from indexer.store.migrate import SCHEMA_VERSION
from tests.store.made import BORROWER, commit, ref, refused, state


@pytest.fixture
def permissions_bind(tmp_path: Path) -> None:
    """Skip where this user may write everywhere (root, unless it gave that capability away)."""
    probe = tmp_path / "probe"
    probe.touch(mode=0o400)
    if os.access(probe, os.W_OK):
        pytest.skip("this user may write everywhere")


def test_reopening_finds_everything(database_url: str) -> None:
    with open_database(database_url) as store:
        store.bind_chain(1)
        commit(store, 1, Change(BORROWER, "debt", None, 5))
    with open_database(database_url, create=False) as store:
        assert (store.chain_id, store.cursor()) == (1, ref(1))
        commit(store, 2, Change(BORROWER, "debt", 5, 6))
    with open_database(database_url, read_only=True) as store:
        assert state(store) == {(BORROWER, "debt"): 6}
        assert store.integrity() == []
        assert store.size_bytes() > 0


def test_a_missing_database_is_not_made_for_a_reader(database_url: str) -> None:
    with refused("run `indexer sync` first"):
        Store.open(database_url, read_only=True)
    with refused("run `indexer sync` first"):
        Store.open(database_url, create=False)
    with Store.open(database_url) as store:
        assert store.chain_id is None


def test_a_reader_writes_nothing(store: Store, database_url: str) -> None:
    commit(store, 1)
    with Store.open(database_url, read_only=True) as reader:
        for write in (
            lambda: commit(reader, 2),
            lambda: reader.undo_to(1),
            lambda: reader.save_job_started("verify", 1),
            lambda: reader.prune_block_hashes(1),
        ):
            with refused("opened read-only"):
                write()
    assert store.cursor() == ref(1)


def test_locked_for_too_long(database_url: str) -> None:
    Store.open(database_url).close()
    with Store.open(database_url, wait_s=0.1) as store, Store.open(database_url) as other:
        with other.transaction(), refused("was locked by another process for 0.1 s: stop the other writer"):
            store.bind_chain(1)
        store.bind_chain(1)


def test_a_newer_schema_names_both_versions(database_url: str) -> None:
    with Store.open(database_url) as store, store._writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for read_only in (False, True):
        with refused(f"schema 9999, this program knows schemas up to {SCHEMA_VERSION}"):
            Store.open(database_url, read_only=read_only)


def test_another_programs_database(database_url: str) -> None:
    with Store.open(database_url) as store, store._writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    for read_only in (False, True):
        with refused("another program's database"):
            Store.open(database_url, read_only=read_only)


@pytest.mark.parametrize(
    "url", ["indexer.db", "", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "sqlite:///a.db?mode=ro"]
)
def test_urls_that_cannot_be(url: str) -> None:
    with refused("sqlite:///indexer.db"):
        Store.open(url)


class TestSqlite:
    """What only files can do wrong."""

    def test_missing_folder(self, tmp_path: Path) -> None:
        with refused(r"the folder .*nowhere does not exist: create it"):
            Store.open(f"sqlite:///{tmp_path}/nowhere/indexer.db")

    def test_a_folder_in_the_place_of_the_file(self, tmp_path: Path) -> None:
        with refused("is not a file"):
            Store.open(f"sqlite:///{tmp_path}")

    def test_a_name_with_every_character(self, tmp_path: Path) -> None:
        folder = tmp_path / "100% of #1 & é"
        folder.mkdir()
        with Store.open(f"sqlite:///{folder}/indexer.db") as store:
            store.bind_chain(1)
        assert [path.name for path in folder.iterdir()] == ["indexer.db"]

    @pytest.mark.parametrize("read_only", [False, True])
    def test_not_a_database(self, tmp_path: Path, read_only: bool) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("not a database\n" * 100)
        with refused("notes.txt is not a database: move it away"):
            Store.open(f"sqlite:///{path}", read_only=read_only)
        assert path.read_text() == "not a database\n" * 100

    def test_an_empty_file_becomes_a_database(self, tmp_path: Path) -> None:
        path = tmp_path / "indexer.db"
        path.touch()
        with refused("run `indexer sync`"):
            Store.open(f"sqlite:///{path}", read_only=True)
        with Store.open(f"sqlite:///{path}") as store:
            store.bind_chain(1)

    def test_disk_full_keeps_what_was_there(self, tmp_path: Path) -> None:
        with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store:
            store.bind_chain(1)
            self._fill_the_disk(store)

    def _fill_the_disk(self, store: Store) -> None:
        commit(store, 1, Change(BORROWER, "debt", None, 1))
        with store._writing() as connection:
            pages = connection.scalar(text("PRAGMA page_count"))
        store._engine.dispose()
        real = store._backend._connect  # type: ignore[attr-defined]

        def small() -> sqlite3.Connection:
            connection: sqlite3.Connection = real()
            connection.execute(f"PRAGMA max_page_count = {pages + 2}")
            return connection

        store._engine.pool._creator = small  # type: ignore[assignment]
        many = [Change(BORROWER._replace(account=str(n)), "debt", None, n) for n in range(10_000)]
        with refused("no space left"):
            commit(store, 2, *many)
        assert (store.cursor(), state(store)) == (ref(1), {(BORROWER, "debt"): 1})
        store._engine.dispose()
        store._engine.pool._creator = real
        commit(store, 2, *many)
        assert store.cursor() == ref(2)

    def test_a_damaged_file_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "indexer.db"
        with Store.open(f"sqlite:///{path}") as store:
            store.bind_chain(1)
            changes = [Change(BORROWER._replace(account=str(n)), "debt", None, n) for n in range(5_000)]
            commit(store, 1, *changes)
        content = bytearray(path.read_bytes())
        content[100_000:-8_192] = b"\xa5" * (len(content) - 108_192)
        path.write_bytes(content)
        with Store.open(f"sqlite:///{path}", read_only=True) as store:
            with refused(r"is damaged \(.*\): restore a copy"):
                state(store)
            assert "is damaged" in store.integrity()[0]

    @pytest.mark.usefixtures("permissions_bind")
    def test_a_read_only_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "sealed"
        folder.mkdir(mode=0o500)
        with refused("make its folder .*sealed readable and writable"):
            Store.open(f"sqlite:///{folder}/indexer.db")

    @pytest.mark.usefixtures("permissions_bind")
    def test_a_read_only_file(self, tmp_path: Path) -> None:
        path = tmp_path / "indexer.db"
        Store.open(f"sqlite:///{path}").close()
        path.chmod(0o400)
        with refused("is read-only for this user"):
            Store.open(f"sqlite:///{path}")
        with Store.open(f"sqlite:///{path}", read_only=True) as store:
            assert store.cursor() is None

    @pytest.mark.usefixtures("permissions_bind")
    def test_an_unreadable_file(self, tmp_path: Path) -> None:
        path = tmp_path / "indexer.db"
        Store.open(f"sqlite:///{path}").close()
        path.chmod(0o000)
        with refused("is read-only for this user"):
            Store.open(f"sqlite:///{path}")
        with refused("cannot open .*indexer.db"):
            Store.open(f"sqlite:///{path}", read_only=True)

    @pytest.mark.usefixtures("permissions_bind")
    def test_a_reader_in_a_sealed_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "sealed"
        folder.mkdir()
        Store.open(f"sqlite:///{folder}/indexer.db").close()
        folder.chmod(0o500)
        with refused("or its folder is read-only for this user: make both writable"):
            Store.open(f"sqlite:///{folder}/indexer.db", read_only=True)

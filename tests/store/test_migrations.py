import re
import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from indexer.book.change import Change
from indexer.errors import DatabaseError
from indexer.resources import folder
from indexer.store import Store, migrate
from indexer.store.revisions import config_of, known_versions
from indexer.store.tables import METADATA
from tests.store.made import BORROWER, SUPPLIER, commit, state

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

def upgrade():
    op.add_column("token", sa.Column("colour", sa.Text))
"""


def test_the_migrations_make_the_tables_of_the_models(store: Store) -> None:
    def compared(made: object, _name: str, kind: str, *_: object) -> bool:
        # tables.py says why the two large tables have foreign keys on SQLite alone
        large = kind == "foreign_key_constraint" and made.parent.name in {"state", "change"}  # type: ignore[attr-defined]
        return dialect == "sqlite" or not large

    with store._reading() as connection:
        dialect = connection.dialect.name
        opts = {"compare_type": True, "compare_server_default": True, "include_object": compared}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, METADATA) == []


def test_a_view_of_the_analyst_stays(database_url: str, next_version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(database_url) as store, store._writing() as connection:
        connection.execute(text("CREATE VIEW mine AS SELECT number FROM block"))
    with monkeypatch.context() as newer:
        newer.setattr(migrate, "SCHEMA_VERSION", "0005")
        newer.setattr(migrate, "folder", lambda _: next_version)
        with Store.open(database_url) as store, store._reading() as connection:
            assert connection.execute(text("SELECT * FROM mine")).all() == []


def test_the_program_knows_the_newest_migration() -> None:
    scripts = ScriptDirectory.from_config(config_of(folder("db")))
    assert scripts.get_current_head() == migrate.SCHEMA_VERSION
    assert known_versions(folder("db")) == {script.revision for script in scripts.walk_revisions()}


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """A copy of `db/` with one more migration and one more view."""
    copy = tmp_path / "100% next" / "db"
    shutil.copytree(folder("db"), copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "migrations" / "versions" / "0005_next.py").write_text(NEXT)
    (copy / "views" / "v_colour.sql").write_text("CREATE VIEW v_colour AS SELECT colour FROM token")
    return copy


def test_an_older_database_is_brought_forward(
    database_url: str, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(database_url) as store:
        store.bind_chain(1)
        commit(store, 1, Change(BORROWER, "debt", None, 5))
    with monkeypatch.context() as newer:
        newer.setattr(migrate, "SCHEMA_VERSION", "0005")
        newer.setattr(migrate, "folder", lambda _: next_version)
        with pytest.raises(DatabaseError, match="older version: run `indexer sync`"):
            Store.open(database_url, read_only=True)
        with Store.open(database_url) as store:
            assert state(store) == {(BORROWER, "debt"): 5}
            with store._reading() as connection:
                assert connection.execute(text("SELECT colour FROM v_colour")).all() == []
                assert connection.execute(text("SELECT count(*) FROM v_position_hex")).scalar() == 1
    with pytest.raises(DatabaseError, match="has schema 0005, this program knows schemas up to 0004"):
        Store.open(database_url)


def test_a_failing_migration_leaves_the_old_schema(
    database_url: str, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(database_url).close()
    (next_version / "views" / "v_colour.sql").write_text("CREATE VIEW v_colour AS nonsense")
    with monkeypatch.context() as newer:
        newer.setattr(migrate, "SCHEMA_VERSION", "0005")
        newer.setattr(migrate, "folder", lambda _: next_version)
        with pytest.raises(Exception, match="nonsense"):
            Store.open(database_url)
    with Store.open(database_url) as store:
        store.bind_chain(1)
        assert store.tokens() == {}


def test_views_for_analysts(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 2**256 - 1), Change(SUPPLIER, "balance", None, -1))
    commit(store, 2, Change(BORROWER, "debt", 2**256 - 1, None))
    with store._reading() as connection:
        positions = connection.execute(text("SELECT * FROM v_position_hex")).all()
        changes = connection.execute(text("SELECT field, old_hex, new_hex FROM v_change_hex ORDER BY id")).all()
    assert positions == [(*SUPPLIER, "balance", "FF" * 33, 1)]
    assert changes == [("debt", None, "FF" * 32), ("balance", None, "FF" * 33), ("debt", "FF" * 32, None)]


def test_schema_md_names_every_table_column_and_view() -> None:
    page = (folder("db") / "schema.md").read_text(encoding="utf-8")
    for table in METADATA.sorted_tables:
        section = re.search(rf"^### `{table.name}`$(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL)
        assert section, f"db/schema.md lacks the table {table.name}"
        for column in table.columns:
            assert f"| `{column.name}` |" in section[1], f"db/schema.md lacks {table.name}.{column.name}"
    for view in (folder("db") / "views").glob("*.sql"):
        assert f"`{view.stem}`" in page

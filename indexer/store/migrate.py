"""The schema's version: a database is brought forward, never guessed at, and never taken back.

Migrations are Alembic's, in `db/migrations/versions`; views are the files of `db/views`, made anew with every
migration (so a changed view comes with a migration, if only an empty one).
"""

from collections.abc import Collection
from importlib import import_module
from types import ModuleType

from sqlalchemy import Connection, inspect, text

from indexer.errors import DatabaseError
from indexer.resources import folder
from indexer.store.backend import Backend

SCHEMA_VERSION = "0004"
"""The newest migration: what this program reads and writes. A test holds it equal to the folder's."""


def schema_version(connection: Connection, name: str) -> str | None:
    """Read the database's version; None when it is empty. Raises DatabaseError for a stranger's database."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if version is not None:
            return str(version)
    if tables:
        raise DatabaseError(f"{name} is another program's database: choose another [database] url")
    return None


def check_schema(connection: Connection, name: str) -> bool:
    """Return whether the database is of this program's version; False when it is older or empty.

    Raises DatabaseError when it is newer than this program, or not ours.
    """
    version = schema_version(connection, name)
    if version == SCHEMA_VERSION:
        return True
    if version is None:
        return False
    if version not in _alembic().known_versions(folder("db")):
        raise DatabaseError(
            f"{name} has schema {version}, this program knows schemas up to {SCHEMA_VERSION}: "
            "install a newer version of the program"
        )
    return False


def migrate(connection: Connection, backend: Backend) -> None:
    """Bring the database forward inside the caller's write transaction. Raises DatabaseError."""
    if check_schema(connection, backend.name):
        return  # another process was first
    views = sorted((folder("db") / "views").glob("*.sql"))
    _drop_views(connection, {path.stem for path in views})
    _alembic().upgrade(connection, folder("db"), SCHEMA_VERSION)
    for path in views:
        connection.exec_driver_sql(backend.view(path.read_text(encoding="utf-8")))


def _drop_views(connection: Connection, ours: Collection[str]) -> None:
    # Only ours: others are the analyst's. A view we give up is dropped by the migration that gives it up.
    for view in inspect(connection).get_view_names():
        if view in ours:
            connection.execute(text(f"DROP VIEW {view}"))


def _alembic() -> ModuleType:
    """What asks Alembic, by its name: a tenth of a second to load, and a current database never needs it."""
    return import_module("indexer.store.revisions")

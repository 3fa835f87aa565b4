"""The migrations of `db/migrations/versions`, by Alembic."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_ALEMBIC = threading.Lock()  # its context is one per process


def upgrade(connection: Connection, db: Path, version: str) -> None:
    """Run the migrations of the folder `db` up to `version` inside the caller's transaction."""
    config = config_of(db)
    config.attributes["connection"] = connection
    with _ALEMBIC:
        command.upgrade(config, version)


def known_versions(db: Path) -> set[str]:
    """Every migration's version."""
    return {script.revision for script in ScriptDirectory.from_config(config_of(db)).walk_revisions()}


def config_of(db: Path) -> Config:
    """Alembic's configuration for the folder `db`."""
    config = Config()
    location = str(db / "migrations").replace("%", "%%")  # the Config interpolates
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    return config

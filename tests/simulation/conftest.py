"""Databases for the simulation: SQLite copied from an empty one, PostgreSQL as the store's tests have it."""

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from indexer.store import Store
from tests.store.conftest import new_postgres_url, postgres

EXHAUSTIVE = bool(os.environ.get("INDEXER_TEST_EXHAUSTIVE"))
"""Whether `scripts/test --exhaustive` runs: more seeds, more kills, more blocks."""

__all__ = ["EXHAUSTIVE", "new_postgres_url", "new_url", "postgres", "template"]

NewUrl = Callable[[], str]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database whose tables are made."""
    path = tmp_path_factory.mktemp("template") / "indexer.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> NewUrl:
    """The URL of an empty database, a new one at each call."""
    if request.param == "postgresql":
        new: NewUrl = request.getfixturevalue("new_postgres_url")
        return new
    numbers = count()

    def copy() -> str:
        path = tmp_path / f"indexer-{next(numbers)}.db"
        shutil.copy(template, path)
        return f"sqlite:///{path}"

    return copy

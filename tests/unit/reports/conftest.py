"""Databases for reports."""

from pathlib import Path

import pytest

from tests.unit.reports.stored import changes_of, write_store


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The small database, prices at rest."""
    return write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())

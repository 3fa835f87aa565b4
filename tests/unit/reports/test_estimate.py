from pathlib import Path

import pytest

from indexer.book import Change
from indexer.reports import estimate
from indexer.store import Store
from tests.store.made import BORROWER, commit


def test_disk_is_measured_in_the_database_once_it_holds_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/indexer.db"
    assert estimate._disk_per_million_changes(url) == (270_000_000, "measured elsewhere, on sqlite")
    with Store.open(url) as store:
        store.bind_chain(1)
        commit(store, 1, *(Change(BORROWER._replace(account=str(n)), "debt", None, n) for n in range(50)))
    assert estimate._disk_per_million_changes(url) == (270_000_000, "measured elsewhere, on sqlite")
    with Store.open(url, read_only=True) as reader:
        size = reader.size_bytes()
    monkeypatch.setattr(estimate, "_ENOUGH_CHANGES", 50)
    assert estimate._disk_per_million_changes(url) == (size * 1_000_000 // 50, "measured in this database")


def test_postgresql_takes_more() -> None:
    unreachable = "postgresql://indexer@127.0.0.1:9/nothing"
    assert estimate._disk_per_million_changes(unreachable) == (355_000_000, "measured elsewhere, on postgresql")

"""Every test of the store runs on every database: PostgreSQL joins by adding a parameter."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from indexer.store import Store
from tests.store.made import NewUrl


@pytest.fixture(params=["sqlite"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """Give the URL of a database that does not exist yet, a new one at each call."""
    assert request.param == "sqlite"
    numbers = count()
    return lambda: f"sqlite:///{tmp_path}/indexer-{next(numbers)}.db"


@pytest.fixture
def database_url(new_url: NewUrl) -> str:
    return new_url()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A new store of chain 1 that checks every change's `old`."""
    with Store.open(database_url) as opened:
        opened.bind_chain(1)
        opened.checked = True
        yield opened

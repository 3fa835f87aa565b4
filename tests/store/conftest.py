"""Every test of the store runs on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from indexer.store import Store
from tests.postgres_server import GivenServer, NoServerError, PostgresServer
from tests.store.made import NewUrl


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer | GivenServer]:
    """A PostgreSQL server, one for each worker; the one of INDEXER_TEST_POSTGRES_URL where that is set."""
    try:
        given = os.environ.get("INDEXER_TEST_POSTGRES_URL")
        server = GivenServer(given) if given else PostgresServer()
    except NoServerError as error:
        pytest.fail(str(error), pytrace=False)
    yield server
    server.close()


@pytest.fixture
def new_postgres_url(postgres: PostgresServer | GivenServer) -> Iterator[NewUrl]:
    """Give the URL of an empty database of the server, a new one at each call."""
    urls: list[str] = []

    def new() -> str:
        urls.append(postgres.new_database())
        return urls[-1]

    yield new
    for url in urls:
        postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """Give the URL of a database that holds nothing yet, a new one at each call."""
    if request.param == "postgresql":
        new: NewUrl = request.getfixturevalue("new_postgres_url")
        return new
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

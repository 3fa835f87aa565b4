"""Every test of the store runs on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from indexer.store import Store
from tests.postgres_server import GivenServer, NoServerError, PostgresServer
from tests.store.made import NewUrl

GIVEN = "INDEXER_TEST_POSTGRES_URL"


def own_server(*, durable: bool = False) -> PostgresServer:
    """Start a server of our own. A test does not go by unrun in silence: without one it fails."""
    try:
        return PostgresServer(durable=durable)
    except NoServerError as error:
        if os.environ.get(GIVEN):
            pytest.skip(f"breaks its server, so it needs one of its own: {error}")
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer | GivenServer]:
    """A PostgreSQL server, one for each worker; somebody's where INDEXER_TEST_POSTGRES_URL is set."""
    given = os.environ.get(GIVEN)
    server = GivenServer(given) if given else own_server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def breakable() -> Iterator[PostgresServer]:
    """A server of our own, for making roles, stopping it and throwing people out."""
    with own_server() as server:
        yield server


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    """A server that runs as in earnest, to be killed."""
    with own_server(durable=True) as server:
        yield server


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

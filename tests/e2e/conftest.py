"""One devnet, one synced database for all; tests that write copy the file."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.devnet import Devnet
from tests.conftest import SEED
from tests.e2e.command import Indexer, Ran

Given = Callable[..., Ran]
CHECKED = ("json", "table")
"""The formats in which checks are run here; the others are the same code as of every other command."""


@pytest.fixture(scope="session")
def devnet() -> Iterator[Devnet]:
    """The two Aave V3 markets at the end of their story, on a node that no other test wears out."""
    with Devnet.start(seed=SEED, protocols=()) as running:
        running.live_all()
        yield running


@pytest.fixture(scope="session")
def config(devnet: Devnet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The devnet's configuration, over a database that is not there yet."""
    folder = tmp_path_factory.mktemp("e2e")
    path = folder / "indexer.toml"
    path.write_text(devnet.config_toml(f"sqlite:///{folder}/indexer.db"))
    return path


@pytest.fixture(scope="session")
def first_sync(config: Path) -> Ran:
    """What `sync --once` into a new database left behind."""
    return Indexer(config, {}).run_alone("sync", "--once")


@pytest.fixture(scope="session")
def synced(config: Path, first_sync: Ran) -> Indexer:
    """The command over the synced database, for tests that only read."""
    assert first_sync.code == 0, first_sync.err
    return Indexer(config, {})


@pytest.fixture(scope="session")
def database(synced: Indexer) -> Path:
    """The synced database's file."""
    return synced.config.parent / "indexer.db"


@pytest.fixture
def own(synced: Indexer, database: Path, tmp_path: Path) -> Indexer:
    """The command over a copy of the database, for tests that write."""
    return synced.on(copied(database, tmp_path))


@pytest.fixture
def own_database(own: Indexer) -> Path:
    """The copy's file."""
    return Path(own.environment["INDEXER_DATABASE__URL"].removeprefix("sqlite:///"))


def copied(database: Path, folder: Path) -> Path:
    """A copy of a database that nobody writes to, its write-ahead log included."""
    for file in database.parent.glob(f"{database.name}*"):
        shutil.copy(file, folder / file.name)
    return folder / database.name


@pytest.fixture(scope="session")
def given(synced: Indexer) -> Given:
    """What a reading command said: each is run once, when first asked for, the JSON ones as a shell runs them."""
    kept: dict[tuple[str, ...], Ran] = {}

    def give(*arguments: str) -> Ran:
        if arguments not in kept:
            run = synced.run_alone if arguments[-2:] == ("--format", "json") else synced.run
            kept[arguments] = run(*arguments)
        return kept[arguments]

    return give


@pytest.fixture(scope="session")
def borrower(given: Given) -> str:
    """The account the watch list begins with."""
    account: str = given("at-risk", "--format", "json").answer["accounts"][0]["account"]
    return account

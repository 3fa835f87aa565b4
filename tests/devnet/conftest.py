"""Indexers on the devnet, each with a database of its own."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from scripts.devnet import Devnet
from scripts.devnet.plan import LEGACY, MAIN
from tests.devnet.indexing import Indexer, indexer
from tests.devnet.liquidator import enrich
from tests.devnet.stage import Stage

NewUrl = Callable[[], str]
Figure = Callable[[str, object], None]


@pytest.fixture
def new_url(tmp_path: Path) -> NewUrl:
    """The URL of a database that does not exist yet, a new one at each call."""
    numbers = count()
    return lambda: f"sqlite:///{tmp_path}/indexer-{next(numbers)}.db"


@pytest.fixture(scope="session")
def tip_database(devnet: Devnet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database synced once, to the end of the story. To be copied or read, never written."""
    path = tmp_path_factory.mktemp("tip") / "indexer.db"
    with indexer(devnet, f"sqlite:///{path}", checked=True) as synced:
        assert synced.once().hash == devnet.tip_hash
    return path


@pytest.fixture
def at_tip(devnet: Devnet, tip_database: Path, tmp_path: Path) -> Iterator[Indexer]:
    """An indexer that stands at the end of the story."""
    copied = shutil.copy(tip_database, tmp_path / "at-tip.db")
    with indexer(devnet, f"sqlite:///{copied}") as synced:
        synced.once()
        yield synced


@pytest.fixture(params=[LEGACY, MAIN])
def stage(request: pytest.FixtureRequest, playground: Devnet, at_tip: Indexer) -> Stage:
    """Each market at the end of the story, with a rich liquidator, to be played with."""
    enrich(playground)
    found = Stage(playground, at_tip, request.param)
    found.mine()
    return found

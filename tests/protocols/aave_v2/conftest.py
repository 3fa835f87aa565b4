"""Aave V2 alone on a devnet: its story, an indexer that follows it, and a rich liquidator."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from indexer.evm import address
from indexer.protocols._interface import Deployment
from scripts.devnet import Devnet
from scripts.devnet.aave_v2_plan import NAME
from scripts.devnet.abi import address_of
from scripts.devnet.story.aave_v2 import V2Story
from tests.conftest import SEED
from tests.devnet.indexing import Indexer, indexer
from tests.devnet.liquidator import MAX, RICH, Liquidator
from tests.devnet.liquidator import NAME as LIQUIDATOR
from tests.devnet.witness import Witness

Figure = Callable[[str, object], None]


@dataclass
class Site:
    """The devnet with its Aave V2 market."""

    devnet: Devnet
    following: Indexer
    story: V2Story

    @property
    def witness(self) -> Witness:
        return Witness(self.devnet, self.story.deployment)

    @property
    def liquidator(self) -> Liquidator:
        return Liquidator(self.devnet, self.story.deployment)

    @property
    def deployment(self) -> Deployment:
        return self.following.deployment(NAME)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is mined inside is taken back."""
        before = self.devnet.snapshot()
        yield
        self.devnet.revert(before)
        self.following.once()

    def mine(self, seconds: int = 12) -> None:
        """Mine what is queued, and follow."""
        self.devnet.mine(seconds)
        self.following.once()


def enrich(story: V2Story) -> None:
    """Queue more of every token than there is debt, approved for the pool."""
    who, pool = address_of(LIQUIDATOR), story.deployment.pool
    for token in story.tokens.values():
        story.chain.send(who, token, "mint(address,uint256)", [who, RICH])
        story.chain.send(who, token, "approve(address,uint256)", [pool, MAX])


def living(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Site]:
    """A devnet whose V2 market is deployed and not used yet."""
    path = tmp_path_factory.mktemp(name) / "indexer.db"
    with Devnet.start(seed=SEED, protocols=(NAME,), common=False) as devnet:
        devnet.live(3)
        joined, story = devnet.manifest.joined[0], devnet.extensions[0]
        assert isinstance(story, V2Story)
        deployment = Deployment(joined.name, joined.protocol, address(joined.entry), joined.first_block)
        with indexer(devnet, f"sqlite:///{path}", deployments=(deployment,), checked=True) as following:
            yield Site(devnet, following, story)


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The story from its beginning."""
    yield from living(tmp_path_factory, "beginning")


@pytest.fixture(scope="package")
def tip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The story's end, synced. A test that mines does it inside `undone`."""
    for site in living(tmp_path_factory, "tip"):
        site.devnet.live_all()
        enrich(site.story)
        site.mine()
        yield site

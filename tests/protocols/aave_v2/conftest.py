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
_DEPLOYED = 2
"""Beats until the pool is there."""


@dataclass
class Site:
    """The devnet with its Aave V2 market."""

    devnet: Devnet
    following: Indexer
    story: V2Story
    lived: int

    @property
    def witness(self) -> Witness:
        return Witness(self.devnet, self.story.deployment)

    @property
    def liquidator(self) -> Liquidator:
        return Liquidator(self.devnet, self.story.deployment)

    @property
    def deployment(self) -> Deployment:
        return self.following.deployment(NAME)

    def rows_of(self, account: str) -> list[dict[str, int]]:
        """Every position of an account in our book."""
        rows, fields = self.following.sync.book[NAME], ("debt", "stable", "left_borrowing", "collateral")
        return [
            {"id": rows.markets[market]["id"], **{field: rows.position_value(row, field) for field in fields}}
            for market, row in rows.positions_of(account)
        ]

    def flags_of_book(self) -> dict[str, int]:
        """The two bits of every reserve, as `getUserConfiguration` packs them."""
        return {
            account: sum(
                (any((row["debt"], row["stable"], row["left_borrowing"])) | row["collateral"] << 1) << 2 * row["id"]
                for row in self.rows_of(account)
            )
            for account in self.following.sync.book[NAME].accounts
        }

    def flags_of_contract(self) -> dict[str, int]:
        """The same from the pool."""
        accounts, pool = self.following.sync.book[NAME].accounts, self.story.deployment.pool
        calls = [(pool, "getUserConfiguration(address)", [account], "uint256") for account in accounts]
        return dict(zip(accounts, self.devnet.chain.calls(calls, self.following.cursor.number), strict=True))

    def live_to(self, lived: int) -> None:
        """Live until so many beats of the story are told; only forwards."""
        wanted = min(lived, self.devnet.story_blocks)
        self.devnet.live(wanted - self.lived)
        self.lived = wanted

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is mined inside is replaced by one other block: a node that only went back would seem to lag."""
        before = self.devnet.snapshot()
        yield
        self.devnet.revert(before)
        self.mine(13)

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
        devnet.live(_DEPLOYED)
        joined, story = devnet.manifest.joined[0], devnet.extensions[0]
        assert isinstance(story, V2Story)
        deployment = Deployment(joined.name, joined.protocol, address(joined.entry), joined.first_block)
        with indexer(devnet, f"sqlite:///{path}", deployments=(deployment,), checked=True) as following:
            yield Site(devnet, following, story, _DEPLOYED)


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The story from its beginning."""
    yield from living(tmp_path_factory, "beginning")


@pytest.fixture(scope="package")
def tip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The story's end, synced. A test that mines does it inside `undone`."""
    for site in living(tmp_path_factory, "tip"):
        site.live_to(site.devnet.story_blocks)
        enrich(site.story)
        site.mine()
        yield site

"""Venus isolated pools on the devnet: two that join after the common story, with users of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.devnet.abi import address_of
from scripts.devnet.manifest import JoinedDeployment
from scripts.devnet.story.venus import ordinary_block, venus_story
from scripts.devnet.story.world import Beat, Chapter, World
from scripts.devnet.venus_deploy import VenusDeployer, load_artifacts
from scripts.devnet.venus_plan import ACCOUNTS, BLOCKS, PROTOCOL, TIMED
from scripts.devnet.venus_pool import VenusPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.devnet.venus_deploy import VenusSite


def prepare(report: Callable[[str], None]) -> None:
    """Fetch the artifacts."""
    load_artifacts(report)


def join(world: World) -> VenusExtension:
    """The pools of that devnet."""
    return VenusExtension(world)


class VenusExtension:
    """The pools, their users and their story."""

    def __init__(self, world: World) -> None:
        ground = world.site.ground
        feeds = {name: feed.proxy for name, feed in world.feeds.feeds.items()}
        self._deployer = VenusDeployer(world.chain, dict(ground.tokens), feeds)
        tokens = {plan.symbol: ground.tokens[plan.symbol] for plan in BLOCKS.markets}
        self.pool = VenusPool(world.chain, self._deployer.sites[BLOCKS.name], tokens)
        self.timed = VenusPool(world.chain, self._deployer.sites[TIMED.name], tokens)
        self.users = tuple(address_of(f"devnet {world.seed} venus account {n}") for n in range(ACCOUNTS))
        self._first_block = 0

    def chapters(self) -> tuple[Chapter, ...]:
        """Deployment, then the users' story."""
        deployment = Chapter("Venus pools", (Beat(self._ground), Beat(self._deploy)))
        return (deployment, *venus_story(self.pool, self.timed, self.users))

    def _ground(self, world: World) -> None:
        # The oracle refuses an old price, and nobody may have moved LINK for weeks.
        world.feeds.move("LINK / USD", 5)
        self._deployer.ground()

    def _deploy(self, world: World) -> None:
        self._first_block = world.chain.block_number + 1
        self._deployer.pools()

    def life(self, world: World) -> None:
        """A few random users."""
        ordinary_block(self.pool, world, self.users)

    def deployments(self) -> tuple[JoinedDeployment, ...]:
        """The pools, once they are there."""
        if not self._first_block:
            return ()
        return tuple(self._deployment(name, site) for name, site in self._deployer.sites.items())

    def _deployment(self, name: str, site: VenusSite) -> JoinedDeployment:
        others = {
            "registry": site.registry,
            "oracle": site.oracle,
            "chainlink": site.chainlink,
            "access": site.access,
            "treasury": site.treasury,
            "shortfall": site.shortfall,
            "admin": site.admin,
        }
        contracts = others | {f"v{symbol}": market for symbol, market in site.markets.items()}
        return JoinedDeployment(name, PROTOCOL, site.comptroller, self._first_block, contracts)

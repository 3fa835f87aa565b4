"""Morpho Blue on the devnet: a singleton that joins after the common story, with users of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.devnet.abi import address_of
from scripts.devnet.chain import TRANSACTION_GAS
from scripts.devnet.manifest import JoinedDeployment
from scripts.devnet.morpho_deploy import PARAMS, ZERO, MorphoSite
from scripts.devnet.morpho_market import MorphoMarket
from scripts.devnet.morpho_plan import ACCOUNTS, MARKETS, NAME, PROTOCOL
from scripts.devnet.story.morpho import morpho_story, ordinary_block
from scripts.devnet.story.morpho_stage import MorphoStage
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from scripts.devnet.devnet import Devnet

# So many creations stay below the gas of one transaction.
_SPAM_A_TRANSACTION = 80


def join(world: World) -> MorphoExtension:
    """The singleton of that devnet."""
    return MorphoExtension(world)


class MorphoExtension:
    """The singleton, its users and their story."""

    def __init__(self, world: World) -> None:
        self.site = MorphoSite(world.site.ground)
        markets = tuple(MorphoMarket(world.chain, self.site, plan) for plan in MARKETS)
        users = tuple(address_of(f"devnet {world.seed} morpho account {n}") for n in range(ACCOUNTS))
        self.stage = MorphoStage(self.site, markets, users)
        self._first_block = 0

    def chapters(self) -> tuple[Chapter, ...]:
        """Deployment, then the users' story."""
        return (Chapter("Morpho Blue", (Beat(self._deploy),)), *morpho_story(self.stage))

    def _deploy(self, world: World) -> None:
        self._first_block = world.chain.block_number + 1
        self.site.deploy()

    def life(self, world: World) -> None:
        """A few random users."""
        ordinary_block(self.stage, world)

    def deployments(self) -> tuple[JoinedDeployment, ...]:
        """The singleton, once it is there."""
        if not self._first_block:
            return ()
        contracts = {"vault": self.site.vault, "spam": self.site.spam, "admin": self.site.admin}
        contracts |= {f"{name} irm": irm for name, irm in self.site.irms.items() if irm != ZERO}
        contracts |= {f"{name} oracle": oracle for name, oracle in self.site.oracles.items()}
        return (JoinedDeployment(NAME, PROTOCOL, self.site.morpho, self._first_block, contracts),)


def spam(devnet: Devnet, count: int, first: int = 0) -> int:
    """One block in which a stranger creates `count` markets without any use; returns its number."""
    (found,) = (one for one in devnet.manifest.joined if one.protocol == PROTOCOL)
    stranger = address_of("devnet morpho stranger")
    tokens = devnet.world.site.ground.tokens
    irm = found.contracts["variable irm"]
    for start in range(first, first + count, _SPAM_A_TRANSACTION):
        params = (tokens["USDC"], tokens["WETH"], ZERO, irm, 86 * 10**16)
        some = min(_SPAM_A_TRANSACTION, first + count - start)
        signature = f"create(address,{PARAMS},uint256,uint256)"
        args = [found.entry, params, start, some]
        devnet.chain.send(stranger, found.contracts["spam"], signature, args, gas=TRANSACTION_GAS)
    return devnet.mine()

"""Collateral chains on the devnet: users who post in one protocol what they borrowed, or were given, in another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.devnet.chains_deploy import ChainsSite
from scripts.devnet.chains_plan import (
    ACTORS,
    ATOMIC,
    ATOMIC_PART,
    ATOMIC_WRAPPED,
    CARRIED,
    CYCLE,
    LOOP,
    RECEIPT,
    STAKED,
    STATIC,
    STATIC_CHAIN,
    VAULT,
    WRAPPED,
)
from scripts.devnet.manifest import Relabel, Token
from scripts.devnet.morpho_plan import NAME as MORPHO
from scripts.devnet.plan import LEGACY, MAIN
from scripts.devnet.story.chains import chains_story, ordinary_block
from scripts.devnet.story.chains_stage import ChainsStage
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from scripts.devnet.devnet import Devnet
    from scripts.devnet.manifest import JoinedDeployment, Manifest

REQUIRES = (MORPHO,)


@dataclass(frozen=True)
class Edge:
    """What depends on what, in names: deployments and token symbols.

    `debt` None: a receipt edge, the collateral is a claim on `source`. `atomic`: raw units of `base` that one
    transaction borrowed and posted, None where no transaction proves anything; later life takes a little away.
    """

    source: str
    debt: str | None
    collateral: str
    destination: str
    base: str
    atomic: tuple[int, int] | None = None


@dataclass(frozen=True)
class Structure:
    """One owner and every edge that must be found for it; none: nothing may be found.

    `at_risk`: at the end of the story its health factor where the chain begins is between 1.00 and 1.05, and the
    position that hangs on it is far from its limit.
    """

    name: str
    owner: str
    edges: tuple[Edge, ...] = ()
    at_risk: bool = False


_STATIC_RECEIPT = Edge(MAIN, None, STATIC, MORPHO, "WETH")
_CARRIED = Edge(LEGACY, "WETH", "WETH", MAIN, "WETH")
_EDGES = {
    STATIC_CHAIN: (_STATIC_RECEIPT, Edge(MORPHO, "USDC", "USDC", LEGACY, "USDC")),
    LOOP: (Edge(MAIN, "WETH", WRAPPED, MAIN, "WETH"),),
    CYCLE: (Edge(LEGACY, "USDC", "USDC", MAIN, "USDC"), Edge(MAIN, "DAI", "DAI", LEGACY, "DAI")),
    VAULT: (Edge(LEGACY, "USDC", "USDC", MAIN, "USDC"),),
    ATOMIC: (replace(_CARRIED, atomic=CARRIED[ATOMIC]),),
    ATOMIC_WRAPPED: (
        _STATIC_RECEIPT,
        replace(_CARRIED, collateral=STATIC, destination=MORPHO, atomic=CARRIED[ATOMIC_WRAPPED]),
    ),
    ATOMIC_PART: (replace(_CARRIED, atomic=CARRIED[ATOMIC_PART]),),
    RECEIPT: (_STATIC_RECEIPT,),
}


def join(world: World) -> ChainsExtension:
    """The collateral chains of that devnet."""
    return ChainsExtension(world)


class ChainsExtension:
    """The structures, their owners and what they do."""

    def __init__(self, world: World) -> None:
        self.site = ChainsSite(world)
        self.stage = ChainsStage(self.site, world.seed)
        self._deployed = False

    def chapters(self) -> tuple[Chapter, ...]:
        """Two deploying beats, then the owners' story."""
        deployment = Chapter("Collateral chains", (Beat(self.site.deploy), Beat(self._list)))
        return (deployment, *chains_story(self.stage))

    def _list(self, world: World) -> None:
        self.site.list(world)
        self._deployed = True

    def life(self, world: World) -> None:
        """A little less of what one transaction built, staked ether that grows."""
        ordinary_block(self.stage, world)

    def deployments(self) -> tuple[JoinedDeployment, ...]:
        """None of its own: it lives on those of the others."""
        return ()

    def widen(self, manifest: Manifest) -> Manifest:
        """The manifest with the tokens, the feed and the relabel of staked ether."""
        if not self._deployed:
            return manifest
        tokens = tuple(Token(symbol, address, 18) for symbol, address in self.site.tokens.items())
        relabel = Relabel(self.site.tokens[STAKED], manifest.token("WETH").address)
        feeds = (*manifest.feeds, self.site.feed)
        return replace(manifest, more_tokens=tokens, relabels=(relabel,), feeds=feeds)

    def structures(self) -> tuple[Structure, ...]:
        """Every owner, known once the deploying beats were lived."""
        owners = {name: self.stage.who(name) for name in ACTORS} | {VAULT: self.site.vault}
        return tuple(
            Structure(name, owner, _EDGES.get(name, ()), at_risk=name == STATIC_CHAIN) for name, owner in owners.items()
        )


def extension_of(devnet: Devnet) -> ChainsExtension:
    """The collateral chains of a devnet that they joined."""
    return next(one for one in devnet.extensions if isinstance(one, ChainsExtension))


def structures(devnet: Devnet) -> tuple[Structure, ...]:
    """Every owner of a chain, and those around them for whom nothing may be found."""
    return extension_of(devnet).structures()

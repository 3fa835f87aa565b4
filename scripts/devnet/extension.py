"""Protocols that join the devnet after its common story, each switched on by its name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.story.world import Beat, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.devnet.manifest import JoinedDeployment
    from scripts.devnet.story.world import Chapter

# Protocol name -> module. In the order in which they join, whatever the order they are asked for in.
# A module has a function `join(world: World) -> Extension`, and `prepare(report)` where its contracts must be fetched.
MODULES = {
    "venus_isolated": "scripts.devnet.venus",
    "morpho_blue": "scripts.devnet.morpho",
    "aave_v2": "scripts.devnet.story.aave_v2",
}

EVERY = tuple(MODULES)


class Extension(Protocol):
    """A protocol on the devnet: an object of its own for each devnet, which deploys in its first beats.

    Its contracts come from an account of its own, so their addresses depend on nobody else.
    """

    def chapters(self) -> tuple[Chapter, ...]:
        """What happens after the common story; the first beats deploy."""
        ...

    def life(self, world: World) -> None:
        """Queue what its users do in one ordinary block after the script."""
        ...

    def deployments(self) -> tuple[JoinedDeployment, ...]:
        """What is deployed by now; nothing before the deploying beats."""
        ...


def prepare(protocols: Sequence[str], report: Callable[[str], None]) -> None:
    """Fetch what the contracts of those protocols need, before a node runs.

    Raises:
        ValueError: for a name nobody has registered.

    """
    for module in _modules(protocols):
        if hasattr(module, "prepare"):
            module.prepare(report)


def joined(world: World, protocols: Sequence[str]) -> list[Extension]:
    """The extensions of that devnet."""
    return [module.join(world) for module in _modules(protocols)]


def _modules(protocols: Sequence[str]) -> list[Any]:
    unknown = sorted(set(protocols) - set(MODULES))
    if unknown:
        raise ValueError(f"no protocol joins the devnet as {', '.join(unknown)}; there are {', '.join(MODULES)}")
    return [import_module(module) for name, module in MODULES.items() if name in protocols]


def calm_with(extensions: Sequence[Extension], calm: Beat) -> Beat:
    """One block of ordinary life in which the users of the extensions act too."""

    def act(world: World) -> None:
        calm.act(world)
        for extension in extensions:
            extension.life(world)

    return Beat(act, BLOCK_SECONDS)

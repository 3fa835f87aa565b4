"""Protocols that join the devnet after its common story, each switched on by its name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.story.world import Beat, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.devnet.manifest import JoinedDeployment, Manifest
    from scripts.devnet.story.world import Chapter

# Protocol name -> module. In the order in which they join, whatever the order they are asked for in.
# A module has a function `join(world: World) -> Extension`, `prepare(report)` where its contracts must be fetched, and
# `REQUIRES` where others must have joined before.
MODULES = {
    "venus_isolated": "scripts.devnet.venus",
    "morpho_blue": "scripts.devnet.morpho",
    "aave_v2": "scripts.devnet.story.aave_v2",
    # Users of the others: always the last.
    "chains": "scripts.devnet.chains",
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


@runtime_checkable
class Widening(Protocol):
    """An extension that adds more than deployments to what readers may know."""

    def widen(self, manifest: Manifest) -> Manifest:
        """The manifest with its tokens, feeds and relabels; the same before they are there."""
        ...


def prepare(protocols: Sequence[str], report: Callable[[str], None]) -> None:
    """Fetch what the contracts of those protocols need, before a node runs.

    Raises:
        ValueError: for a name nobody has registered, and where one requires another that was not asked for.

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
    found = {name: import_module(module) for name, module in MODULES.items() if name in protocols}
    for name, module in found.items():
        if missing := sorted(set(getattr(module, "REQUIRES", ())) - set(found)):
            raise ValueError(f"{name} joins the devnet only with {', '.join(missing)}")
    return list(found.values())


def calm_with(extensions: Sequence[Extension], calm: Beat) -> Beat:
    """One block of ordinary life in which the users of the extensions act too."""

    def act(world: World) -> None:
        calm.act(world)
        for extension in extensions:
            extension.life(world)

    return Beat(act, BLOCK_SECONDS)

"""Every protocol by its configuration name: one line each. Other packages add theirs by an entry point (`_outside`)."""

from collections.abc import Mapping

from indexer.errors import ConfigurationError
from indexer.protocols import _outside
from indexer.protocols._interface import Deployment, Protocol
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.compound_v2.adapter import CompoundV2

PROTOCOLS: dict[str, Protocol] = {
    "aave_v3": AaveV3(),
    "compound_v2": CompoundV2(),
}


def protocol_of(deployment: Deployment) -> Protocol:
    """The protocol of a deployment. Raises `ConfigurationError` that lists the known names."""
    return named(deployment.protocol)


def named(name: str) -> Protocol:
    """A protocol by name. Raises `ConfigurationError` that lists the known names, or says what is wrong with it."""
    found = PROTOCOLS.get(name) or _outside.load(name)
    if found is None:
        raise ConfigurationError(f"unknown protocol {name!r}: known are {', '.join(names())}")
    return found


def names() -> list[str]:
    """Every name that a configuration may use."""
    return sorted({*PROTOCOLS, *_outside.registered()})


def every() -> Mapping[str, Protocol]:
    """All protocols, those of other packages included. Raises `ConfigurationError` for one that cannot be used."""
    for collision in _outside.collisions(PROTOCOLS):
        raise ConfigurationError(collision)
    return {name: named(name) for name in names()}

"""Every protocol by its configuration name: one line each."""

from indexer.errors import ConfigurationError
from indexer.protocols._interface import Deployment, Protocol
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.morpho_blue.adapter import MorphoBlue

PROTOCOLS: dict[str, Protocol] = {
    "aave_v3": AaveV3(),
    "morpho_blue": MorphoBlue(),
}

OPEN_TO_ANY_SOURCE = frozenset({"morpho_blue"})
"""Protocols where anybody may list a market with a price source of his own: what such a source names is read, bounded,
but nobody follows the logs of an address because a stranger's contract named it."""


def protocol_of(deployment: Deployment) -> Protocol:
    """The protocol of a deployment. Raises `ConfigurationError` that lists the known names."""
    return named(deployment.protocol)


def named(name: str) -> Protocol:
    """A protocol by name. Raises `ConfigurationError` that lists the known names."""
    found = PROTOCOLS.get(name)
    if found is None:
        raise ConfigurationError(f"unknown protocol {name!r}: known are {', '.join(sorted(PROTOCOLS))}")
    return found

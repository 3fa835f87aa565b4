"""Every protocol by its configuration name: one line each."""

from indexer.errors import ConfigurationError
from indexer.protocols._interface import Deployment, Protocol
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.maker.adapter import Maker

PROTOCOLS: dict[str, Protocol] = {
    "aave_v3": AaveV3(),
    "maker": Maker(),
}


def protocol_of(deployment: Deployment) -> Protocol:
    """The protocol of a deployment. Raises `ConfigurationError` that lists the known names."""
    return named(deployment.protocol)


def named(name: str) -> Protocol:
    """A protocol by name. Raises `ConfigurationError` that lists the known names."""
    found = PROTOCOLS.get(name)
    if found is None:
        raise ConfigurationError(f"unknown protocol {name!r}: known are {', '.join(sorted(PROTOCOLS))}")
    return found

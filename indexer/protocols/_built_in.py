"""Tables of the deployments that are built in."""

from collections.abc import Mapping

from indexer.evm import address
from indexer.protocols._interface import Deployment

BuiltIn = Mapping[int, tuple[tuple[str, str, int], ...]]
"""By chain id: name, entry, first block to read (never after the entry's creation)."""


def deployments_of(protocol: str, table: BuiltIn, chain_id: int) -> tuple[Deployment, ...]:
    """The deployments of a chain; none for a chain that is not in the table."""
    found = table.get(chain_id, ())
    return tuple(Deployment(name, protocol, address(entry), first_block) for name, entry, first_block in found)

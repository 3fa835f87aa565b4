"""The push half of the API's bench: a block's changes to 100 clients of the stream, against a bare broadcast.

What `measure` is to measure: in a process of its own, pinned to one core, the API follows a store; a writer in that
process commits a block, notes the time and wakes `Current`. The time of a block is from then until the last of 100
clients, on the other core, has read the block's last event. A bare broadcast is an asyncio server that writes the same
bytes to the same number of sockets. Both alternate in one run; p99 over the blocks.
"""

from dataclasses import dataclass

CLIENTS = 100


@dataclass(frozen=True)
class Push:
    """`ratio` is p99 of the stream over p99 of the bare broadcast."""

    p99_ms: float
    ratio: float


def measure(database: str, *, clients: int = CLIENTS) -> Push | None:
    """Measure over the seeded store at `database`. None: there is no stream in this version."""
    del database, clients
    return None

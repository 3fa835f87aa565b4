"""Logs of a range or a block, including those of contracts that the range itself introduces."""

from collections.abc import Callable, Iterable

from indexer.errors import BlockNotFound, InconsistentAnswer
from indexer.evm import Address, Answer, Call, Log
from indexer.node import LogFilter, Node, Read
from indexer.parts import Parts, with_timestamps

Fetch = Callable[[LogFilter], list[Log]]


def complete(parts: Parts, logs: list[Log], fetch: Fetch) -> list[Log]:
    """Add, as long as there are any, the logs of newly discovered emitters; sorted by block and index."""
    out = list(logs)
    fresh: set[Address] = parts.adopt(out)
    if not fresh:
        return out
    while fresh:
        more = fetch(parts.filter_of(fresh))
        out.extend(more)
        fresh = parts.adopt(more)
    return sorted(out, key=lambda log: (log.block_number, log.index))


def fetch_range(node: Node, parts: Parts, first: int, last: int) -> list[Log]:
    """Every log of the followed parts in blocks first..last, with timestamps."""

    def fetch(log_filter: LogFilter) -> list[Log]:
        return node.fetch_logs(log_filter, first, last)

    logs = complete(parts, fetch(parts.log_filter), fetch)
    return with_timestamps(logs, _missing_timestamps(node, logs))


def fetch_facts(node: Node, parts: Parts, logs: Iterable[Log], block_hash: str) -> dict[Call, Answer]:
    """The unchanging facts these logs need; asks nothing when they need none."""
    calls = tuple(parts.plan_facts(list(logs)))
    if not calls:
        return {}
    return dict(zip(calls, node.read(block_hash, [Read(calls)])[0], strict=True))


def _missing_timestamps(node: Node, logs: Iterable[Log]) -> dict[int, int]:
    """Timestamps of the blocks whose logs came without: one batch of headers, none where the node puts them in.

    Raises BlockNotFound for a block whose logs the node has and whose header it has not, InconsistentAnswer where
    they are of two forks.
    """
    hashes = {log.block_number: log.block_hash for log in logs if log.block_timestamp is None}
    numbers = sorted(hashes)
    if not numbers:
        return {}
    found: dict[int, int] = {}
    for number, header in zip(numbers, node.fetch_headers(numbers), strict=True):
        if header is None:
            raise BlockNotFound(str(number))
        if header.ref.hash != hashes[number]:
            raise InconsistentAnswer(
                f"block {number}: header {header.ref.hash} and logs {hashes[number]} are of two forks"
            )
        found[number] = header.ref.timestamp
    return found

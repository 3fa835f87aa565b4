"""What a backfill will take: a few ranges are read and timed, the rest is extrapolated, and it says so."""

import time
from collections.abc import Sequence
from typing import Any

from indexer.book import Book
from indexer.errors import DatabaseError, InconsistentAnswer
from indexer.node import LogFilter, Node
from indexer.parts import Parts
from indexer.protocols._interface import Deployment
from indexer.reports.preflight import identify
from indexer.store import Store

_SAMPLES = 5
_BYTES_PER_LOG = 330
_LOGS_PER_OWN_LOG = 2.2
"""Followed logs per log of a deployment's main contract, and bytes a log leaves behind: measured on the devnet."""
_BYTES_PER_MILLION_CHANGES = {"sqlite": 270_000_000, "postgresql": 355_000_000}
"""Measured on 1.2 M changes of 500,000 entities (SQLite) and 2 M changes of 200,000 (PostgreSQL 18)."""
_ENOUGH_CHANGES = 100_000


def measure(node: Node, database_url: str, deployments: Sequence[Deployment], range_blocks: int) -> dict[str, Any]:
    """Requests, hours and disk of a backfill to finality in ranges of `range_blocks`. Raises NodeError."""
    heads = node.fetch_heads()
    first = min(deployment.first_block for deployment in deployments)
    last = node.finalized_number(heads)
    blocks = max(0, last - first + 1)
    asked, factor = _filter(node, heads.latest.hash, database_url, deployments)
    sampled, logs, requests, seconds = _sample(node, asked, _starts(first, blocks, range_blocks), last, range_blocks)
    ranges = -(-blocks // range_blocks)
    scale = blocks / sampled if sampled else 0.0
    per_million, measured_where = _disk_per_million_changes(database_url)
    total_logs = round(logs * scale * factor)
    counted = "every followed contract" if factor == 1 else f"the main contracts only, times {factor}"
    return {
        "first_block": first,
        "last_block": last,
        "blocks": blocks,
        "logs": total_logs,
        "requests": max(ranges, round(requests * scale)) + ranges,
        "hours": seconds * scale * factor / 3600,
        "disk_bytes": total_logs * _BYTES_PER_LOG,
        "disk_bytes_per_million_changes": per_million,
        "sampled_blocks": sampled,
        "sampled_logs": logs,
        "sampled_seconds": round(seconds, 3),
        "basis": (
            f"extrapolated from {sampled:,} blocks with {logs:,} logs, read in {seconds:.2f} s ({counted}; "
            f"{_BYTES_PER_LOG} bytes a log). Busy times, rate limits and our own work can double it. "
            f"A million changes take about {per_million / 1e6:,.0f} MB ({measured_where})."
        ),
    }


def _disk_per_million_changes(database_url: str) -> tuple[int, str]:
    """Bytes of disk, and where that was measured: in this database once it holds enough."""
    kind = "postgresql" if database_url.startswith("postgresql") else "sqlite"
    try:
        with Store.open(database_url, read_only=True) as store:
            changes = store.counts()["change"]
            if changes >= _ENOUGH_CHANGES:
                return store.size_bytes() * 1_000_000 // changes, "measured in this database"
    except DatabaseError:
        pass
    return _BYTES_PER_MILLION_CHANGES[kind], f"measured elsewhere, on {kind}"


def _starts(first: int, blocks: int, range_blocks: int) -> list[int]:
    """Where samples begin: spread over the whole past, without overlap."""
    count = max(1, min(_SAMPLES, blocks // range_blocks))
    return [first + blocks * number // count for number in range(count)]


def _sample(
    node: Node, asked: LogFilter, starts: Sequence[int], last: int, range_blocks: int
) -> tuple[int, int, int, float]:
    """Blocks, logs, requests and seconds of the samples."""
    before, started, blocks, logs = node.rpc.http_requests, time.perf_counter(), 0, 0
    for start in starts:
        end = min(start + range_blocks - 1, last)
        if end < start:
            continue
        logs += len(node.fetch_logs(asked, start, end))
        blocks += end - start + 1
    return blocks, logs, node.rpc.http_requests - before, time.perf_counter() - started


def _filter(node: Node, head: str, database_url: str, deployments: Sequence[Deployment]) -> tuple[LogFilter, float]:
    """What to ask for, and how many logs there are for each of those."""
    parts = Parts(deployments)
    book = _stored(database_url)
    if all(book[deployment.name].own for deployment in deployments):
        parts.refresh(book)
        return parts.log_filter, 1
    found = identify(node, head, deployments).values()
    contracts = {contract for identity in found for contract in identity.contracts}
    if not contracts:
        raise InconsistentAnswer("no deployment's contracts could be found")
    return parts.filter_of(contracts | {deployment.entry for deployment in deployments}), _LOGS_PER_OWN_LOG


def _stored(database_url: str) -> Book:
    try:
        with Store.open(database_url, read_only=True) as store:
            return Book().load(store.load_state())
    except DatabaseError:
        return Book()

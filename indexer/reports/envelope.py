"""What every answer carries: which chain, which block, how far behind, how final (design: JSON contract)."""

from typing import Any

from indexer.reports.snapshot import Snapshot

Answer = dict[str, Any]


def envelope(snapshot: Snapshot) -> Answer:
    """Which chain, which block, how far behind, how final; `at_timestamp` where one was asked for."""
    heads, ref = snapshot.heads, snapshot.ref
    out: Answer = {
        "chain_id": snapshot.chain_id,
        "block_number": ref.number,
        "block_hash": ref.hash,
        "block_timestamp": ref.timestamp,
        "head_block": None if heads is None else heads.head.number,
        "head_observed_at": None if heads is None else heads.observed_at,
        "lag_blocks": snapshot.lag,
        "lag_seconds": snapshot.lag_seconds,
        "finality": finality(snapshot),
    }
    if snapshot.asked.at_timestamp is not None:
        out["at_timestamp"] = snapshot.at
    if snapshot.behind:
        out["deployments_behind"] = snapshot.behind
    return out


def finality(snapshot: Snapshot) -> str:
    """`finalized`, `safe` or `latest`, by the heads sync saw last."""
    heads, number = snapshot.heads, snapshot.ref.number
    if heads is not None and heads.finalized is not None and number <= heads.finalized.number:
        return "finalized"
    if heads is not None and heads.safe is not None and number <= heads.safe.number:
        return "safe"
    return "latest"

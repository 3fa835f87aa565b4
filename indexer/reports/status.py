"""Where the database stands: how far it is, how far behind, what is covered, what was found wrong, what ran when."""

from typing import Any

from indexer.reports.envelope import Answer, envelope
from indexer.reports.snapshot import Snapshot
from indexer.store import Head, Incident, Store

Row = dict[str, Any]
_NOT_YET: Answer = {
    "block_number": None,
    "block_hash": None,
    "block_timestamp": None,
    "head_block": None,
    "head_observed_at": None,
    "lag_blocks": None,
    "lag_seconds": None,
    "finality": None,
}


def status_answer(store: Store, snapshot: Snapshot | None) -> Answer:
    """The state of the synchronisation. `snapshot` is the block that answers are given from; None: there is none yet.

    `cursor` is the last block written, which may be ahead of it: a backfill is not shown before it was compared.
    """
    with store.snapshot():
        chain_id, cursor, heads, deployments = store.chain_id, store.cursor(), store.heads_seen(), store.deployments()
        incidents, runs = store.incidents(), store.job_runs()
    place = {"chain_id": chain_id, **_NOT_YET} if snapshot is None else envelope(snapshot)
    number = None if cursor is None else cursor.number
    return {
        **place,
        "ready": snapshot is not None,
        "cursor": None if cursor is None else {"number": number, "hash": cursor.hash, "timestamp": cursor.timestamp},
        "head": None if heads is None else _head(heads.head),
        "safe": None if heads is None else _head(heads.safe),
        "finalized": None if heads is None else _head(heads.finalized),
        "deployments": [
            {
                "name": each.name,
                "protocol": each.protocol,
                "entry": each.entry,
                "first_block": each.first_block,
                "covered_from": each.covered_from,
                "covered_to": each.covered_to,
                "is_behind": number is None or not each.joined(number),
                "is_quarantined": any(one.is_open and one.deployment == each.name for one in incidents),
            }
            for each in deployments
        ],
        "incidents": [_incident(each) for each in incidents],
        "jobs": [
            {
                "name": run.name,
                "last_started": run.last_started,
                "last_finished": run.last_finished,
                "last_error": run.last_error,
            }
            for _, run in sorted(runs.items())
        ],
    }


def _head(head: Head | None) -> Row | None:
    return None if head is None else {"number": head.number, "hash": head.hash}


def _incident(incident: Incident) -> Row:
    return {
        "deployment": incident.deployment,
        "block_number": incident.block_number,
        "accounts": list(incident.accounts),
        "example": incident.example,
        "opened_at": incident.opened_at,
        "healed_block": incident.healed_block,
        "closed_block": incident.closed_block,
        "closed_at": incident.closed_at,
        "is_open": incident.is_open,
    }

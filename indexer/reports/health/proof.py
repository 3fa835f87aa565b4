"""What was compared with the contracts, what differed, and what the report does not cover."""

from collections.abc import Sequence
from typing import Any

from indexer.reports.health.population import Person
from indexer.reports.rows import incidents_of
from indexer.reports.snapshot import Snapshot

Row = dict[str, Any]


def verification(snapshot: Snapshot, people: Sequence[Person]) -> Row:
    """Of the accounts of this block: how many were once compared, at which blocks; and every open incident."""
    seen = [snapshot.verified.get((person.found.deployment.name, person.key)) for person in people]
    known = [each for each in seen if each is not None]
    agreed = [each.block_number for each in known if each.ok]
    return {
        "accounts": len(people),
        "compared_accounts": len(known),
        "agreed_accounts": len(agreed),
        "differing_accounts": len(known) - len(agreed),
        "compared_share": len(known) / len(people) if people else None,
        "oldest_block": min(agreed, default=None),
        "newest_block": max(agreed, default=None),
        "incidents": [
            {
                "deployment": incident.deployment,
                "block_number": incident.block_number,
                "accounts": len(incident.accounts),
                "example": incident.example,
                "opened_at": incident.opened_at,
                "open": incident.is_open,
            }
            for found in snapshot.deployments
            for incident in incidents_of(snapshot, found)
        ],
    }


def coverage(snapshot: Snapshot, people: Sequence[Person]) -> Row:
    """What is followed and what is not said. `without_dollars`: whose debts are in no sum, as `indexer solvency`."""
    return {
        "deployments": len(snapshot.deployments),
        "unsupported": sorted(f.deployment.name for f in snapshot.deployments if not f.now.supported),
        "behind": sorted(snapshot.behind),
        "proven": snapshot.is_proven,
        "without_dollars": sorted({p.found.deployment.name for p in people if p.is_without_dollars}),
    }

"""Incidents: what a verification found wrong, until it is mended. They stay in the store."""

import json
from typing import Any

from sqlalchemy import Row, select, update

from indexer.store.facts import Facts
from indexer.store.records import Incident
from indexer.store.tables import INCIDENT

_COLUMNS = ("deployment", "block_number", "accounts", "example", "opened_at", "healed_block")


class Incidents(Facts):
    """One row an incident; a deployment has at most one open."""

    def save_incident(self, incident: Incident) -> None:
        """Open an incident, or tell more about the open one: what was healed is then to be healed again."""
        known = next((i for i in self.incidents() if i.is_open and i.deployment == incident.deployment), incident)
        accounts = json.dumps(sorted({*known.accounts, *incident.accounts}))
        row = (incident.deployment, known.block_number, accounts, incident.example, known.opened_at, None)
        self._upsert(INCIDENT, _COLUMNS, [row])

    def save_healed(self, deployment: str, block: int) -> None:
        """Note at which block the state of an open incident's accounts was read again."""
        self._change_open(deployment, healed_block=block)

    def close_incident(self, deployment: str, block: int, at: int) -> None:
        """Close a deployment's open incident: at `block` everything agreed."""
        self._change_open(deployment, closed_block=block, closed_at=at)

    def incidents(self) -> list[Incident]:
        """Every incident, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(select(INCIDENT).order_by(INCIDENT.c.opened_at, INCIDENT.c.deployment))
            return [_incident(row) for row in rows]

    def _change_open(self, deployment: str, **values: int) -> None:
        with self._writing() as connection:
            is_open = (INCIDENT.c.deployment == deployment) & INCIDENT.c.closed_block.is_(None)
            connection.execute(update(INCIDENT).where(is_open).values(values))


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        deployment=row.deployment,
        block_number=row.block_number,
        accounts=tuple(json.loads(row.accounts)),
        example=row.example,
        opened_at=row.opened_at,
        healed_block=row.healed_block,
        closed_block=row.closed_block,
        closed_at=row.closed_at,
    )

"""`/healthz`: the process lives. `/readyz`: its answers are those of the chain's head; where they are not, why."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import APIRouter, Response

from indexer.api.doors import Doors
from indexer.errors import DatabaseError, NotFoundError
from indexer.reports.envelope import Answer, envelope
from indexer.sync.waiting import JOB

_SILENT_S = 60
"""Sync notes every ten seconds at least that it asked the node."""
_JSON = "application/json"
_STATE = {"type": "object", "required": ["ready", "reasons"]}


@dataclass(slots=True)
class Pulse:
    """What the process knows of itself beside the database. None: it has no such part."""

    scheduler_silent_s: Callable[[], float] | None = None
    rpc_requests: Callable[[], int] | None = None
    """HTTP requests sent to the node so far."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Looks at everything that answers depend on. `clock` is Unix seconds."""

    doors: Doors
    pulse: Pulse
    clock: Callable[[], float] = time.time

    def look(self) -> Answer:
        """`ready`, `reasons` (empty when ready), `lag_seconds`, and the envelope where a block is there."""
        reasons: list[str] = []
        said: Answer = {"lag_seconds": None}
        try:
            with self.doors.snapshot() as snapshot:
                said |= envelope(snapshot)
            said["lag_seconds"] = max(0, int(self.clock()) - said["block_timestamp"])
            reasons += self._lagging(said)
        except NotFoundError as error:
            reasons.append(str(error))
        try:
            reasons += self._stored(said.get("block_number"))
        except DatabaseError as error:
            reasons.append(f"the database does not answer: {error}")
        reasons += self._scheduled()
        return {"ready": not reasons, "reasons": reasons, **said}

    def _lagging(self, said: Answer) -> Iterator[str]:
        limit, lag = self.doors.settings.api.max_lag, said["lag_blocks"]
        if lag is None:
            yield "no head of the chain was seen yet"
        elif lag > limit:
            yield f"{lag} blocks behind the head, more than [api] max_lag, {limit}"

    def _stored(self, shown: int | None) -> Iterator[str]:
        store = self.doors.store
        cursor, heads = store.cursor(), store.heads_seen()
        if cursor is not None and shown is not None and cursor.number > shown:
            read = store.last_complete_block()
            if read is None or read.number < cursor.number:
                yield f"block {cursor.number} is stored and not read fully yet"
        silent = None if heads is None else int(self.clock()) - heads.observed_at
        if silent is not None and silent > _SILENT_S:
            yield f"sync has not asked the node for {silent} s: it is stopped or stuck"
        follow = store.job_runs().get(JOB)
        if follow is not None and follow.last_error:
            yield f"sync waits: {follow.last_error}"

    def _scheduled(self) -> Iterator[str]:
        silent_s = None if self.pulse.scheduler_silent_s is None else self.pulse.scheduler_silent_s()
        if silent_s is not None and silent_s > _SILENT_S:
            yield f"the scheduler has run nothing for {silent_s:.0f} s"


def router(readiness: Readiness) -> APIRouter:
    """`/healthz` and `/readyz`."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="The process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "Answers are those of the head", "content": {_JSON: {"schema": _STATE}}},
        503: {"description": "They are not; `reasons` says why", "content": {_JSON: {"schema": _STATE}}},
    }

    @routes.get("/readyz", summary="Answers are those of the chain's head", responses=answers)
    def readyz() -> Response:
        said = readiness.look()
        return Response(msgspec.json.encode(said), 200 if said["ready"] else 503, {"cache-control": "no-store"}, _JSON)

    return routes

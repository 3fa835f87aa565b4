"""Pond's logs, folded: each one gives the exact new integer or the exact difference."""

from collections.abc import Sequence

from indexer.abi import word_of
from indexer.book import Draft, Entity
from indexer.errors import DecodeError
from indexer.evm import Call, Log, address
from indexer.protocols._interface import Deployment, Facts

from .interfaces import POND

_BY_TOPIC = {event.topic: event for event in POND.events.values()}
_SIGNS = {"Supplied": 1, "Withdrawn": -1, "Borrowed": 1, "Repaid": -1}
INITIAL_INDEX = 10**18


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """The revision, which no log tells."""
    opened = any(log.topics[0] == POND.topic("Opened") for log in logs)
    return [POND.call("REVISION", deployment.entry)] if opened else []


def apply_logs(deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
    """One block's logs, in order."""
    own = Entity(deployment.name)
    for log in logs:
        event = _BY_TOPIC[log.topics[0]]
        values = event.decode(log)
        if event.name == "Opened":
            _open(own, values, draft, word_of(facts.get(POND.call("REVISION", deployment.entry))), _time(log))
        elif event.name == "Accrued":
            draft.set(coin(own, draft), "index", values["index"])
            draft.set(coin(own, draft), "accrued", _time(log))
        elif event.name in ("Listed", "Frozen"):
            field, value = ("factor", values["factor"]) if event.name == "Listed" else ("frozen", values["on"])
            draft.set(Entity(own.deployment, address(values["token"])), field, value)
        elif event.name in _SIGNS:
            _move(own, event.name, values, draft)


def coin(own: Entity, draft: Draft) -> Entity:
    """The coin's market."""
    return Entity(own.deployment, address(draft.number(own, "coin")))


def _open(own: Entity, values: dict[str, int], draft: Draft, revision: int | None, at: int) -> None:
    draft.set(own, "coin", values["coin"])
    draft.set(own, "oracle", values["oracle"])
    draft.set(own, "revision", revision)
    for field, value in (("rate", values["rate"]), ("index", INITIAL_INDEX), ("accrued", at)):
        draft.set(coin(own, draft), field, value)


def _move(own: Entity, name: str, values: dict[str, int], draft: Draft) -> None:
    if name in ("Supplied", "Withdrawn"):
        market, fields, amount = Entity(own.deployment, address(values["token"])), ("collateral", "total"), "amount"
    else:
        market, fields, amount = coin(own, draft), ("shares", "shares"), "shares"
    position = Entity(own.deployment, market.market, address(values["user"]))
    for where, field in zip((position, market), fields, strict=True):
        draft.set(where, field, draft.number(where, field) + _SIGNS[name] * values[amount])


def _time(log: Log) -> int:
    if log.block_timestamp is None:
        raise DecodeError(f"log {log.index} of block {log.block_number} came without its block's timestamp")
    return log.block_timestamp

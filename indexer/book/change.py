"""The one mechanism: every integer the program keeps is (entity, field) -> value; every change has old and new."""

from typing import NamedTuple


class Entity(NamedTuple):
    """What a field belongs to. Its four shapes: deployment, market, account, position (account x market)."""

    deployment: str
    market: str = ""
    account: str = ""


class Change(NamedTuple):
    """One field's move; None means absent. The same rows are history, undo and `--block N`."""

    entity: Entity
    field: str
    old: int | None
    new: int | None

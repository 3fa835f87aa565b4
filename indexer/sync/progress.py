"""What sync says about itself while it works."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from indexer.evm import BlockRef


class Phase(StrEnum):
    """What is reported."""

    BACKFILL = "backfill"
    FOLLOW = "follow"
    REORG = "reorg"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Progress:
    """One report. `done` and `total` are block numbers; `changes` the integers changed since the last report."""

    phase: Phase
    done: int
    total: int
    changes: int = 0
    block: BlockRef | None = None
    why: str = ""


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A report that goes nowhere."""

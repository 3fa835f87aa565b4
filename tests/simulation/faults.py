"""What goes wrong in a simulation, and how often it did."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """Everything the simulation injects."""

    REFUSED = "connection refused"
    TIMEOUT = "timeout"
    RATE_429 = "HTTP 429"
    HTTP_503 = "HTTP 503"
    CUT_JSON = "cut JSON"
    WRONG_ID = "wrong id"
    ITEM_RATE = "rate limit of one item"
    OUTAGE = "all nodes gone"
    OTHER_CHAIN = "fail-over to another chain"
    LAG = "head goes backwards"
    NULL_HEADER = "header missing"
    OTHER_FORK = "header and logs of two forks"
    OLD_FORK = "node on an old fork"
    DEAD_FORK = "node on a fork that finality killed"
    REMOVED = "removed log"
    SHORT_BLOCK = "short logs of a block"
    SHORT_RANGE = "short logs of a range"
    TOO_LARGE = "range refused"
    PRUNED = "state pruned"
    CUT_CALL = "cut eth_call"
    REORG = "reorg"
    TWO_REORGS = "two reorgs at once"
    KILL = "process killed"
    KILL_COMMIT = "process killed around a commit"
    DATABASE_GONE = "database gone"
    ANSWER_LOST = "commit done, answer lost"
    STOP = "stopped in order"


@dataclass
class Faults:
    """Draws faults; `rate` of the requests suffer one of `kinds`. Turned off, nothing happens any more."""

    dice: Random
    kinds: frozenset[Fault]
    rate: float
    counts: Counter[Fault] = field(default_factory=Counter)
    on: bool = True

    def now(self, kind: Fault, chance: float = 1.0) -> bool:
        """Whether `kind` happens here and now; counted when it does."""
        if not self.on or kind not in self.kinds or self.dice.random() >= chance * self.rate:
            return False
        self.counts[kind] += 1
        return True

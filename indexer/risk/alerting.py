"""What is worth a message: the conditions of a block against what was said before. Pure: time and block are arguments.

An alert is open from the message that fires it to the one that resolves it. In between only something worse is said: a
higher severity, or a size grown by a step. A calm must last before it counts, so what flaps around a cut says nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

Facts = Mapping[str, Any]
"""What people and programs are told of a subject, as JSON carries it."""


class Event(StrEnum):
    """What a message says of its subjects."""

    FIRED = "fired"
    """The condition is there, and was not."""
    ESCALATED = "escalated"
    """It got worse: a higher severity, or a size grown by the rule's step."""
    EASED = "eased"
    """It was said to be worse at a block that the chain no longer has."""
    RESOLVED = "resolved"
    """It is over."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One subject of one rule at one block. A larger `severity` is worse; `size` None: it has none, or nobody knows."""

    subject: str
    severity: int
    size: float | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """Where something was said."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Open:
    """An open alert: the worst that was said of a subject, and where. `calm_since`: since when it is less than that.

    Times are Unix seconds of the observer.
    """

    rule: str
    subject: str
    severity: int
    size: float | None
    fired_at: int
    said: Block
    facts: Facts = field(default_factory=dict)
    calm_since: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """`cooldown_s`: how long a calm must last before it counts. `growth`: the factor of size that is news."""

    cooldown_s: int
    growth: float


@dataclass(frozen=True, slots=True)
class News:
    """One subject of a message. `was` is what was said before, None for what is new; `orphaned`: its block is gone."""

    event: Event
    subject: str
    severity: int
    size: float | None
    facts: Facts
    was: Open | None = None
    orphaned: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said, which alerts are to be kept as they are now, and which are over (their subjects)."""

    news: tuple[News, ...] = ()
    kept: tuple[Open, ...] = ()
    over: tuple[str, ...] = ()

    def of(self, event: Event) -> list[News]:
        """The news of one kind, the worst and largest first."""
        found = [one for one in self.news if one.event is event]
        return sorted(found, key=lambda one: (-one.severity, -(one.size or 0.0), one.subject))


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one rule at one moment. `at` is Unix seconds; `is_orphaned` tells whether a reorg took a block back."""

    rule: str
    patience: Patience
    at: int
    block: Block
    is_orphaned: Callable[[Block], bool]
    now: Callable[[Open], Facts] = lambda _: {}
    """What there is to tell of a subject whose condition is over; asked only when that is said."""

    def verdict(
        self,
        conditions: Iterable[Condition],
        known: Iterable[Open],
        held: Collection[str] = (),
    ) -> Verdict:
        """What changes. `held` are subjects of which nothing can be said now: they stay open, and no calm is counted.

        Of `kept` only those are listed that differ from `known`.
        """
        before = {alert.subject: alert for alert in known}
        present = {condition.subject: condition for condition in conditions}
        pieces = [self._present(one, before.get(one.subject)) for one in present.values()]
        for subject, alert in before.items():
            if subject not in present:
                unsure = subject in held
                pieces.append(Verdict(kept=(replace(alert, calm_since=None),)) if unsure else self._absent(alert))
        return Verdict(
            tuple(one for piece in pieces for one in piece.news),
            tuple(one for piece in pieces for one in piece.kept if before.get(one.subject) != one),
            tuple(one for piece in pieces for one in piece.over),
        )

    def _present(self, found: Condition, known: Open | None) -> Verdict:
        if known is None:
            return self._say(Event.FIRED, found, None)
        if found.severity > known.severity or self._grew(known.size, found.size):
            return self._say(Event.ESCALATED, found, known)
        if not self._is_less(found, known):
            size = found.size if known.size is None else known.size
            return Verdict(kept=(replace(known, said=self._said(known), calm_since=None, size=size),))
        if self.is_orphaned(known.said):
            return self._say(Event.EASED, found, known, orphaned=True)
        since = self._calm_since(known)
        if self.at - since < self.patience.cooldown_s:
            return Verdict(kept=(replace(known, calm_since=since),))
        return Verdict(kept=(replace(known, severity=found.severity, size=found.size, calm_since=None),))

    def _absent(self, known: Open) -> Verdict:
        orphaned = self.is_orphaned(known.said)
        since = self._calm_since(known)
        if not orphaned and self.at - since < self.patience.cooldown_s:
            return Verdict(kept=(replace(known, calm_since=since),))
        facts = {**known.facts, **self.now(known)}
        news = News(Event.RESOLVED, known.subject, known.severity, known.size, facts, known, orphaned)
        return Verdict((news,), over=(known.subject,))

    def _calm_since(self, known: Open) -> int:
        """Now, where no calm began yet, or where it began in the future of a clock that was set back."""
        return self.at if known.calm_since is None else min(known.calm_since, self.at)

    def _say(self, event: Event, found: Condition, known: Open | None, *, orphaned: bool = False) -> Verdict:
        fired_at = self.at if known is None else known.fired_at
        alert = Open(self.rule, found.subject, found.severity, found.size, fired_at, self.block, found.facts)
        return Verdict(
            (News(event, found.subject, found.severity, found.size, found.facts, known, orphaned),), (alert,)
        )

    def _said(self, known: Open) -> Block:
        """Where it was said; here, where that block is gone and the new chain says the same."""
        return self.block if self.is_orphaned(known.said) else known.said

    def _grew(self, before: float | None, after: float | None) -> bool:
        """A size grown by the step. From nothing to something is more than any step."""
        return before is not None and after is not None and after > before and after >= before * self.patience.growth

    def _is_less(self, found: Condition, known: Open) -> bool:
        """Whether less is there than was said: a lower severity, or a size smaller by the step."""
        return found.severity < known.severity or self._grew(found.size, known.size)


def total_size(news: Sequence[News]) -> float | None:
    """The sizes of some news together; None where none has a size."""
    sizes = [one.size for one in news if one.size is not None]
    return sum(sizes) if sizes else None

"""What is sent: one message a rule and event, its subjects grouped, as JSON for programs and as text for people."""

from collections.abc import Sequence
from typing import Any

import msgspec

from indexer.reports.alerts.rules import Kind, Rule
from indexer.reports.alerts.wording import headline, line
from indexer.risk.alerting import News, total_size

SCHEMA = "indexer.alert/1"
MOST_SUBJECTS = 1000
"""Subjects that a message carries whole: the worst and largest; the others are counted."""
NAMED = 5
"""Subjects that the text names."""
_UNITS = {Kind.STATE: "usd", Kind.ORACLE_STALE: "s", Kind.SYNC_LAG: "s", Kind.VERIFY_MISMATCH: "accounts"}


class Block(msgspec.Struct, frozen=True):
    """The block that the message is about; of resolved alerts the one at which it was seen."""

    chain_id: int
    block_number: int
    block_hash: str
    block_timestamp: int
    head_block: int | None
    lag_blocks: int | None
    finality: str


class Subject(msgspec.Struct, frozen=True):
    """One account, figure, price, incident. `facts` depend on the kind; `orphaned`: what was said of it is undone."""

    subject: str
    severity: int
    size: float | None
    orphaned: bool
    said_block: int | None
    facts: dict[str, Any]


class Totals(msgspec.Struct, frozen=True):
    """`subjects` counts all, `listed` those in the message; `size`: a sum of dollars or accounts, else null."""

    subjects: int
    listed: int
    size: float | None
    unit: str | None


class Message(msgspec.Struct, frozen=True):
    """The body of a webhook. `id` is the same however often it is sent."""

    schema: str
    id: str
    event: str
    rule: str
    kind: str | None
    created_at: int
    title: str
    text: str
    block: Block | None
    subjects: list[Subject]
    totals: Totals


def message_of(rule: Rule, news: Sequence[News], block: Block, *, id_: str, at: int) -> Message:
    """One message of news of one event, in their order: worst first."""
    unit = _unit(rule, news)
    size = total_size(news) if unit in {"usd", "accounts"} else None
    title = headline(rule, news, size, unit)
    lines = [line(rule, one) for one in news[:NAMED]]
    if len(news) > NAMED:
        lines.append(f"and {len(news) - NAMED:,} more")
    lines.append(f"chain {block.chain_id}, block {block.block_number}, {block.block_hash}")
    return Message(
        schema=SCHEMA,
        id=id_,
        event=news[0].event.value,
        rule=rule.name,
        kind=rule.kind.value,
        created_at=at,
        title=f"{title} [{id_[:8]}]",
        text="\n".join([*lines, f"id {id_}"]),
        block=block,
        subjects=[_subject(one) for one in news[:MOST_SUBJECTS]],
        totals=Totals(len(news), min(len(news), MOST_SUBJECTS), size, unit),
    )


def test_message(rule: str | None, *, id_: str, at: int) -> Message:
    """A message that says that it is none."""
    name = rule or "test"
    text = f"A test of the alerts of the collateral health indexer: nothing happened.\nid {id_}"
    title = f"TEST {name}: nothing happened [{id_[:8]}]"
    return Message(SCHEMA, id_, "test", name, None, at, title, text, None, [], Totals(0, 0, None, None))


def encoded(message: Message) -> str:
    """The message as JSON."""
    return msgspec.json.encode(message).decode()


def _subject(one: News) -> Subject:
    said = None if one.was is None else one.was.said.number
    return Subject(one.subject, one.severity, one.size, one.orphaned, said, dict(one.facts))


def _unit(rule: Rule, news: Sequence[News]) -> str | None:
    if rule.kind is not Kind.SOLVENCY:
        return _UNITS.get(rule.kind)
    if all(one.size is None for one in news):
        return None
    return "accounts" if rule.figure is not None and rule.figure.value.endswith("borrowers") else "usd"

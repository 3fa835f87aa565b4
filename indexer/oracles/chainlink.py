"""Where a price comes from: Chainlink proxies, their phases and rounds, and answers not yet visible.

A price source is whatever a protocol's oracle reads. It may be a proxy itself or an adapter in front of
proxies (its legs). Everything lives under the entity ("chainlink", source address): decimals, aggregator, phase,
round, answer, updated_at, leg_1 to leg_4, and from the aggregator's logs logged_round, logged_answer, logged_at,
cutoff. Sources: chainlink.md of AggregatorProxy v0.6; DualAggregator 1.0.0 for the cutoff rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from indexer.abi import load_interface, signed, word_of, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Address, Answer, Call, Log, address

DEPLOYMENT = "chainlink"
_PROXY = load_interface("chainlink", "EACAggregatorProxy")
_AGGREGATOR = load_interface("chainlink", "Aggregator")
_ADAPTER = load_interface("chainlink", "PriceAdapters")
TOPICS = (_AGGREGATOR.topic("AnswerUpdated"), _AGGREGATOR.topic("CutoffTimeSet"))
READ_FIELDS = frozenset(
    ("aggregator", "phase", "round", "answer", "updated_at", "logged_round", "logged_answer", "logged_at", "cutoff")
)
"""What is true of one block only; decimals and legs stay."""
_AGGREGATOR_ROUND = 2**64 - 1
_ABSENT = 0
_LEGS = ("leg_1", "leg_2", "leg_3", "leg_4")
"""The feeds an adapter reads. The first two are written for every source, as absent where there are none."""
_DEEPEST_LEG = 3
"""Adapters in front of adapters: each level costs a new source one request more, once. Strangers may chain many."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer published but not yet visible to the protocol. `visible_from` is None when nobody knows."""

    answer: int
    visible_from: int | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a price came from: times in seconds, `answer` in the feed's own decimals."""

    source: Address
    aggregator: Address | None
    phase: int | None
    round: int | None
    answer: int | None
    decimals: int | None
    updated_at: int | None
    legs: tuple[Address, ...]
    pending: Pending | None


def entity(source: str) -> Entity:
    """Where a source's fields live."""
    return Entity(DEPLOYMENT, source)


def aggregators(draft: Draft, sources: Iterable[Address] | None = None) -> set[Address]:
    """The aggregators behind every known proxy (or only those behind `sources`): their logs are the feeds' logs."""
    feeds = _feeds_by_aggregator(draft)
    if sources is None:
        return set(feeds)
    behind = set(_with_legs(sources, draft))
    return {aggregator for aggregator, names in feeds.items() if not behind.isdisjoint(names)}


def unlearned(draft: Draft) -> set[Address]:
    """Aggregators of which no answer was ever seen in a log."""
    feeds = _feeds_by_aggregator(draft).items()
    return {key for key, sources in feeds if all(draft.get(entity(s), "logged_round") is None for s in sources)}


def apply_logs(logs: Iterable[Log], draft: Draft) -> None:
    """Fold AnswerUpdated and CutoffTimeSet of known aggregators into the feeds that show them."""
    feeds = _feeds_by_aggregator(draft)
    for log in logs:
        for source in feeds.get(log.address, ()):
            where = entity(source)
            if log.topics[0] == _AGGREGATOR.topic("AnswerUpdated"):
                values = _AGGREGATOR.events["AnswerUpdated"].decode(log)
                draft.set(where, "logged_round", values["roundId"])
                draft.set(where, "logged_answer", values["current"])
                draft.set(where, "logged_at", values["updatedAt"])
            elif log.topics[0] == _AGGREGATOR.topic("CutoffTimeSet"):
                draft.set(where, "cutoff", _AGGREGATOR.events["CutoffTimeSet"].decode(log)["cutoffTime"])


def plan_reads(sources: Iterable[Address], draft: Draft) -> list[Call]:
    """Round and aggregator of every source each block; decimals and legs once."""
    calls: list[Call] = []
    for source in _with_legs(sources, draft):
        calls.append(_PROXY.call("latestRoundData", source))
        calls.append(_PROXY.call("aggregator", source))
        calls.append(_PROXY.call("phaseId", source))
        if draft.get(entity(source), "decimals") is None:
            calls.append(_PROXY.call("decimals", source))
        if draft.get(entity(source), "leg_1") is None:
            calls.extend(_ADAPTER.call(getter, source) for getter in _ADAPTER.functions)
    return calls


def apply_reads(sources: Iterable[Address], draft: Draft, answers: Mapping[Call, Answer]) -> None:
    """Put what the sources say into the draft; a source that does not answer keeps no round."""
    for source in _with_legs(sources, draft):
        where = entity(source)
        if _PROXY.call("latestRoundData", source) not in answers:
            continue
        round_data = words_of(answers[_PROXY.call("latestRoundData", source)], 5)
        draft.set(where, "round", round_data[0] if round_data else None)
        draft.set(where, "answer", signed(round_data[1]) if round_data else None)
        draft.set(where, "updated_at", round_data[3] if round_data else None)
        _set_aggregator(draft, where, word_of(answers[_PROXY.call("aggregator", source)]))
        draft.set(where, "phase", word_of(answers[_PROXY.call("phaseId", source)]))
        _apply_once(source, draft, answers)


def provenance(book: Book | Draft, source: Address) -> Provenance:
    """Everything known about a source, `pending` decided from the newest logged round."""
    where = entity(source)
    aggregator, round_id = book.get(where, "aggregator"), book.get(where, "round")
    legs = [book.get(where, name) for name in _LEGS]
    return Provenance(
        source=source,
        aggregator=address(aggregator) if aggregator else None,
        phase=book.get(where, "phase"),
        round=round_id,
        answer=book.get(where, "answer"),
        decimals=book.get(where, "decimals"),
        updated_at=book.get(where, "updated_at"),
        legs=tuple(address(leg) for leg in legs if leg),
        pending=_pending(book, where, round_id),
    )


def _pending(book: Book | Draft, where: Entity, round_id: int | None) -> Pending | None:
    logged, answer = book.get(where, "logged_round"), book.get(where, "logged_answer")
    if logged is None or answer is None or round_id is None or logged <= round_id & _AGGREGATOR_ROUND:
        return None
    cutoff, logged_at = book.get(where, "cutoff"), book.get(where, "logged_at")
    return Pending(answer, None if cutoff is None or logged_at is None else logged_at + cutoff + 1)


def _set_aggregator(draft: Draft, where: Entity, aggregator: int | None) -> None:
    if draft.get(where, "aggregator") not in (None, aggregator):  # rounds of another phase count from one again
        for field in ("logged_round", "logged_answer", "logged_at", "cutoff"):
            draft.set(where, field, None)
    draft.set(where, "aggregator", aggregator)


def _apply_once(source: Address, draft: Draft, answers: Mapping[Call, Answer]) -> None:
    where = entity(source)
    if (call := _PROXY.call("decimals", source)) in answers:
        draft.set(where, "decimals", word_of(answers[call]))
    legs = [
        leg
        for getter in _ADAPTER.functions
        if (call := _ADAPTER.call(getter, source)) in answers and (leg := word_of(answers[call]))
    ]
    if draft.get(where, "leg_1") is None:
        padded = [*legs, *[_ABSENT] * (2 - len(legs))]
        for name, leg in zip(_LEGS, padded, strict=False):
            draft.set(where, name, leg)


def _with_legs(sources: Iterable[Address], draft: Draft) -> list[Address]:
    out: dict[Address, None] = {}
    level = [source for source in sources if source != ZERO_ADDRESS]
    for _ in range(1 + _DEEPEST_LEG):
        fresh = [source for source in dict.fromkeys(level) if source not in out]
        out.update(dict.fromkeys(fresh))
        level = [address(leg) for source in fresh for name in _LEGS if (leg := draft.get(entity(source), name))]
    return list(out)


def _feeds_by_aggregator(draft: Draft) -> dict[Address, list[str]]:
    feeds: dict[Address, list[str]] = {}
    for source in draft.markets(DEPLOYMENT):
        aggregator = draft.get(entity(source), "aggregator")
        if aggregator:
            feeds.setdefault(address(aggregator), []).append(source)
    return feeds

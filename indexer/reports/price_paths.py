"""How prices moved, from what the store kept of them: a feed's own rounds, else the protocol's price block by block."""

from collections.abc import Iterable
from enum import StrEnum

from indexer.book import Entity
from indexer.evm import Address
from indexer.oracles import chainlink
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.risk.metrics.volatility import Path

WINDOW_S = 90 * 86_400
"""How far back prices are taken."""
_SEEN = (("updated_at", "answer"), ("logged_at", "logged_answer"))


class Measure(StrEnum):
    """What a volatility was measured by."""

    ROUNDS = "rounds"
    """Rounds of the feeds, at their own times, backfilled ones too."""
    PRICES = "prices"
    """The protocol's own price at each followed block, where something stands between feed and protocol."""


def paths_of(snapshot: Snapshot, found: DeploymentView, markets: Iterable[str]) -> tuple[Measure, dict[str, Path]]:
    """By market. All by rounds, or all by block: mixed times would show moves that are none."""
    sources = found.part.protocol.sources(found.deployment, snapshot.book)
    wanted = list(markets)
    if all(name in sources and _is_plain(snapshot, sources[name]) for name in wanted):
        return Measure.ROUNDS, {name: _rounds(snapshot, sources[name]) for name in wanted}
    return Measure.PRICES, {name: _prices(snapshot, found, name) for name in wanted}


def _is_plain(snapshot: Snapshot, source: Address) -> bool:
    feed = chainlink.provenance(snapshot.book, source)
    return feed.round is not None and not feed.legs


def _rounds(snapshot: Snapshot, source: Address) -> Path:
    """Answers by their own time, as they were read and as they were logged."""
    current: dict[str, int | None] = {}
    answers: dict[int, int] = {}
    last = None
    for number, change in snapshot.history(chainlink.entity(source)):
        if number > snapshot.ref.number:
            break
        if number != last:
            _keep(current, answers)
            last = number
        current[change.field] = change.new
    _keep(current, answers)
    first = snapshot.ref.timestamp - WINDOW_S
    return [(at, answer) for at, answer in sorted(answers.items()) if first <= at <= snapshot.ref.timestamp]


def _keep(current: dict[str, int | None], answers: dict[int, int]) -> None:
    for time_field, answer_field in _SEEN:
        at, answer = current.get(time_field), current.get(answer_field)
        if at and answer and answer > 0:
            answers[at] = answer


def _prices(snapshot: Snapshot, found: DeploymentView, market: str) -> Path:
    """The price of each block in which it moved. A block's time is counted back from the newest by the block time."""
    step, ref = snapshot.asked.block_time_s, snapshot.ref
    moved: dict[int, int] = {}
    for number, change in snapshot.history(Entity(found.deployment.name, market)):
        if number <= ref.number and change.field == "price" and change.new:
            moved[ref.timestamp - (ref.number - number) * step] = change.new
    return [(at, price) for at, price in sorted(moved.items()) if at >= ref.timestamp - WINDOW_S]

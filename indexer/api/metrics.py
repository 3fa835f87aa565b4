"""`/metrics`, for Prometheus: what the chain looks like from here, what is wrong, what is asked.

Labels are names of deployments, states, routes, jobs and feeds: all from the configuration or from this program, and
few. Token symbols are chosen by strangers and stand in none. What is not known is absent, not 0.
"""

import time
from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from indexer.api.doors import Doors
from indexer.api.health import Pulse
from indexer.errors import DatabaseError, NotFoundError
from indexer.reports.accounts import Filters, at_risk
from indexer.reports.living import Step
from indexer.reports.rows import Row, stale_sources
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.risk.screen import candidates
from indexer.words import State

_ANY_FACTOR = 10**60
"""A health factor, as wad, that every account with debt is below."""
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_BELOW = (State.AT_RISK, State.LIQUIDATABLE, State.BAD_DEBT)


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self, doors: Doors, pulse: Pulse) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "indexer_http_requests",
            "Requests, by route template, method and status",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "indexer_http_request_duration_seconds",
            "From a request's headers to its answer's first byte",
            ("route",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        chain = _OfTheChain(doors)
        doors.current.listen(chain.turn)
        self.registry.register(chain)
        self.registry.register(_OfTheStore(doors))
        self.registry.register(_OfTheProcess(pulse))

    def seen(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request (`access.gate.Seen`)."""
        key = route, method, status
        if key not in self._children:
            self._children[key] = self._requests.labels(route, method, status), self._seconds.labels(route)
        count, duration = self._children[key]
        count.inc()
        duration.observe(seconds)

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a figure that is asked for with every scrape: how many stream clients there are, say."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)


class _OfTheChain(Collector):
    """What is true at the newest block; absent before the first one. Accounts are counted once a block."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._turned: tuple[Snapshot, list[Row]] | None = None
        self._counted: tuple[Snapshot, list[Metric]] | None = None

    def turn(self, snapshot: Snapshot, _: Step, rows: list[Row]) -> None:
        """The block moved (a listener of `Current`): `rows` are its watch list."""
        self._turned = snapshot, rows

    def collect(self) -> Iterable[Metric]:
        try:
            with self._doors.snapshot() as snapshot:
                if self._counted is None or self._counted[0] is not snapshot:
                    listed = _accounts(snapshot, self._listed(snapshot))
                    self._counted = snapshot, [*listed, *_feeds(snapshot), *_incidents(snapshot)]
                return [*_place(snapshot), *self._counted[1]]
        except NotFoundError:
            return []

    def _listed(self, snapshot: Snapshot) -> list[Row]:
        """The watch list; worked out here only where a scrape comes between a step and the word of it."""
        if self._turned is not None and self._turned[0] is snapshot:
            return self._turned[1]
        return at_risk(snapshot, Filters())[0]


class _OfTheStore(Collector):
    """Whether the database answers, and how its jobs went."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def collect(self) -> Iterable[Metric]:
        try:
            runs = self._doors.store.job_runs()
        except DatabaseError:
            return [GaugeMetricFamily("indexer_database_up", "Whether the database answers", 0)]
        finished = GaugeMetricFamily("indexer_job_finished_timestamp_seconds", "A job's last end", labels=["job"])
        failed = GaugeMetricFamily("indexer_job_failed", "Whether a job's last run failed", labels=["job"])
        for name, run in sorted(runs.items()):
            if run.last_finished is not None:
                finished.add_metric([name], run.last_finished)
                failed.add_metric([name], run.last_error is not None)
        return [GaugeMetricFamily("indexer_database_up", "Whether the database answers", 1), finished, failed]


class _OfTheProcess(Collector):
    """What this process does beside answering."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse

    def collect(self) -> Iterable[Metric]:
        if self._pulse.rpc_requests is not None:
            sent = CounterMetricFamily("indexer_node_http_requests", "HTTP requests this process sent to the node")
            sent.add_metric([], self._pulse.rpc_requests())
            yield sent
        if self._pulse.scheduler_silent_s is not None:
            silent_s = self._pulse.scheduler_silent_s()
            yield GaugeMetricFamily("indexer_scheduler_silent_seconds", "Since the scheduler last ran", silent_s)


def _place(snapshot: Snapshot) -> Iterator[Metric]:
    ref = snapshot.ref
    yield GaugeMetricFamily("indexer_block_number", "The newest block read fully", ref.number)
    yield GaugeMetricFamily("indexer_block_timestamp_seconds", "Its timestamp", ref.timestamp)
    yield GaugeMetricFamily("indexer_lag_seconds", "How old it is", max(0.0, time.time() - ref.timestamp))
    if snapshot.heads is not None:
        yield GaugeMetricFamily("indexer_head_number", "The node's newest block", snapshot.heads.head.number)
        yield GaugeMetricFamily("indexer_lag_blocks", "Blocks between them", snapshot.lag)
        seen = GaugeMetricFamily("indexer_head_observed_timestamp_seconds", "When sync last asked the node")
        seen.add_metric([], snapshot.heads.observed_at)
        yield seen


def _accounts(snapshot: Snapshot, rows: list[Row]) -> Iterator[Metric]:
    accounts = GaugeMetricFamily(
        "indexer_accounts", "Accounts with debt, by state at the block", labels=["deployment", "state"]
    )
    debt = GaugeMetricFamily(
        "indexer_debt_usd", "Debt of accounts under the watch cut, in dollars", labels=["deployment", "state"]
    )
    without = GaugeMetricFamily(
        "indexer_debts_without_dollars",
        "Accounts under the watch cut whose debt has no dollar value",
        labels=["deployment"],
    )
    for found in snapshot.deployments:
        name = found.deployment.name
        own = [row for row in rows if row["deployment"] == name]
        for state, count in _by_state(snapshot, found, own).items():
            accounts.add_metric([name, state.value], count)
        for state in _BELOW:
            told = [row["debt_usd"] for row in own if row["state"] == state and row["debt_usd"] is not None]
            debt.add_metric([name, state.value], sum(told))
        below = [row for row in own if row["state"] in _BELOW]
        without.add_metric([name], sum(row["debt_usd"] is None for row in below))
    yield from (accounts, debt, without)


def _by_state(snapshot: Snapshot, found: DeploymentView, listed: list[Row]) -> dict[State, int]:
    """Borrowers by state: who is on the watch list by the list, all others are healthy."""
    counts = Count(row["state"] for row in listed)
    healthy = counts[State.HEALTHY] + max(0, _borrowers(snapshot, found) - len(listed))
    return {State.HEALTHY: healthy, **{state: counts[state] for state in (*_BELOW, State.UNKNOWN)}}


def _borrowers(snapshot: Snapshot, found: DeploymentView) -> int:
    """Accounts with debt: by the screen at once, and one by one those that it cannot judge."""
    weights = found.now.weights(snapshot.at)
    if weights is None:
        return sum(map(found.now.owes, found.now.accounts()))
    rows = snapshot.book[found.deployment.name]
    unjudged = candidates(rows, weights, 0)
    judged = len(candidates(rows, weights, _ANY_FACTOR)) - len(unjudged)
    return judged + sum(found.now.owes(rows.accounts[row]) for row in unjudged)


def _feeds(snapshot: Snapshot) -> Iterator[Metric]:
    stale = {
        name
        for found in snapshot.deployments
        for source in set(found.part.protocol.sources(found.deployment, snapshot.book).values())
        for name in stale_sources(snapshot, source)
    }
    yield GaugeMetricFamily("indexer_stale_feeds", "Feeds in use that are older than their heartbeat", len(stale))
    by_name = GaugeMetricFamily("indexer_feed_stale", "1 for each of them", labels=["feed"])
    for name in sorted(stale):
        by_name.add_metric([name], 1)
    yield by_name


def _incidents(snapshot: Snapshot) -> Iterator[Metric]:
    opened = GaugeMetricFamily("indexer_incidents_open", "Quarantines that are not over", labels=["deployment"])
    wrong = GaugeMetricFamily(
        "indexer_verify_mismatches", "Accounts of open incidents that differed from the contract", labels=["deployment"]
    )
    for found in snapshot.deployments:
        own = [one for one in snapshot.incidents if one.deployment == found.deployment.name and one.is_open]
        opened.add_metric([found.deployment.name], len(own))
        wrong.add_metric([found.deployment.name], sum(len(one.accounts) for one in own))
    yield from (opened, wrong)


def router(metrics: Metrics) -> APIRouter:
    """`/metrics`."""
    routes = APIRouter(tags=["health"])

    @routes.get(
        "/metrics",
        summary="For Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    def scrape() -> Response:
        return Response(metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})

    return routes

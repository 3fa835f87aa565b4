"""`doctor`: what is wrong with node, database and configuration, and what to do."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from indexer.errors import ConfigurationError, NodeError
from indexer.evm import BlockRef
from indexer.node import JsonRpc, Node, redact
from indexer.oracles.feeds import Feed
from indexer.protocols._interface import Deployment, Identity
from indexer.reports.alerts.rules import Rule, Target
from indexer.reports.doctor_alerts import look_at_alerts
from indexer.reports.doctor_database import look_at_database, stored_chain, unconfigured
from indexer.reports.doctor_node import look_at_node, look_at_url
from indexer.reports.estimate import measure
from indexer.reports.findings import Finding, Status, fail, ok, warn
from indexer.reports.preflight import identify, look_at_feeds

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined. `deployments_of` gives the deployments of a chain id, or raises ConfigurationError."""

    urls: tuple[str, ...]
    timeout_s: float
    finality_depth: int
    database_url: str
    deployments_of: Callable[[int], tuple[Deployment, ...]]
    feeds: tuple[Feed, ...]
    range_blocks: int
    rules: tuple[Rule, ...] = ()
    targets: tuple[Target, ...] = ()


@dataclass(slots=True)
class _Facts:
    """What one check finds out and a later one needs."""

    url: str | None = None
    chain_id: int | None = None
    head: BlockRef | None = None
    deployments: tuple[Deployment, ...] = ()


def examine(patient: Patient, *, estimate: bool) -> Answer:
    """`indexer doctor`: every check in order, and with `estimate` what a backfill will take. Raises nothing."""
    facts = _Facts()
    findings = [*_nodes(patient, facts), *_configuration(patient, facts)]
    answer: Answer = {}
    if facts.url is not None:
        with closing(JsonRpc([facts.url], timeout_s=patient.timeout_s, attempts=2)) as rpc:
            node = Node(rpc, finality_depth=patient.finality_depth)
            findings += _guarded("node", _asking(node, patient, facts))
            if estimate and facts.deployments:
                findings += _estimated(node, patient, facts, answer)
    head = None if facts.head is None else facts.head.number
    findings += look_at_database(patient.database_url, facts.chain_id, head)
    if facts.deployments:
        findings += unconfigured(patient.database_url, facts.deployments)
    findings += look_at_alerts(patient.rules, patient.targets, patient.database_url)
    sound = all(finding.status is not Status.FAIL for finding in findings)
    return {
        "ok": sound,
        "chain_id": facts.chain_id,
        "block_number": head,
        "block_hash": None if facts.head is None else facts.head.hash,
        "checks": [finding.row() for finding in findings],
        **answer,
    }


def _nodes(patient: Patient, facts: _Facts) -> list[Finding]:
    if not patient.urls:
        todo = "write url under [node], or set INDEXER_NODE__URL"
        return [fail("node", "no Ethereum node is set", todo)]
    findings: list[Finding] = []
    for url in patient.urls:
        shown = redact(url)
        try:
            rpc = JsonRpc([url], timeout_s=patient.timeout_s, attempts=1)
        except ConfigurationError as error:
            findings.append(fail("node", str(error), "correct [node] url"))
            continue
        with closing(rpc):
            found, chain_id = look_at_url(rpc, shown)
        findings += found
        if chain_id is None:
            continue
        if facts.url is None:
            facts.url, facts.chain_id = url, chain_id
        elif chain_id != facts.chain_id:
            todo = "all URLs of [node] url are one chain: remove it"
            findings.append(fail("node", f"{shown} is of chain {chain_id}, the first of {facts.chain_id}", todo))
    return findings


def _configuration(patient: Patient, facts: _Facts) -> list[Finding]:
    chain_id = stored_chain(patient.database_url) if facts.chain_id is None else facts.chain_id
    if chain_id is None:
        return []
    try:
        facts.deployments = patient.deployments_of(chain_id)
    except ConfigurationError as error:
        return [fail("configuration", str(error), "nothing can be followed until then")]
    return [ok("configuration", f"{len(facts.deployments)} deployments, {len(patient.feeds)} own feeds")]


def _asking(node: Node, patient: Patient, facts: _Facts) -> Iterator[Finding]:
    facts.head = node.fetch_heads().latest
    yield from look_at_node(node, min((d.first_block for d in facts.deployments), default=0))
    for deployment, identity in identify(node, facts.head.hash, facts.deployments).items():
        yield _deployment(deployment, identity)
    yield from _feeds(node, facts.head, patient.feeds)


def _estimated(node: Node, patient: Patient, facts: _Facts, answer: Answer) -> list[Finding]:
    try:
        answer["estimate"] = measure(node, patient.database_url, facts.deployments, patient.range_blocks)
    except NodeError as error:
        return [fail("estimate", str(error), "see the checks of the node")]
    return []


def _deployment(deployment: Deployment, identity: Identity) -> Finding:
    check = f"deployment {deployment.name}"
    if identity.fault is not None:
        return fail(check, f"entry {deployment.entry}: {identity.fault}", "correct entry in [[deployments]]")
    if not identity.supported:
        todo = "its accounts are `unknown: unsupported_revision`: install a newer version of the program"
        return warn(check, f"{deployment.protocol} revision {identity.revision} is not supported yet", todo)
    return ok(check, f"{deployment.protocol} revision {identity.revision}, supported")


def _feeds(node: Node, head: BlockRef, feeds: Sequence[Feed]) -> Iterator[Finding]:
    fresh = 0
    for feed, found in look_at_feeds(node, head.hash, feeds).items():
        age = None if found.updated_at is None else head.timestamp - found.updated_at
        if found.fault is not None:
            yield fail(f"feed {feed.name}", f"proxy {feed.proxy}: {found.fault}", "correct proxy in [[feeds]]")
        elif age is not None and age > feed.heartbeat_s:
            todo = "the contract still uses it (rows: stale_feeds); check heartbeat_s if this lasts"
            yield warn(f"feed {feed.name}", f"{age:,} s old, its heartbeat is {feed.heartbeat_s:,} s", todo)
        else:
            fresh += 1
    if fresh:
        yield ok("feeds", f"{fresh} answer, younger than their heartbeat")


def _guarded(check: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """A node that fails in the middle is a finding, too."""
    try:
        yield from findings
    except NodeError as error:
        yield fail(check, str(error), "the checks after this one were left out")

"""What `doctor` asks of the database: whether it can be opened, written and believed, and how far it is."""

from collections.abc import Iterator, Sequence

from indexer.errors import DatabaseError, DatabaseMissing
from indexer.protocols._interface import Deployment
from indexer.reports.findings import Finding, fail, ok, warn
from indexer.store import Store

_PATIENCE_S = 3.0


def look_at_database(url: str, chain_id: int | None, head: int | None) -> Iterator[Finding]:
    """Schema, writability, integrity, size, chain, cursor and lag."""
    try:
        store = Store.open(url, read_only=True)
    except DatabaseMissing as error:
        yield warn("database", str(error), "`indexer sync` makes it")
        return
    except DatabaseError as error:
        yield fail("database", str(error), "until then nothing can be answered")
        return
    with store:
        yield ok("database", f"{store.name}, {store.size_bytes() / 1e6:,.1f} MB, schema up to date")
        yield _writable(url)
        yield _integrity(store)
        yield from _chain(store, chain_id)
        yield from _cursor(store, head)
        yield from _jobs(store)
        yield from _quarantine(store)


def stored_chain(url: str) -> int | None:
    """The chain of the database; None where it holds none or cannot be read."""
    try:
        with Store.open(url, read_only=True) as store:
            return store.chain_id
    except DatabaseError:
        return None


def unconfigured(url: str, deployments: Sequence[Deployment]) -> Iterator[Finding]:
    """Deployments in the database that the configuration does not name, and those not caught up."""
    names = {deployment.name for deployment in deployments}
    try:
        with Store.open(url, read_only=True) as store:
            stored, cursor = store.deployments(), store.cursor()
    except DatabaseError:
        return
    for deployment in stored:
        if deployment.name not in names:
            yield warn(
                f"deployment {deployment.name}",
                "is in the database and not in the configuration: it is no longer followed",
                "add it to [[deployments]] again, or ignore it",
            )
        elif cursor is not None and not deployment.joined(cursor.number):
            until = "nothing" if deployment.covered_to is None else f"block {deployment.covered_to:,}"
            yield warn(
                f"deployment {deployment.name}", f"is indexed up to {until} only", "`indexer sync` catches it up"
            )


def _writable(url: str) -> Finding:
    try:
        with Store.open(url, create=False, wait_s=_PATIENCE_S) as store, store.transaction():
            pass
    except DatabaseError as error:
        return fail("database writes", str(error), "reading works, sync does not")
    return ok("database writes", "can be written")


def _integrity(store: Store) -> Finding:
    complaints = store.integrity()
    if not complaints:
        return ok("integrity", "the database is sound")
    more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
    return fail("integrity", f"{complaints[0]}{more}", "restore a copy, or move it away and sync again")


def _chain(store: Store, chain_id: int | None) -> Iterator[Finding]:
    bound = store.chain_id
    if bound is None or chain_id is None:
        return
    if bound == chain_id:
        yield ok("chain", f"node and database are both of chain {chain_id}")
    else:
        yield fail(
            "chain",
            f"the node is of chain {chain_id}, the database of chain {bound}",
            "use another [database] url or another node: one database is one chain",
        )


def _cursor(store: Store, head: int | None) -> Iterator[Finding]:
    cursor = store.cursor()
    if cursor is None:
        yield warn("cursor", "nothing is stored yet", "run `indexer sync`")
        return
    if head is None:
        yield ok("cursor", f"block {cursor.number:,}; the head is unknown")
    elif head < cursor.number:
        yield warn(
            "cursor", f"block {cursor.number:,}; the node's head is {head:,}", "the node lags: wait, or change it"
        )
    elif head == cursor.number:
        yield ok("cursor", f"block {cursor.number:,}, at the head")
    else:
        yield warn("cursor", f"block {cursor.number:,}, {head - cursor.number:,} behind the head", "run `indexer sync`")


def _jobs(store: Store) -> Iterator[Finding]:
    for run in store.job_runs().values():
        if run.last_error is not None:
            yield warn(f"job {run.name}", f"failed when it last ran: {run.last_error}", "see the log of `indexer run`")


def _quarantine(store: Store) -> Iterator[Finding]:
    """Open incidents, and how many there were: nothing is said about a quarantined deployment's accounts."""
    incidents = store.incidents()
    for incident in incidents:
        if incident.is_open:
            yield fail(
                f"deployment {incident.deployment}",
                f"quarantined since block {incident.block_number:,}: {incident.example}",
                "`indexer run` reads the state again and compares; if it stays, report it with `indexer verify --all`",
            )
    closed = sum(not incident.is_open for incident in incidents)
    if closed:
        yield ok("incidents", f"{closed} closed: mismatches that were mended")

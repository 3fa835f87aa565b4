"""The periodic comparison with the contracts: a mismatch quarantines its deployment until a whole one agrees again."""

from indexer.reports.snapshot import Asked, open_snapshot
from indexer.reports.verify import Outcome, Row, verify
from indexer.store import Incident, Store


def compare_and_quarantine(store: Store, url: str, *, sample: int, at: int) -> Outcome:
    """Compare a sample of each deployment; open, widen or close incidents by what is found.

    A deployment with a mismatch, or with an incident already, is compared wholly, so that every account that differs
    is known (the follower reads those again). `at` is now, in Unix seconds. Raises NodeError, NotFoundError.
    """
    with open_snapshot(store, Asked()) as snapshot:
        number = snapshot.ref.number
        suspects = {incident.deployment: incident for incident in store.incidents() if incident.is_open}
        outcome = verify(snapshot, url, sample=sample, seed=number, whole=suspects)
        fresh = {row["deployment"] for row in outcome.mismatches} - suspects.keys()
        if fresh:
            known = [row for row in outcome.mismatches if row["deployment"] not in fresh]
            whole = verify(snapshot, url, only=fresh)
            outcome.mismatches = known + whole.mismatches
            outcome.verifications += whole.verifications
    store.save_verified(outcome.verifications)
    wrong = {row["deployment"] for row in outcome.mismatches}
    for name in sorted(wrong):
        store.save_incident(_incident(name, number, outcome, at))
    for name, incident in suspects.items():
        if name not in wrong and incident.healed_block is not None and incident.healed_block <= number:
            store.close_incident(name, number, at)
    return outcome


def _incident(deployment: str, number: int, outcome: Outcome, at: int) -> Incident:
    rows = [row for row in outcome.mismatches if row["deployment"] == deployment]
    return Incident(deployment, number, tuple({row["account"] for row in rows}), _line(rows[0]), at)


def _line(row: Row) -> str:
    return f"{row['account']}: {row['field']} is {row['contract']}, ours is {row['ours']}"

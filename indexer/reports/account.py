"""The answer of `indexer account`. Apart from the lists, which draw no graph and load no library for it."""

from indexer.reports.accounts import one_owner
from indexer.reports.chains.owner import owners_of
from indexer.reports.chains.scene import Scene
from indexer.reports.envelope import Answer, envelope
from indexer.reports.snapshot import Snapshot


def account_answer(snapshot: Snapshot, owner: str) -> Answer:
    """`indexer account ADDRESS`: everything about one owner, and below it his chains across all protocols."""
    rows = one_owner(snapshot, owner)
    scene = Scene(snapshot)
    return {
        **envelope(snapshot),
        "deployments_unknown": scene.unknown,
        "deployments_quarantined": scene.quarantined,
        "account": owner,
        "accounts": rows,
        "owners": owners_of(scene, rows),
    }

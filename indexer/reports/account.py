"""The answer of `indexer account`. Apart from the lists, which draw no graph and load no library for it."""

from indexer.reports.chains.owner import owners_of
from indexer.reports.chains.scene import Scene
from indexer.reports.envelope import Answer, envelope
from indexer.reports.measured import account_rows
from indexer.reports.metrics import Measured
from indexer.reports.snapshot import Snapshot


def account_answer(snapshot: Snapshot, owner: str, measured: Measured | None = None) -> Answer:
    """`indexer account ADDRESS`: everything about one owner, and below it his chains across all protocols.

    Raises NotFoundError when no deployment knows the address.
    """
    rows = account_rows(snapshot, owner, measured)
    scene = Scene(snapshot)
    return {
        **envelope(snapshot),
        "deployments_unknown": scene.unknown,
        "deployments_quarantined": scene.quarantined,
        "account": owner,
        "accounts": rows,
        "owners": owners_of(scene, rows),
    }

"""What became of an account that left the watch list."""

from collections.abc import Iterable

from indexer.api.stream.diff import UNKNOWN
from indexer.api.stream.picture import Key
from indexer.reports.accounts import wad
from indexer.reports.snapshot import Snapshot

CLOSED = "closed"


def fates_of(snapshot: Snapshot, gone: Iterable[Key]) -> dict[Key, str]:
    """`closed` owes nothing any more, else its state; `unknown` where its deployment is not at this block."""
    return {key: _fate(snapshot, key) for key in gone}


def _fate(snapshot: Snapshot, key: Key) -> str:
    deployment, account, market = key
    found = next((view for view in snapshot.deployments if view.deployment.name == deployment), None)
    if found is None:
        return UNKNOWN
    for own in found.now.keys_of(account):
        who = found.now.identify(own)
        if (who.account, who.market) == (account, market) and found.now.owes(own):
            return found.now.health(own, snapshot.at, wad(snapshot.asked.watch_below)).state.value
    return CLOSED

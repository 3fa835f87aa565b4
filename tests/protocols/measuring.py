"""What is measured beyond an account's health, by every protocol's own views: sums over accounts, and targets."""

from collections import Counter
from collections.abc import Iterator

from indexer.reports.accounts import Listed
from indexer.reports.measured import account_rows
from indexer.reports.metrics import Measured
from indexer.reports.snapshot import Asked, DeploymentView, Snapshot, open_snapshot
from tests.protocols.following import Following
from tests.protocols.tape import NEXT_S
from tests.solvency_by_sql import assert_sql_agrees

BLOCKS = 4
"""Looked at, spread over the chain, the last among them."""
MOST = 12
"""Borrowers of each block."""


def solvency(live: Following) -> int:
    """Integers of `solvency` that are what SQL sums; how many."""
    return sum(assert_sql_agrees(snapshot) for snapshot in _snapshots(live))


def targets(live: Following) -> Counter[str]:
    """An account alone is judged as among the others, and what reaches a target does by the protocol's own health."""
    found: Counter[str] = Counter()
    for snapshot in _snapshots(live):
        for own in snapshot.deployments:
            found += _of_deployment(snapshot, own)
    return found


def _of_deployment(snapshot: Snapshot, own: DeploymentView) -> Counter[str]:
    found: Counter[str] = Counter()
    rows, at = snapshot.book[own.deployment.name], snapshot.at
    for key in [key for key in own.now.accounts() if own.now.owes(key)][:MOST]:
        alone, said = own.over(rows.only(key)), own.now.health(key, at, 0)
        assert alone.health(key, at, 0) == said
        assert alone.positions(key, at) == own.now.positions(key, at)
        if said.health_factor_wad is not None:
            found += _reached(snapshot, Listed(own, key, {}), said.health_factor_wad * 11 // 10 + 1)
    return found


def _reached(snapshot: Snapshot, account: Listed, target: int) -> Counter[str]:
    found: Counter[str] = Counter()
    who = account.found.now.identify(account.key)
    for row in account_rows(snapshot, who.account, Measured(target_wad=target)):
        if row["market"] != who.market:
            continue
        for name in ("repay_to_target", "add_to_target"):
            for each in row[name] or []:
                if each["amount"] is None:
                    continue
                assert each["health_factor_wad"] is None or int(each["health_factor_wad"]) >= target, (name, each)
                assert int(each["amount"]) > 0, (name, each)
                found[name] += 1
    return found


def _snapshots(live: Following) -> Iterator[Snapshot]:
    first, tip = live.replay.chain.blocks[0].number, live.cursor.number
    for number in sorted({tip - (tip - first) * part // BLOCKS for part in range(BLOCKS)}):
        asked = Asked(block=number, node=live.node, block_time_s=NEXT_S)
        with open_snapshot(live.store, asked) as snapshot:
            yield snapshot

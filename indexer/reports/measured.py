"""Rows of one owner with their measures: what `indexer account` has beyond the lists."""

from indexer.reports.accounts import of_address
from indexer.reports.metrics import Measured, metrics_row
from indexer.reports.rows import Row
from indexer.reports.snapshot import Snapshot
from indexer.reports.targets import targets_row


def account_rows(snapshot: Snapshot, owner: str, measured: Measured | None = None) -> list[Row]:
    """An account a row, with positions and metrics, and where a target was given what reaches it."""
    wanted = measured or Measured()
    rows = []
    for account in of_address(snapshot, owner):
        row = account.row
        row["metrics"] = metrics_row(snapshot, account, wanted)
        if wanted.target_wad is not None:
            row.update(targets_row(snapshot, account, wanted.target_wad))
        rows.append(row)
    return rows

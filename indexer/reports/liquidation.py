"""The terms a liquidator would get of one owner's accounts."""

from indexer.reports.accounts import of_address
from indexer.reports.envelope import Answer, envelope
from indexer.reports.snapshot import Snapshot

_TOLD = (
    "deployment",
    "protocol",
    "revision",
    "account",
    "owner",
    "market",
    "state",
    "reason",
    "health_factor_wad",
    "liquidatable_after_accrual",
    "next_block",
    "liquidation",
)


def liquidation_answer(snapshot: Snapshot, owner: str) -> Answer:
    """Of every account of the owner: its state, and the exact terms where the contract would have it liquidated.

    The rows are those of `account_answer`, less what a liquidation does not ask for. Raises NotFoundError.
    """
    rows = [{name: listed.row[name] for name in _TOLD} for listed in of_address(snapshot, owner)]
    return {**envelope(snapshot), "account": owner, "accounts": rows}

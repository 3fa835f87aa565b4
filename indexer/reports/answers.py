"""Answers: rows under the command's own name, with the block they are true of (design: JSON contract)."""

from indexer.reports.accounts import Filters, all_accounts, at_risk
from indexer.reports.envelope import Answer, envelope
from indexer.reports.snapshot import Snapshot
from indexer.reports.tables import market_rows, price_rows


def at_risk_answer(snapshot: Snapshot, filters: Filters) -> Answer:
    """`indexer at-risk`: the watch list, and how many rows the filters hide."""
    rows, hidden = at_risk(snapshot, filters)
    return {**envelope(snapshot), "hidden_rows": hidden, "accounts": rows}


def accounts_answer(snapshot: Snapshot, deployment: str | None = None) -> Answer:
    """`indexer accounts`: everyone with collateral, debt or supply."""
    return {**envelope(snapshot), "accounts": all_accounts(snapshot, deployment)}


def markets_answer(snapshot: Snapshot, deployment: str | None = None) -> Answer:
    """`indexer markets`."""
    return {**envelope(snapshot), "markets": market_rows(snapshot, deployment)}


def prices_answer(snapshot: Snapshot, deployment: str | None = None) -> Answer:
    """`indexer prices`."""
    return {**envelope(snapshot), "prices": price_rows(snapshot, deployment)}

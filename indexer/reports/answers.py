"""Answers: rows under the command's own name, with the block they are true of (design: JSON contract)."""

from typing import Any

from indexer.reports.accounts import Filters, all_accounts, at_risk, one_owner
from indexer.reports.snapshot import Snapshot
from indexer.reports.tables import market_rows, price_rows

Answer = dict[str, Any]


def envelope(snapshot: Snapshot) -> Answer:
    """Which chain, which block, how far behind, how final; `at_timestamp` where one was asked for."""
    heads, ref = snapshot.heads, snapshot.ref
    out: Answer = {
        "chain_id": snapshot.chain_id,
        "block_number": ref.number,
        "block_hash": ref.hash,
        "block_timestamp": ref.timestamp,
        "head_block": None if heads is None else heads.head.number,
        "head_observed_at": None if heads is None else heads.observed_at,
        "lag_blocks": snapshot.lag,
        "finality": finality(snapshot),
    }
    if snapshot.asked.at_timestamp is not None:
        out["at_timestamp"] = snapshot.at
    if snapshot.behind:
        out["deployments_behind"] = snapshot.behind
    return out


def finality(snapshot: Snapshot) -> str:
    """`finalized`, `safe` or `latest`, by the heads sync saw last."""
    heads, number = snapshot.heads, snapshot.ref.number
    if heads is not None and heads.finalized is not None and number <= heads.finalized.number:
        return "finalized"
    if heads is not None and heads.safe is not None and number <= heads.safe.number:
        return "safe"
    return "latest"


def at_risk_answer(snapshot: Snapshot, filters: Filters) -> Answer:
    """`indexer at-risk`: the watch list, and how many rows the filters hide."""
    rows, hidden = at_risk(snapshot, filters)
    return {**envelope(snapshot), "hidden_rows": hidden, "accounts": rows}


def accounts_answer(snapshot: Snapshot, deployment: str | None = None) -> Answer:
    """`indexer accounts`: everyone with collateral, debt or supply."""
    return {**envelope(snapshot), "accounts": all_accounts(snapshot, deployment)}


def account_answer(snapshot: Snapshot, owner: str) -> Answer:
    """`indexer account ADDRESS`: everything about one owner."""
    return {**envelope(snapshot), "account": owner, "accounts": one_owner(snapshot, owner)}


def markets_answer(snapshot: Snapshot, deployment: str | None = None) -> Answer:
    """`indexer markets`."""
    return {**envelope(snapshot), "markets": market_rows(snapshot, deployment)}


def prices_answer(snapshot: Snapshot, deployment: str | None = None) -> Answer:
    """`indexer prices`."""
    return {**envelope(snapshot), "prices": price_rows(snapshot, deployment)}

"""`explain`: every step from stored integers to the health factor, beside the contract's own answer."""

from typing import Any

from indexer.errors import NodeError
from indexer.reports.accounts import one_owner
from indexer.reports.answers import Answer, envelope
from indexer.reports.contract import ContractReader
from indexer.reports.snapshot import DeploymentView, Snapshot

Row = dict[str, Any]


def explain_answer(snapshot: Snapshot, owner: str, url: str | None) -> Answer:
    """The steps per deployment. With a node's `url` the contract is asked at the same hash, at the block's time.

    Raises NotFoundError when nobody knows the owner.
    """
    rows = one_owner(snapshot, owner)
    views = {found.deployment.name: found for found in snapshot.deployments}
    explained = [_explained(snapshot, views[row["deployment"]], row, url) for row in rows]
    return {**envelope(snapshot), "account": owner, "explain": explained}


def _explained(snapshot: Snapshot, found: DeploymentView, row: Row, url: str | None) -> Row:
    account = row["account"]
    truth = found.now.truth(account)
    ours = found.now.comparable(account, snapshot.at)
    contract = _contract(snapshot, found, account, url)
    steps = [
        {"what": step.what, "formula": step.formula, "result": str(step.result)}
        for step in found.now.explain(account, snapshot.at)
    ]
    reader = ContractReader(url or "http://127.0.0.1:8545", snapshot.ref.hash)
    return {
        **row,
        "steps": steps,
        "ours": None if ours is None else {name: str(value) for name, value in ours.items()},
        "contract": contract,
        "matches": None if contract is None or ours is None else contract == {k: str(v) for k, v in ours.items()},
        "reproduce": (
            f"cast call --block {snapshot.ref.number} {truth.to} "
            f"'{truth.signature}({','.join(['uint256'] * len(truth.fields))})' {truth.argument}"
        ),
        "eth_call": {
            "to": truth.to,
            "data": reader.calldata(truth),
            "block": {"blockHash": snapshot.ref.hash},
        },
    }


def _contract(snapshot: Snapshot, found: DeploymentView, account: str, url: str | None) -> dict[str, str] | None:
    """The contract's own answer; None without a node, when its call reverts, or at another timestamp."""
    if url is None or snapshot.at != snapshot.ref.timestamp:
        return None
    try:
        answer = ContractReader(url, snapshot.ref.hash).ask([found.now.truth(account)])[0]
    except NodeError:
        return None
    return None if answer is None else {name: str(value) for name, value in answer.items()}

"""`explain`: every step from stored integers to the health factor, beside the contract's own answer."""

from typing import Any

from indexer.errors import NodeError
from indexer.reports.accounts import Listed, of_address
from indexer.reports.chains.steps import explained_chains
from indexer.reports.contract import ContractReader, return_types
from indexer.reports.envelope import Answer, envelope
from indexer.reports.snapshot import DeploymentView, Snapshot

Row = dict[str, Any]


def explain_answer(snapshot: Snapshot, owner: str, url: str | None) -> Answer:
    """The steps per deployment. With a node's `url` the contract is asked at the same hash, at the block's time.

    Raises NotFoundError when nobody knows the owner.
    """
    explained = [_explained(snapshot, account, url) for account in of_address(snapshot, owner)]
    chains = explained_chains(snapshot, explained)
    return {**envelope(snapshot), "account": owner, "explain": explained, "chains": chains}


def _explained(snapshot: Snapshot, account: Listed, url: str | None) -> Row:
    found, key = account.found, account.key
    truth, ours = found.now.truth(key), found.now.comparable(key, snapshot.at)
    contract = _contract(snapshot, found, key, url)
    steps = [
        {"what": step.what, "formula": step.formula, "result": str(step.result)}
        for step in found.now.explain(key, snapshot.at)
    ]
    reader = ContractReader(url or "http://127.0.0.1:8545", snapshot.ref.hash)
    return {
        **account.row,
        "steps": steps,
        "ours": None if ours is None else {name: str(value) for name, value in ours.items()},
        "contract": contract,
        "matches": None if contract is None or ours is None else contract == {k: str(v) for k, v in ours.items()},
        "reproduce": (
            f"cast call --block {snapshot.ref.number} {truth.to} "
            f"'{truth.signature}({','.join(return_types(truth))})' {' '.join(map(str, truth.arguments))}"
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

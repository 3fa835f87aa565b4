"""How each bound of a chain comes about, step by step: what `indexer explain` says of an owner's chains."""

from collections.abc import Iterable, Iterator
from typing import Any

from indexer.reports.chains.scene import Scene
from indexer.reports.rows import text
from indexer.reports.snapshot import Snapshot
from indexer.risk.chains import Leg, Reuse
from indexer.risk.evidence import Proof, proofs

Row = dict[str, Any]


def explained_chains(snapshot: Snapshot, accounts: Iterable[Row]) -> list[Row]:
    """Every chain of the owners of these rows of accounts, with the steps to its bounds."""
    scene = Scene(snapshot)
    rows = []
    for who in dict.fromkeys(row["owner"] for row in accounts):
        owner = scene.owner(who)
        told = [proof for wallet in scene.wallets(who) for proof in proofs(snapshot.book, wallet)]
        known = {(proof.pair.source, proof.pair.target): proof for proof in told}
        for edge in owner.reuses:
            steps = _bounds(edge, snapshot, known.get((edge.source.side, edge.target.side)))
            rows.append({"owner": who, "path": list(edge.path), "steps": steps})
        for receipt in owner.receipts:
            steps = list(_looked_through("collateral", receipt.target, snapshot))
            rows.append({"owner": who, "path": list(receipt.path), "steps": steps})
    return rows


def _bounds(edge: Reuse, snapshot: Snapshot, proof: Proof | None) -> list[Row]:
    return [
        *_looked_through("debt", edge.source, snapshot),
        *_looked_through("collateral", edge.target, snapshot),
        _step("high", "the lesser of debt and collateral", edge.high),
        _step("total of all pairs of this base", "the lesser of all debts and all collaterals", edge.total),
        *([] if proof is None else _proven(proof)),
        _step("low", "what is proven, never more than high", edge.low),
    ]


def _looked_through(side: str, leg: Leg, snapshot: Snapshot) -> Iterator[Row]:
    name = {token: snapshot.symbol(token) or token for token in leg.route.tokens}
    yield _step(f"{side} on {leg.side.deployment}", f"raw units of {name[leg.asset]}", leg.amount)
    amount: int | None = leg.amount
    for step in leg.route.steps:
        formula = f"amount * {step.numerator} / {step.denominator}, down"
        amount = None if amount is None else step.pay_out(amount)
        if amount is None:
            formula = "its rate cannot be read, or says more than a token can have"
        yield _step(f"{name[step.token]} is {name[step.underlying]} ({step.kind.replace('_', ' ')})", formula, amount)


def _proven(proof: Proof) -> Iterator[Row]:
    """The sums that single transactions left, raw units of the token that moved."""
    if proof.pair.debt_asset == proof.pair.collateral_asset:
        yield _step("proven by single transactions", "borrowed and put up, less what left since", proof.proven)
        return
    yield _step("borrowed in single transactions", f"raw units of {proof.pair.debt_asset}", proof.borrowed)
    yield _step("put up in the same", f"raw units of {proof.pair.collateral_asset}", proof.deposited)
    yield _step("repaid since", f"raw units of {proof.pair.debt_asset}", proof.repaid)
    yield _step("withdrawn since", f"raw units of {proof.pair.collateral_asset}", proof.withdrawn)


def _step(what: str, formula: str, result: int | None) -> Row:
    return {"what": what, "formula": formula, "result": text(result)}

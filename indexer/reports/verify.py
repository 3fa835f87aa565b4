"""`verify`: our integers against the contract's own answer, at the same block hash, by an independent path."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.protocols._interface import Claim
from indexer.reports.contract import ContractReader
from indexer.reports.envelope import envelope
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.store import Verification

Row = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What a verification found. A mismatch names the account, the field and both integers."""

    deployments: list[Row] = field(default_factory=list)
    mismatches: list[Row] = field(default_factory=list)
    verifications: list[Verification] = field(default_factory=list)

    @property
    def fields(self) -> int:
        """Integers compared."""
        return sum(row["fields"] for row in self.deployments)


def verify(
    snapshot: Snapshot,
    url: str,
    *,
    sample: int | None = None,
    seed: int = 0,
    whole: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Outcome:
    """Compare every account (or a random sample of each deployment) at the snapshot's block.

    Deployments named in `whole` are compared wholly in spite of `sample`; `only` leaves out the others.

    Raises NodeUnreachable. An account that neither we nor the contract can value agrees; one that only we cannot
    value is a mismatch, except where the revision is unsupported (counted as unknown).
    """
    outcome = Outcome()
    reader = ContractReader(url, snapshot.ref.hash)
    for found in snapshot.deployments:
        name = found.deployment.name
        if only is not None and name not in only:
            continue
        accounts = sorted(found.now.accounts())
        if sample is not None and sample < len(accounts) and name not in whole:
            accounts = sorted(random.Random(seed).sample(accounts, sample))
        _verify_deployment(snapshot, found, accounts, reader, outcome)
    return outcome


def verify_answer(snapshot: Snapshot, outcome: Outcome) -> Row:
    """`indexer verify` as JSON."""
    return {
        **envelope(snapshot),
        "fields_compared": outcome.fields,
        "verify": outcome.deployments,
        "mismatches": outcome.mismatches,
    }


def _verify_deployment(
    snapshot: Snapshot, found: DeploymentView, accounts: Sequence[str], reader: ContractReader, outcome: Outcome
) -> None:
    name, ref = found.deployment.name, snapshot.ref
    row: Row = {"deployment": name, "revision": found.now.revision, "accounts": 0, "fields": 0, "unknown": 0}
    if not found.now.supported:
        outcome.deployments.append({**row, "unknown": len(accounts), "mismatches": 0})
        return
    claims = _claims(found, accounts, ref.timestamp)
    answers = reader.ask([claim.truth for _, claim in claims])
    wrong: list[Row] = []
    for (account, claim), theirs in zip(claims, answers, strict=True):
        wrong.extend(_differences(name, account, claim, theirs))
        row["fields"] += len(theirs or {}) if claim.ours is not None else 0
    unknown = {account for account, claim in claims if claim.ours is None and account is not None}
    differing = {mismatch["account"] for mismatch in wrong}
    outcome.mismatches.extend(wrong)
    outcome.verifications.extend(
        Verification(name, account, ref.number, ref.hash, ok=account not in differing | unknown) for account in accounts
    )
    totals = {"accounts": len(accounts), "unknown": len(unknown), "mismatches": len(wrong)}
    outcome.deployments.append(row | totals)


def _claims(found: DeploymentView, accounts: Sequence[str], at: int) -> list[tuple[str | None, Claim]]:
    """Everything we say, with the account it is about (None: a market)."""
    out: list[tuple[str | None, Claim]] = [(None, claim) for claim in found.now.market_claims(at)]
    for account in accounts:
        out.append((account, Claim(found.now.truth(account), found.now.comparable(account, at))))
        out.extend((account, claim) for claim in found.now.holdings(account))
    return out


def _differences(deployment: str, account: str | None, claim: Claim, theirs: dict[str, int] | None) -> list[Row]:
    def row(name: str, mine: object, contract: object) -> Row:
        return {
            "deployment": deployment,
            "account": account,
            "market": claim.market,
            "field": name,
            "ours": None if mine is None else str(mine),
            "contract": None if contract is None else str(contract),
        }

    ours = claim.ours
    if ours is None or theirs is None:
        if ours is None and theirs is None:
            return []
        return [row("readable", None if ours is None else "yes", None if theirs is None else "yes")]
    return [row(name, ours[name], value) for name, value in theirs.items() if ours[name] != value]


__all__ = ["Outcome", "verify", "verify_answer"]

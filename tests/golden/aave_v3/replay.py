"""Replay a recording of a pool through the adapter: its logs, its reads, and every answer beside ours.

The recordings are made by scripts/record_golden.py; they say which contract, commit and compiler they come from.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.evm import Address, Answer, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.aave_v3.view import AaveView
from indexer.words import Gate, Terms

HERE = Path(__file__).parent
DEPLOYMENT = "golden"
SIX = (
    *("total_collateral_base", "total_debt_base", "available_borrows_base"),
    *("current_liquidation_threshold", "ltv", "health_factor"),
)
CUT = 105 * 10**16

_GATES: dict[str, Gate] = {
    "25": Gate.ZERO_AMOUNT,
    "27": Gate.RESERVE_INACTIVE,
    "29": Gate.RESERVE_PAUSED,
    "45": Gate.NOT_LIQUIDATABLE,
    "46": Gate.COLLATERAL_NOT_ENABLED,
    "59": Gate.SENTINEL,
    "97": Gate.GRACE_PERIOD,
    "103": Gate.LEFTOVER,
    "0x90cd6f24": Gate.RESERVE_INACTIVE,
    "0xd37f5f1c": Gate.RESERVE_PAUSED,
    "0x91037009": Gate.SENTINEL,
    "0x9e3e6060": Gate.GRACE_PERIOD,
    "0x930bb771": Gate.NOT_LIQUIDATABLE,
    "0x979b5ce8": Gate.COLLATERAL_NOT_ENABLED,
    "0xb629b0e4": Gate.LEFTOVER,
    "0x2075cc10": Gate.ZERO_AMOUNT,
}
"""What the contracts say when they revert: a number up to 3.3, the selector of a custom error from 3.4 on."""


@cache
def recording(name: str) -> dict[str, Any]:
    """One recorded file."""
    document: dict[str, Any] = json.loads(gzip.decompress((HERE / f"{name}.json.gz").read_bytes()))
    return document


@dataclass
class Result:
    """What was compared, by kind, and what differs."""

    compared: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def check(self, kind: str, where: str, theirs: object, ours: object) -> None:
        """Count one comparison."""
        self.compared[kind] += 1
        if theirs != ours:
            self.mismatches.append(f"{kind} {where}: the contract says {theirs}, we say {ours}")


class Replay:
    """One recording folded into a book, block by block."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.protocol = AaveV3()
        self.book = Book()
        self.deployment = Deployment(DEPLOYMENT, "aave_v3", address(document["about"]["entry"]))
        self.result = Result()
        self.compared_by_revision: dict[str, Counter[str]] = {}
        self._facts = _answers(document["facts"])

    def run(self) -> Result:
        """Fold every block and compare after each; at checkpoints everything."""
        for _ in self.steps():
            pass
        return self.result

    def view(self) -> AaveView:
        """The book as it stands, at its stored prices."""
        return self.protocol.view(self.deployment, self.book[DEPLOYMENT], "price", 0)

    def steps(self) -> Iterator[DeploymentBook]:
        """Fold and compare block by block; yields the book after each."""
        checkpoints = {checkpoint["number"]: checkpoint for checkpoint in self.document["checkpoints"]}
        for block in self.document["blocks"]:
            draft = Draft(self.book)
            logs = list(_logs(block))
            wanted = self.protocol.plan_facts(self.deployment, logs)
            facts = {call: self._facts[call.to, call.data] for call in wanted}
            self.protocol.apply_logs(self.deployment, logs, draft, facts)
            checkpoint = checkpoints.get(block["number"])
            if checkpoint is not None:
                self._read(draft, checkpoint)
            self.book.apply(draft.changes())
            before = self.result.compared.copy()
            self._compare_stored(block)
            if checkpoint is not None:
                self._compare_checkpoint(checkpoint)
            if self.result.compared != before:
                counted = self.compared_by_revision.setdefault(self.view().revision, Counter())
                counted.update(self.result.compared - before)
            yield self.book[DEPLOYMENT]

    def _read(self, draft: Draft, checkpoint: dict[str, Any]) -> None:
        told = _answers(checkpoint["reads"])
        for asset in draft.markets(DEPLOYMENT):
            draft.touch(Entity(DEPLOYMENT, asset))
        for _ in range(2):
            plan = self.protocol.plan_reads(self.deployment, draft)
            now = {call: told.get((call.to, call.data)) for call in plan.now}
            self.protocol.apply_reads(self.deployment, draft, checkpoint["timestamp"], now, {})

    def _compare_stored(self, block: dict[str, Any]) -> None:
        rows = self.book[DEPLOYMENT]
        kinds = {
            fields[token]: (asset, kind)
            for asset, fields in rows.markets.items()
            for token, kind in (("atoken", "supply"), ("vdebt", "debt"), ("sdebt", "stable"))
            if fields.get(token)
        }
        for token, account, *words in block["stored"]:
            asset, kind = kinds[int(token, 16)]
            names = ("stable", "stable_rate", "stable_updated") if kind == "stable" else (kind, f"{kind}_index")
            where = Entity(DEPLOYMENT, asset, address(account))
            ours = [self.book.get(where, name) or 0 for name in names]
            self.result.check("stored balances", f"{account} {kind} of {asset} in {block['number']}", words, ours)

    def _compare_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        number, rows = checkpoint["number"], self.book[DEPLOYMENT]
        for at, said in checkpoint["said"].items():
            view = self._view_at(checkpoint, at)
            for account, words in said.items():
                theirs = None if words is None else dict(zip(SIX, words, strict=True))
                ours = view.comparable(account, int(at))
                self.result.check("account data", f"{account} in {number} at {at}", theirs, ours)
        ids = {fields["id"]: asset for asset, fields in rows.markets.items() if "id" in fields}
        for account, (word, emode) in checkpoint["users"].items():
            their_flags = {asset for i, asset in ids.items() if word >> 2 * i + 1 & 1}
            held = dict(rows.positions_of(account))
            our_flags = {asset for asset, row in held.items() if rows.position_value(row, "collateral")}
            self.result.check("collateral flags", f"{account} in {number}", their_flags, our_flags)
            self.result.check("e-mode", f"{account} in {number}", emode, rows.account_field(account, "emode") or 0)
        told = {Call(to, data): answer for (to, data), answer in _answers(checkpoint["reads"]).items()}
        calls = {(call.to, call.data): call for call in self.protocol.plan_reconcile(self.deployment, self.book)}
        reads = {calls[call.to, call.data]: answer for call, answer in told.items() if (call.to, call.data) in calls}
        self.result.check("reconciliation", str(number), [], self.protocol.reconcile(self.deployment, self.book, reads))
        for liquidations in checkpoint["liquidations"]:
            view = self._view_at(checkpoint, str(liquidations["at"]))
            self._compare_liquidations(number, view, liquidations)

    def _view_at(self, checkpoint: dict[str, Any], at: str) -> AaveView:
        """The book at the prices of timestamp `at`: those of the block, but for what the clock alone moved."""
        told = _answers(checkpoint["reads"]) | _answers(checkpoint.get("moved", {}).get(at, []))
        calls = self.protocol.plan_prices(self.deployment, self.book).values()
        answers = {call: told.get((call.to, call.data)) for call in calls}
        prices = self.protocol.read_prices(self.deployment, self.book, answers)
        return self.protocol.view(self.deployment, self.book[DEPLOYMENT], prices, 0)

    def _compare_liquidations(self, number: int, view: AaveView, liquidations: dict[str, Any]) -> None:
        at = liquidations["at"]
        terms: dict[str, dict[tuple[str, str], Terms]] = {}
        for account, debt, collateral, outcome in liquidations["pairs"]:
            if account not in terms:
                ours = view.liquidation(account, at)
                terms[account] = {(one.debt_asset, one.collateral_asset): one for one in ours}
            found = terms[account].get((debt, collateral))
            where = f"{account} debt {debt} collateral {collateral} in {number} at {at}"
            if len(outcome) == 1:
                self._compare_refusal(where, outcome[0], found)
            else:
                said = None if found is None or not found.allowed else _amounts(found)
                self.result.check("liquidations", where, outcome, said if found is None or found.allowed else found)

    def _compare_refusal(self, where: str, why: str, found: Terms | None) -> None:
        self.result.check("refusals", f"{where} ({why})", True, found is None or not found.allowed)
        if found is not None and why in _GATES:
            self.result.check("gates", f"{where} ({why})", True, _GATES[why] in found.gates)


def _amounts(terms: Terms) -> list[int]:
    return [terms.max_debt_to_cover, terms.collateral_to_liquidator, terms.protocol_fee]


def _answers(triples: list[list[str | None]]) -> dict[tuple[Address, bytes], Answer]:
    return {
        (address(str(to)), bytes.fromhex(str(data)[2:])): None if said is None else bytes.fromhex(said[2:])
        for to, data, said in triples
    }


def _logs(block: dict[str, Any]) -> Iterator[Log]:
    for emitter, topics, data, index in block["logs"]:
        yield Log(
            address=address(emitter),
            topics=tuple(topics),
            data=data,
            block_number=block["number"],
            block_hash="0x" + f"{block['number']:064x}",
            transaction_hash="0x" + "00" * 32,
            index=index,
            block_timestamp=block["timestamp"],
        )

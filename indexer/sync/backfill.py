"""Finalised history by ranges: logs only, one transaction a range, the hash of each range's end kept."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from indexer.book import Book, Change, Draft
from indexer.errors import ArithmeticOverflow, BlockNotFound, InconsistentAnswer, MissedLog, ReconciliationFailed
from indexer.evm import EMPTY_HASH, Answer, BlockRef, Call, Log
from indexer.node import Node, Read
from indexer.parts import Part, Parts
from indexer.store import BlockRecord, HeadsSeen, LiquidationRecord, Store
from indexer.sync.logs_of_range import fetch_facts, fetch_range
from indexer.sync.progress import Phase, Progress, Report

RANGE_BLOCKS = 2_000
MOST_PROVEN = 2_000
"""Accounts compared with the contracts at the end of a backfill: all, or this many drawn by the block's hash."""
_ACCOUNTS_AT_ONCE = 200


class Backfill:
    """Backfills a set of parts into book and store. The caller reloads the book when anything here raises.

    With `history=False` only the state at the end of each range is kept: what came before cannot be asked for.
    """

    def __init__(self, node: Node, store: Store, book: Book, parts: Parts, *, history: bool = True) -> None:
        self._node = node
        self._store = store
        self._book = book
        self._parts = parts
        self._history = history

    def run(self, first: int, last: BlockRef, heads: HeadsSeen, report: Report, stopped: Iterator[bool]) -> BlockRef:
        """Backfill blocks first..last and move the cursor with them. Returns the last block stored.

        Stops early, at the end of a range, when `stopped` yields True. Raises NodeError; what was committed stays.
        """
        covered = [part.deployment.name for part in self._parts.parts]
        end = last
        for start in range(first, last.number + 1, RANGE_BLOCKS):
            end = self._end_of(min(start + RANGE_BLOCKS - 1, last.number), last)
            records = self._records(start, end, heads.head.hash)
            with self._store.transaction():
                self._store.commit(records, end, heads, dict.fromkeys(covered, end.number))
                for name in () if self._history else covered:
                    self._store.set_covered_to(name, end.number, covered_from=end.number)
            report(Progress(Phase.BACKFILL, end.number, last.number, sum(len(r.changes) for r in records), end))
            if next(stopped, False):
                break
        return end

    def catch_up(self, first: int, cursor: BlockRef, heads: HeadsSeen, report: Report, stopped: Iterator[bool]) -> None:
        """Backfill parts that joined later up to the cursor, which stays where it is; stops early as `run` does.

        The last range is kept only when everything adds up. Raises ReconciliationFailed, NodeError.
        """
        names = [part.deployment.name for part in self._parts.parts]
        for start in range(first, cursor.number + 1, RANGE_BLOCKS):
            end = self._end_of(min(start + RANGE_BLOCKS - 1, cursor.number), cursor)
            records = [
                record for record in self._records(start, end, heads.head.hash) if record.changes or record.liquidations
            ]
            if end == cursor:
                reconcile(self._node, self._book, self._parts, cursor)
            self._store.commit(records, cursor, heads, dict.fromkeys(names, end.number))
            report(Progress(Phase.BACKFILL, end.number, cursor.number, sum(len(r.changes) for r in records), end))
            if next(stopped, False):
                break

    def _end_of(self, number: int, last: BlockRef) -> BlockRef:
        if number == last.number:
            return last
        header = self._node.fetch_header(number)
        if header is None:
            raise BlockNotFound(str(number))
        return header.ref

    def _records(self, first: int, end: BlockRef, anchor: str) -> list[BlockRecord]:
        try:
            return self._records_of(first, end, anchor)
        except (ArithmeticOverflow, MissedLog) as error:
            raise ReconciliationFailed(f"the logs of blocks {first}-{end.number} do not add up: {error}") from None

    def _records_of(self, first: int, end: BlockRef, anchor: str) -> list[BlockRecord]:
        logs = fetch_range(self._node, self._parts, first, end.number)
        if logs and logs[-1].block_number == end.number and logs[-1].block_hash != end.hash:
            raise InconsistentAnswer(f"block {end.number}: header {end.hash} and logs {logs[-1].block_hash} differ")
        facts = fetch_facts(self._node, self._parts, logs, anchor)
        if not self._history:
            return [self._coalesced(end, logs, facts)]
        records = [self._record(number, list(own), facts) for number, own in groupby(logs, lambda x: x.block_number)]
        if records and records[-1].ref.number == end.number:
            records[-1] = replace(records[-1], ref=end, keep_block=True)
        else:
            records.append(BlockRecord(end, complete=False, changes=()))
        return records

    def _record(self, number: int, logs: list[Log], facts: dict[Call, Answer]) -> BlockRecord:
        ref = BlockRef(number, logs[0].block_hash, EMPTY_HASH, logs[0].block_timestamp or 0)
        draft = Draft(self._book)
        happened = self._apply(logs, draft, facts)
        return BlockRecord(ref, complete=False, changes=self._kept(draft), keep_block=False, liquidations=happened)

    def _coalesced(self, end: BlockRef, logs: list[Log], facts: dict[Call, Answer]) -> BlockRecord:
        draft, happened = Draft(self._book), list[LiquidationRecord]()
        for _, own in groupby(logs, lambda log: log.block_number):
            happened += self._apply(list(own), draft, facts)
        return BlockRecord(end, complete=False, changes=self._kept(draft), liquidations=happened)

    def _apply(self, logs: list[Log], draft: Draft, facts: dict[Call, Answer]) -> list[LiquidationRecord]:
        """One block's logs into the draft; what was liquidated. How long it could have been nobody watched."""
        number, at = logs[0].block_number, logs[0].block_timestamp or 0
        happened = self._parts.apply_logs(logs, draft, facts)
        return [LiquidationRecord(one.deployment, number, at, one.what) for one in happened]

    def _kept(self, draft: Draft) -> list[Change]:
        changes = draft.changes()
        self._book.apply(changes)
        return changes


def _wrong_holdings(node: Node, book: Book, part: Part, ref: BlockRef) -> Iterator[str]:
    accounts = book[part.deployment.name].accounts
    chosen = accounts if len(accounts) <= MOST_PROVEN else random.Random(ref.hash).sample(accounts, MOST_PROVEN)
    for start in range(0, len(chosen), _ACCOUNTS_AT_ONCE):
        some = chosen[start : start + _ACCOUNTS_AT_ONCE]
        calls = tuple(part.protocol.plan_holdings(part.deployment, some, book))
        answers = dict(zip(calls, node.read(ref.hash, [Read(calls)])[0], strict=True)) if calls else {}
        yield from part.protocol.holdings(part.deployment, some, book, answers)


def reconcile(node: Node, book: Book, parts: Parts, ref: BlockRef) -> None:
    """Compare what the logs added up to with the contracts at `ref`.

    Raises ReconciliationFailed that names what disagrees: an answer was short, or the chain has logs we do not know.
    """
    wrong: list[str] = []
    for part in parts.parts:
        calls = tuple(part.protocol.plan_reconcile(part.deployment, book))
        if not calls:
            continue
        answers = dict(zip(calls, node.read(ref.hash, [Read(calls)])[0], strict=True))
        wrong.extend(part.protocol.reconcile(part.deployment, book, answers))
        wrong.extend(_wrong_holdings(node, book, part, ref))
    if wrong:
        shown = "; ".join(wrong[:3]) + (f"; and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        raise ReconciliationFailed(f"the backfill to block {ref.number} does not add up: {shown}")

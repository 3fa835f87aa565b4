"""What goes into the store and comes out of it, as plain frozen records. No SQL."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from indexer.book.change import Change
from indexer.evm import Address, BlockRef, Call
from indexer.protocols._interface import Liquidation


@dataclass(frozen=True, slots=True)
class LiquidationRecord:
    """A liquidation of one deployment, where and when it happened.

    `liquidatable_since` is the first followed block at whose end the account was known to be liquidatable, as it stood
    before this block; None: not known (a backfilled block, or an account that became so in between).
    """

    deployment: str
    block_number: int
    block_timestamp: int
    what: Liquidation
    liquidatable_since: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Block number and log index: what pages are counted by."""
        return self.block_number, self.what.log_index


@dataclass(frozen=True, slots=True)
class LiquidationFilters:
    """Which liquidations to read. None: any."""

    account: str | None = None
    """An account key, or the address before the `/` of one."""
    owner: str | None = None
    deployment: str | None = None
    liquidator: str | None = None
    since_block: int | None = None
    until_block: int | None = None
    """The first and the last block, both included."""
    limit: int | None = None
    after: tuple[int, int] | None = None
    """The `key` of the last row of the page before: block number and log index."""
    auction: str | None = None


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """One block's changes, in the order they happened.

    `complete` says that all state and prices were read at this block. `keep_block=False` is for finalised
    blocks inside a backfilled range: the changes are stored under the block's number, its hash is not
    (only `ref.number` is used).
    """

    ref: BlockRef
    complete: bool
    changes: Sequence[Change]
    keep_block: bool = True
    liquidations: Sequence[LiquidationRecord] = ()
    """Those of the block, or of blocks before it whose changes are not kept one by one."""


class StoredBlock(NamedTuple):
    """A block the store knows by hash, and whether all state and prices were read at it."""

    ref: BlockRef
    complete: bool


class Head(NamedTuple):
    """A block as a node's tag named it."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class HeadsSeen:
    """What the node last called latest, safe and finalized. `observed_at` is Unix seconds of the observer."""

    head: Head
    safe: Head | None
    finalized: Head | None
    observed_at: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a protocol, and the blocks for which the store holds all of it.

    `covered_from` is the first block whose state can be told (`first_block`, or later where the state was
    first read at a head); `covered_to` the last one. Both are None before anything was stored.
    """

    name: str
    protocol: str
    entry: Address
    first_block: int
    covered_from: int | None = None
    covered_to: int | None = None

    def joined(self, cursor: int) -> bool:
        """Whether the deployment's state is that of block `cursor`, so that it can stand beside the others."""
        return self.covered_to is not None and self.covered_to >= cursor


@dataclass(frozen=True, slots=True)
class Token:
    """Static facts of a token. None where the contract does not say; text is chosen by strangers."""

    address: Address
    symbol: str | None
    decimals: int | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The last block at which an account was compared with the contract's own answer."""

    deployment: str
    account: str
    block_number: int
    block_hash: str
    ok: bool


@dataclass(frozen=True, slots=True)
class JobRun:
    """When a scheduled job last started and finished (Unix seconds), and its last error, if the last run failed."""

    name: str
    last_started: int | None
    last_finished: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    """A mismatch with the contracts: the deployment is quarantined until a whole comparison agrees again.

    `accounts` are the keys that differed, `example` one of them in a line for people. `healed_block` is where their
    state was read again; `closed_block` where everything agreed. Times are Unix seconds.
    """

    deployment: str
    block_number: int
    accounts: tuple[str, ...]
    example: str
    opened_at: int
    healed_block: int | None = None
    closed_block: int | None = None
    closed_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the deployment is still quarantined."""
        return self.closed_block is None


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An open alert of a rule: the worst that was said of its subject, at which block, and since when it is less."""

    rule: str
    subject: str
    severity: int
    size: float | None
    fired_at: int
    said_number: int
    said_hash: str
    calm_since: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of the outbox. `id` is the same however often it is sent; `body` is JSON."""

    id: str
    rule: str
    event: str
    created_at: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that a target has not accepted yet. `number` orders messages; `next_at` is when it is due again."""

    number: int
    message: Outgoing
    attempts: int
    next_at: int


@dataclass(frozen=True, slots=True)
class ReportRun:
    """A report that was made, and its headline figures; `created_at` is Unix seconds."""

    block_number: int
    block_hash: str
    created_at: int
    figures: Mapping[str, int | float | None]


class StreamMark(NamedTuple):
    """Which block one row of the stream's log is about. `kind` is the stream's own word."""

    seq: int
    kind: str
    block_number: int
    block_hash: str


class StreamEntry(NamedTuple):
    """One row of the stream's log. It follows the row `after_seq` (0: the first), and only one row can."""

    seq: int
    after_seq: int
    kind: str
    block_number: int
    block_hash: str
    body: bytes

    @property
    def mark(self) -> StreamMark:
        """Without its body."""
        return StreamMark(self.seq, self.kind, self.block_number, self.block_hash)


def call_key(call: Call, at_timestamp: int | None = None) -> bytes:
    """Name a call within one block: sha256 of target, calldata and, where time was overridden, the timestamp."""
    digest = hashlib.sha256(bytes.fromhex(call.to[2:]) + call.data)
    if at_timestamp is not None:
        digest.update(b"@" + at_timestamp.to_bytes(8, "big"))
    return digest.digest()

"""Cursors: where the next page begins, in which list, of which block.

A cursor names the block by number and hash, what was known to be wrong then (`knowledge`), the question (filters and
order) and the sort position of the last row shown. It holds no secret, and it gives nothing that a question would not:
its checksum is there so that a cursor that was cut off or edited is told to its face, and every part is checked as a
parameter is.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec
from pydantic import ValidationError

from indexer.api.asking import LARGEST_BLOCK, ListQuery
from indexer.api.faults import ApiFault, bad_cursor
from indexer.reports.snapshot import Snapshot
from indexer.store import Incident

_CHECK_BYTES = 8
_PLACE = ("block", "cursor", "limit")
Position = tuple[Any, ...]
Shape = tuple[Callable[[str], object], ...]
"""What makes each part of a position of its text; raises ValueError."""
Q = TypeVar("Q", bound=ListQuery)


class _Packed(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """As it is written: a number may pass 64 bits, so positions are text."""

    kind: str
    block: int
    block_hash: str
    knowledge: str
    question: dict[str, Any]
    after: list[bool | str]


@dataclass(frozen=True, slots=True)
class Cursor(Generic[Q]):
    """`after` is the sort position of the last row of the page before."""

    kind: str
    block: int
    block_hash: str
    knowledge: str
    question: Q
    after: Position

    def text(self) -> str:
        """The cursor as it is given out."""
        question = self.question.model_dump(mode="json", exclude_defaults=True)
        after = [each if isinstance(each, bool) else str(each) for each in self.after]
        packed = msgspec.json.encode(_Packed(self.kind, self.block, self.block_hash, self.knowledge, question, after))
        return urlsafe_b64encode(_check(packed) + packed).rstrip(b"=").decode()


def following(snapshot: Snapshot, kind: str, question: ListQuery, after: Position) -> str:
    """The cursor of the rows behind a position in a list of this block."""
    ref = snapshot.ref
    return Cursor(kind, ref.number, ref.hash, knowledge(snapshot.incidents), question.question, after).text()


def knowledge(incidents: Sequence[Incident]) -> str:
    """A name of what is known to be wrong: a quarantine changes what may be said of the same block."""
    return blake2b(repr(list(incidents)).encode(), digest_size=6).hexdigest()


def read_cursor(given: Q, kind: str, shape: Callable[[Q], Shape]) -> Cursor[Q]:
    """The cursor of a question, whose own parameters must be absent or the same.

    `shape` tells the types of a position in the list of a question. Raises ApiFault 400 for what is no cursor of it.
    """
    packed = _unpacked(given.cursor or "")
    try:
        question = type(given)(**packed.question)
        after = tuple(_as(kind_of, each) for kind_of, each in zip(shape(question), packed.after, strict=True))
    except (ValidationError, ValueError, TypeError):
        raise bad_cursor("this is no cursor of this list") from None
    if packed.kind != kind or not 0 <= packed.block <= LARGEST_BLOCK:
        raise bad_cursor("this cursor is of another list")
    for name in given.model_fields_set - set(_PLACE):
        if getattr(given, name) != getattr(question, name):
            raise bad_cursor(f"{name} is not what the cursor was made with")
    if given.block not in (None, packed.block):
        raise bad_cursor("block is not what the cursor was made with")
    return Cursor(kind, packed.block, packed.block_hash, packed.knowledge, question.question, after)


def _unpacked(text: str) -> _Packed:
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        check, packed = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        if check != _check(packed):
            raise _no_cursor()
        return msgspec.json.decode(packed, type=_Packed)
    except (ValueError, msgspec.MsgspecError):
        raise _no_cursor() from None


def _no_cursor() -> ApiFault:
    return bad_cursor("this is no cursor, or only a part of one")


def _check(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=_CHECK_BYTES, person=b"indexer-cursor").digest()


def _as(kind: Callable[[str], object], value: bool | str) -> object:
    if kind is bool or isinstance(value, bool):
        if not (kind is bool and isinstance(value, bool)):
            raise ValueError("a flag is no text")
        return value
    return kind(value)

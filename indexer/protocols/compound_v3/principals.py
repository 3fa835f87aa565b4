"""Base balances, which no log carries exactly: `userBasic`, and when it must be asked of whom.

A principal changes only in a call that accrues first, and accruing sets `lastAccrualTime` to the block's timestamp. So
principals that were read when `lastAccrualTime` was t stay true for as long as it is t (`principals_as_of`). They are
asked again

* with everything else, where a log of the block tells of a call that accrues, and where none were read yet;
* in a second request of the same block, where `totalsBasic` tells that somebody accrued without a log: a transfer of
  base between two borrowers, a transfer of zero (which rounds a supplier's principal down), `accrueAccount`. Rare.

Blocks may share a timestamp; then `lastAccrualTime` alone proves nothing, and the accounts are asked again.

Asked is everybody who has a principal or a collateral. Who has neither cannot get one without a log that names him:
only collateral lets anybody owe, and what becomes a supply is logged as a Transfer. Where the block before was not
read (after a backfill), every known account is asked.
"""

from indexer.abi import signed, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Answer, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import configuration
from indexer.protocols.compound_v3.interfaces import COMET

FIELDS = ("lent", "debt", "unscreened", "unread_accounts", "principals_as_of")
UNREAD = 1
"""`unscreened`: the account's principal could not be read."""
ODD_BITS = 2
"""`unscreened`: its bits are not those its balances imply, after an upgrade moved or dropped an asset."""

_BASIC = COMET.functions["userBasic"]
_WORDS = 5
_PRINCIPAL, _ASSETS_IN, _RESERVED = 0, 3, 4


def basic_call(deployment: Deployment, account: str) -> Call:
    """`userBasic(account)`, encoded here because it is made for every account of a touched block."""
    return Call(deployment.entry, _BASIC.selector + bytes(12) + bytes.fromhex(account[2:]), _BASIC.answer_bytes)


def basic_of(answer: Answer) -> tuple[int, int] | None:
    """Principal and the 24 bits (`assetsIn`, then `_reserved`) of a `userBasic` answer; None where it failed."""
    words = words_of(answer, _WORDS)
    return None if words is None else (signed(words[_PRINCIPAL]), words[_ASSETS_IN] | words[_RESERVED] << 16)


def forget(deployment: Deployment, draft: Draft) -> None:
    """Note that principals may have moved: a log tells of a call that accrues, or of an upgrade."""
    draft.set(Entity(deployment.name), "principals_as_of", None)


def known_accounts(deployment: Deployment, book: Book | Draft) -> list[str]:
    """Every account a log named, in order of discovery."""
    draft = book if isinstance(book, Draft) else Draft(book)
    found = dict.fromkeys(draft.book[deployment.name].accounts)
    for change in draft.changes():
        if change.entity.deployment == deployment.name and change.entity.account:
            found.setdefault(change.entity.account)
    return [account for account in found if draft.get(Entity(deployment.name, "", account), "known")]


def accounts_to_ask(deployment: Deployment, draft: Draft) -> list[str]:
    """Whose `userBasic` this block wants, as far as the draft tells: nobody's, or that of all whose may have moved."""
    own = Entity(deployment.name)
    return [] if draft.get(own, "base_token") is None or _believed(own, draft) else _movable(deployment, draft)


def apply(deployment: Deployment, draft: Draft, at: int, now: Facts) -> None:
    """Write what was answered, after the totals of this block were written.

    When all have answered, their principals are as of the totals' last accrual, else nobody's is believed: somebody
    accrued in this very block without a log.
    """
    own, last = Entity(deployment.name), draft.get(Entity(deployment.name), "last_accrual")
    if _believed(own, draft) and last != at:
        return
    basics, missing, failed = _Basics(deployment, draft), 0, 0
    for account in _movable(deployment, draft):
        call = basic_call(deployment, account)
        if call not in now:
            missing += 1
            continue
        basics.write(account, now[call])
        failed += now[call] is None
    draft.set(own, "principals_as_of", None if missing else last)
    draft.set(own, "unread_accounts", failed or None)


def write(deployment: Deployment, draft: Draft, account: str, answer: Answer) -> None:
    """Put one `userBasic` answer into the draft; a failed one leaves the account unread, never without debt."""
    _Basics(deployment, draft).write(account, answer)


class _Basics:
    """Writes `userBasic` answers into one draft."""

    def __init__(self, deployment: Deployment, draft: Draft) -> None:
        self._name = deployment.name
        self._draft = draft
        self._base = address(draft.number(Entity(self._name), "base_token"))
        assets = configuration.assets(deployment, draft)
        self._offsets = {where.market: draft.number(where, "offset") for where in assets}
        moved = any(change.field == "offset" for change in draft.changes())
        self._compares_bits = moved or not _was_read(deployment, draft)

    def write(self, account: str, answer: Answer) -> None:
        """One answer. Zero is absent, so that nobody gets rows for nothing and reading late ends in the same rows."""
        basic = basic_of(answer)
        where, base = Entity(self._name, "", account), Entity(self._name, self._base, account)
        if basic is None:
            self._put(base, "lent", None)
            self._put(base, "debt", None)
            self._put(base, "unscreened", UNREAD)
            return
        principal, assets_in = basic
        if self._compares_bits or self._draft.get(base, "unscreened") or self._draft.touched(where):
            self._put(base, "unscreened", None if assets_in == self._implied_bits(account) else ODD_BITS)
        self._put(where, "assets_in", assets_in or None)
        self._put(base, "lent", max(0, principal) or None)
        self._put(base, "debt", max(0, -principal) or None)

    def _put(self, where: Entity, field: str, value: int | None) -> None:
        if value != self._draft.get(where, field):
            self._draft.set(where, field, value)

    def _implied_bits(self, account: str) -> int:
        """The bits `updateAssetsIn` would have set for the account's balances at the offsets of now."""
        held = (m for m in self._offsets if self._draft.number(Entity(self._name, m, account), "supply"))
        return sum(1 << self._offsets[market] for market in held)


def _believed(own: Entity, draft: Draft) -> bool:
    """Whether the principals in the draft are those of its totals' last accrual, and all were read."""
    as_of = draft.get(own, "principals_as_of")
    return as_of is not None and as_of == draft.get(own, "last_accrual") and not draft.get(own, "unread_accounts")


def _was_read(deployment: Deployment, draft: Draft) -> bool:
    """Whether the book, without this block, has everybody's principal."""
    return draft.book.get(Entity(deployment.name), "principals_as_of") is not None


def _movable(deployment: Deployment, draft: Draft) -> list[str]:
    """Known accounts whose principal may have moved since the block before."""
    known = known_accounts(deployment, draft)
    if not _was_read(deployment, draft):
        return known
    base = address(draft.number(Entity(deployment.name), "base_token"))
    return [account for account in known if _may_move(Entity(deployment.name, base, account), draft)]


def _may_move(base: Entity, draft: Draft) -> bool:
    """Whether the account has anything, was not read, or was named by a log of this block."""
    own = Entity(base.deployment, "", base.account)
    if draft.get(own, "assets_in") or draft.touched(own):
        return True
    return any(draft.get(base, field) for field in ("lent", "debt", "unscreened"))

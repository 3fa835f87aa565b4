"""Base balances, which no log carries exactly: `userBasic`, and when it must be asked of everybody.

A principal changes only in a call that accrues first, and accruing sets `lastAccrualTime` to the block's timestamp. So
principals read when `lastAccrualTime` was t stay true for as long as it is t. They are asked of every known account

* with everything else, where a log of the block tells of a call that accrues, and where none were read yet;
* in a second request of the same block, where `totalsBasic` tells that somebody accrued without a log: a transfer of
  base between two borrowers, a transfer of zero (which rounds a supplier's principal down), `accrueAccount`. Rare.

Blocks may share a timestamp; then `lastAccrualTime` alone proves nothing, and the accounts are asked again.

`assets_in` comes with the principal. Logs that only move collateral do not accrue: the accounts they name are asked.
"""

from collections.abc import Iterable, Sequence

from indexer.abi import signed, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Answer, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import configuration
from indexer.protocols.compound_v3.interfaces import COMET

FIELDS = ("assets_in", "lent", "debt", "unread", "principals_as_of")
_BASIC = COMET.functions["userBasic"]
_WORDS = 5
_PRINCIPAL, _ASSETS_IN, _RESERVED = 0, 3, 4


def basic_call(deployment: Deployment, account: str) -> Call:
    """`userBasic(account)`, encoded here because it is made for every account of a touched block."""
    return Call(deployment.entry, _BASIC.selector + bytes(12) + bytes.fromhex(account[2:]), _BASIC.answer_bytes)


def known_accounts(deployment: Deployment, book: Book | Draft) -> list[str]:
    """Every account a log named, in order of discovery."""
    draft = book if isinstance(book, Draft) else Draft(book)
    found = dict.fromkeys(draft.book[deployment.name].accounts)
    found.update(dict.fromkeys(_changed(deployment, draft)))
    return [account for account in found if draft.get(Entity(deployment.name, "", account), "known")]


def accounts_to_ask(deployment: Deployment, draft: Draft) -> list[str]:
    """Whose `userBasic` this block wants, as far as the draft tells."""
    own = Entity(deployment.name)
    if draft.get(own, "base_token") is None:
        return []
    if _everybody(own, draft):
        return known_accounts(deployment, draft)
    changed = dict.fromkeys(_changed(deployment, draft))
    return [account for account in changed if draft.touched(Entity(deployment.name, "", account))]


def apply(deployment: Deployment, draft: Draft, at: int, now: Facts, asked: Sequence[str], *, everybody: bool) -> None:
    """Write what `asked` accounts answered, after the totals of this block were written.

    `everybody` says whether they are all there are. When all have answered, their principals are as of the totals' last
    accrual; when somebody accrued in this block and not all were asked, nobody's principal is believed.
    """
    own, last = Entity(deployment.name), draft.get(Entity(deployment.name), "last_accrual")
    stale = last == at and not everybody
    basics, complete = _Basics(deployment, draft), True
    for account in known_accounts(deployment, draft) if stale else asked:
        call = basic_call(deployment, account)
        answer = now.get(call)
        complete &= answer is not None
        if call in now:
            basics.write(account, answer)
    if everybody or stale:
        draft.set(own, "principals_as_of", last if complete else None)


def is_everybody_asked(deployment: Deployment, draft: Draft) -> bool:
    """Whether `accounts_to_ask` names every known account."""
    return _everybody(Entity(deployment.name), draft)


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
        self._moved = any(change.field == "offset" for change in draft.changes())

    def write(self, account: str, answer: Answer) -> None:
        """One answer. Zero is absent, so that nobody gets rows for nothing and reading late ends in the same rows."""
        words = words_of(answer, _WORDS)
        where, base = Entity(self._name, "", account), Entity(self._name, self._base, account)
        if words is None:
            for entity, field in ((where, "assets_in"), (base, "lent"), (base, "debt")):
                self._put(entity, field, None)
            self._put(base, "unread", 1)
            return
        principal, assets_in = signed(words[_PRINCIPAL]), words[_ASSETS_IN] | words[_RESERVED] << 16
        if self._moved or self._draft.touched(where) or assets_in != self._draft.get(where, "assets_in"):
            self._put(base, "unread", int(assets_in != self._implied_bits(account)) or None)
        self._put(where, "assets_in", assets_in)
        self._put(base, "lent", max(0, principal) or None)
        self._put(base, "debt", max(0, -principal) or None)

    def _put(self, where: Entity, field: str, value: int | None) -> None:
        if value != self._draft.get(where, field):
            self._draft.set(where, field, value)

    def _implied_bits(self, account: str) -> int:
        """The bits `updateAssetsIn` would have set for the account's balances at the offsets of now.

        They differ only where an upgrade moved or dropped an asset that somebody holds; the screen's weights do not fit.
        """
        held = (m for m in self._offsets if self._draft.number(Entity(self._name, m, account), "supply"))
        return sum(1 << self._offsets[market] for market in held)


def _everybody(own: Entity, draft: Draft) -> bool:
    as_of = draft.get(own, "principals_as_of")
    return draft.touched(own) or as_of is None or as_of != draft.get(own, "last_accrual")


def _changed(deployment: Deployment, draft: Draft) -> Iterable[str]:
    for change in draft.changes():
        if change.entity.deployment == deployment.name and change.entity.account:
            yield change.entity.account

"""Base balances, which no log carries exactly: `userBasic`, and when it must be asked of everybody.

A principal changes only in a call that accrues first, and accruing sets `lastAccrualTime` to the block's timestamp. So
principals read when `lastAccrualTime` was t stay true for as long as it is t. They are asked of every known account

* with everything else, where a log of the block tells of a call that accrues, and where none were read yet;
* in a second request of the same block, where `totalsBasic` tells that somebody accrued without a log: a transfer of
  base between two borrowers, a transfer of zero (which rounds a supplier's principal down), `accrueAccount`. Rare.

Blocks may share a timestamp; then `lastAccrualTime` alone proves nothing, and the accounts are asked again.

`assets_in` comes with the principal. Logs that only move collateral do not accrue: the accounts they name are asked.
"""

from collections.abc import Iterable

from indexer.abi import signed, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Answer, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import configuration
from indexer.protocols.compound_v3.interfaces import COMET

FIELDS = ("assets_in", "lent", "debt", "unread", "principals_as_of")
_WORDS = 5
_PRINCIPAL, _ASSETS_IN, _RESERVED = 0, 3, 4


def basic_call(deployment: Deployment, account: str) -> Call:
    """`userBasic(account)`."""
    return COMET.call("userBasic", deployment.entry, account)


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


def apply(deployment: Deployment, draft: Draft, at: int, now: Facts, asked: Iterable[str], *, everybody: bool) -> None:
    """Write what `asked` accounts answered, after the totals of this block were written.

    `everybody` says whether they are all there are: then their principals are as of the totals' last accrual.
    """
    own, last = Entity(deployment.name), draft.get(Entity(deployment.name), "last_accrual")
    offsets = _Offsets(deployment, draft)
    answered = [account for account in asked if basic_call(deployment, account) in now]
    for account in answered:
        _write_basic(deployment, draft, account, now[basic_call(deployment, account)], offsets)
    if everybody or last == at:
        answers = [now.get(basic_call(deployment, account)) for account in known_accounts(deployment, draft)]
        draft.set(own, "principals_as_of", None if None in answers else last)


def is_everybody_asked(deployment: Deployment, draft: Draft) -> bool:
    """Whether `accounts_to_ask` names every known account."""
    return _everybody(Entity(deployment.name), draft)


def write(deployment: Deployment, draft: Draft, account: str, answer: Answer) -> None:
    """Put one `userBasic` answer into the draft; a failed one leaves the account unread, never without debt."""
    _write_basic(deployment, draft, account, answer, _Offsets(deployment, draft))


class _Offsets:
    """The assets' offsets as of this draft, and whether one of them is new in it."""

    def __init__(self, deployment: Deployment, draft: Draft) -> None:
        self.by_market = {
            where.market: draft.number(where, "offset") for where in configuration.assets(deployment, draft)
        }
        self.moved = any(change.field == "offset" for change in draft.changes())


def _write_basic(deployment: Deployment, draft: Draft, account: str, answer: Answer, offsets: _Offsets) -> None:
    name = deployment.name
    where = Entity(name, "", account)
    base = Entity(name, address(draft.number(Entity(name), "base_token")), account)
    words = words_of(answer, _WORDS)
    if words is None:
        for entity, field in ((where, "assets_in"), (base, "lent"), (base, "debt")):
            draft.set(entity, field, None)
        draft.set(base, "unread", 1)
        return
    principal = signed(words[_PRINCIPAL])
    assets_in = words[_ASSETS_IN] | words[_RESERVED] << 16
    judged = assets_in == draft.get(where, "assets_in") and not draft.touched(where) and not offsets.moved
    draft.set(where, "assets_in", assets_in)
    _write(draft, base, "lent", max(0, principal))
    _write(draft, base, "debt", max(0, -principal))
    if not judged:
        _write(draft, base, "unread", int(assets_in != _implied_bits(name, draft, account, offsets)))


def _everybody(own: Entity, draft: Draft) -> bool:
    as_of = draft.get(own, "principals_as_of")
    return draft.touched(own) or as_of is None or as_of != draft.get(own, "last_accrual")


def _changed(deployment: Deployment, draft: Draft) -> Iterable[str]:
    for change in draft.changes():
        if change.entity.deployment == deployment.name and change.entity.account:
            yield change.entity.account


def _implied_bits(name: str, draft: Draft, account: str, offsets: _Offsets) -> int:
    """The bits `updateAssetsIn` would have set for the account's balances at the offsets of now.

    They differ only where an upgrade moved or dropped an asset that somebody holds; the screen's weights do not fit.
    """
    held = (offset for m, offset in offsets.by_market.items() if draft.number(Entity(name, m, account), "supply"))
    return sum(1 << offset for offset in held)


def _write(draft: Draft, where: Entity, field: str, value: int) -> None:
    """Zero is absent here, so that nobody gets rows for nothing and reading late ends in the same rows."""
    draft.set(where, field, value or None)

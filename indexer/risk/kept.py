"""Chains as integers that are kept: what a block did to the chains of the owners it touched.

Under the entity ("chains", pair, owner): `low` and `high` in base units as of the block that last touched the owner
(`unknown` 1 where a rate could not be read). They are not accrued since: any block's own numbers are computed from its
rows (`indexer chains --block`). Who has which chain is always that of the block.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from indexer.book import Book, Change, Entity
from indexer.risk.evidence import proofs
from indexer.risk.footprints import Account, Footprints, Sight
from indexer.risk.owners import Owner, owner_of
from indexer.words import Health, Reason

DEPLOYMENT = "chains"
"""The pseudo deployment of these entities: its accounts are owners, its markets are pairs."""
_FIELDS = ("low", "high", "unknown")
_Values = Mapping[str, int | None]


class KeptChains:
    """Follows the chains from block to block, and says what changes about them."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._found: Footprints | None = None
        self._pending: list[Change] = []

    def undone(self, changes: Iterable[Change]) -> None:
        """Blocks were taken back: whom they touched is looked at with the next block."""
        self._pending += changes

    def forget(self) -> None:
        """What was followed last did not come to stay: everybody is looked at with the next block."""
        self._found = None
        self._pending = []

    def follow(self, changes: Iterable[Change], look: Callable[[], Sight]) -> list[Change]:
        """What a block that is in the book already does to the chains. The first time everybody is looked at.

        `look` gives the block. Nothing is written: the caller puts the changes into store and book.
        """
        sight, found = look(), self._found
        if found is None:
            found = self._found = Footprints.build(sight)
            self._pending = []
            return self._first(found, sight, _owners(changes, sight))
        owners = found.update([*self._pending, *changes], sight)
        self._pending = []
        return [change for owner in sorted(owners) for change in self._differences(owner, found, sight)]

    def _first(self, found: Footprints, sight: Sight, touched: Collection[str]) -> list[Change]:
        """At a start: whom the block touched, and whose pairs are not those kept. Others are as of an earlier one."""
        out: list[Change] = []
        for owner in dict.fromkeys((*found.linked, *self._book[DEPLOYMENT].accounts)):
            changes = list(self._differences(owner, found, sight))
            if owner in touched or any(None in (change.old, change.new) for change in changes):
                out += changes
        return out

    def _differences(self, owner: str, found: Footprints, sight: Sight) -> Iterable[Change]:
        wanted = self._wanted(owner, found, sight)
        kept = {name for name, _ in self._book[DEPLOYMENT].positions_of(owner)}
        for name in sorted(kept | wanted.keys()):
            entity = Entity(DEPLOYMENT, name, owner)
            values = wanted.get(name, {})
            for field in _FIELDS:
                old, new = self._book.get(entity, field), values.get(field)
                if old != new:
                    yield Change(entity, field, old, new)

    def _wanted(self, owner: str, found: Footprints, sight: Sight) -> dict[str, _Values]:
        if not found.is_linked(owner):
            return {}
        wallets = [owner, *(wallet for wallet, whose in sight.proxies.items() if whose == owner)]
        told = [proof for wallet in wallets for proof in proofs(self._book, wallet)]
        whole = owner_of(owner, found.accounts_of(owner), sight, _unasked, told)
        return dict(_named(whole))


def _owners(changes: Iterable[Change], sight: Sight) -> set[str]:
    """The owners of the accounts that changed."""
    accounts = {Account(entity.deployment, entity.account) for entity, *_ in changes if entity.account}
    return {sight.owner_of(account) for account in accounts if account.deployment in sight.views}


def _named(owner: Owner) -> Iterable[tuple[str, _Values]]:
    for edge in owner.reuses:
        yield edge.pair.name, _values(edge.low, edge.high)
    for receipt in owner.receipts:
        yield receipt.name, _values(receipt.amount, receipt.amount)


def _values(low: int | None, high: int | None) -> _Values:
    return {"unknown": 1} if high is None else {"low": low, "high": high}


def _unasked(_: Account) -> Health:
    """Bounds need no health."""
    return Health.unknown(Reason.UNPRICED)

"""Who holds what kind of thing where, kept from block to block: the structure from which chains are found.

A footprint says which tokens an account owes and which it has put up, not how much: interest changes every amount each
block, and no structure. So a block costs what it touched, and amounts are taken from the book when they are asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from indexer.book import Change
from indexer.evm import Address
from indexer.protocols._interface import View
from indexer.risk.look_through import LookThrough

Views = Mapping[str, View]
"""The followed deployments of one block, by name."""


class Account(NamedTuple):
    """An account of a deployment, by its key."""

    deployment: str
    key: str


class Footprint(NamedTuple):
    """The tokens an account owes, and those that count as its collateral (of some it may have nothing left)."""

    debts: frozenset[Address]
    collaterals: frozenset[Address]


class Footprints:
    """The footprints of every owner, and who among them has a chain."""

    def __init__(self) -> None:
        self._of: dict[str, dict[Account, Footprint]] = {}
        self._owners: dict[Account, str] = {}
        self._linked: dict[str, None] = {}
        self._shapes: dict[Footprint, Footprint] = {}
        self._routes: dict[Address, tuple[tuple[Address, str], ...]] = {}
        self._revisions: dict[str, str] = {}

    @classmethod
    def build(cls, views: Views, look: LookThrough, at: int) -> "Footprints":
        """From every account of every deployment."""
        found = cls()
        found._routes = _structure(look)
        for name, view in views.items():
            found._take_all(name, view, at)
        for owner in found._of:
            found._link(owner, look)
        return found

    def update(self, changes: Iterable[Change], views: Views, look: LookThrough, at: int) -> set[str]:
        """Follow one block's changes (or the changes that undo it); returns the owners it touched.

        `views` and `look` are those after the block. Where the structure of tokens itself moved (a new wrapper), the
        owners of the tokens behind it are looked at again.
        """
        touched: set[str] = set()
        accounts = {Account(entity.deployment, entity.account) for entity, *_ in changes if entity.account}
        for account in accounts:
            view = views.get(account.deployment)
            if view is not None:
                touched |= self._take(account, view, at)
        for name, view in views.items():
            if self._revisions.get(name) != view.revision:  # other rules: other positions may be told
                touched |= self._take_all(name, view, at)
        structure = _structure(look)
        if structure != self._routes:
            moved = {token for token, _ in structure.items() ^ self._routes.items()}
            self._routes = structure
            touched |= {owner for owner, own in self._of.items() if any(_holds(each, moved) for each in own.values())}
        for owner in touched:
            self._link(owner, look)
        return touched

    @property
    def linked(self) -> list[str]:
        """The owners who may have a chain, in order of their address."""
        return sorted(self._linked)

    @property
    def owners(self) -> Iterator[str]:
        """Everybody with a position."""
        return iter(self._of)

    def accounts_of(self, owner: str) -> list[Account]:
        """The accounts of an owner, in order."""
        return sorted(self._of.get(owner, ()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Footprints) and (self._of, self._linked) == (other._of, other._linked)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _take_all(self, name: str, view: View, at: int) -> set[str]:
        self._revisions[name] = view.revision
        known = [account for own in self._of.values() for account in own if account.deployment == name]
        keys = dict.fromkeys((*(account.key for account in known), *view.accounts()))
        touched: set[str] = set()
        for key in keys:
            touched |= self._take(Account(name, key), view, at)
        return touched

    def _take(self, account: Account, view: View, at: int) -> set[str]:
        """Look at one account again; returns its owners, the one before too."""
        before, owner = self._owners.get(account, account.key), view.identify(account.key).owner
        self._drop(account, before)
        found = _footprint(view, account.key, at)
        if found.debts or found.collaterals:
            self._of.setdefault(owner, {})[account] = self._shapes.setdefault(found, found)
            if owner != account.key:
                self._owners[account] = owner
        return {before, owner}

    def _drop(self, account: Account, owner: str) -> None:
        own = self._of.get(owner)
        if own is not None and own.pop(account, None) is not None and not own:
            del self._of[owner]
        self._owners.pop(account, None)

    def _link(self, owner: str, look: LookThrough) -> None:
        self._linked.pop(owner, None)
        if _is_linked(self._of.get(owner, {}), look):
            self._linked[owner] = None


def _footprint(view: View, key: str, at: int) -> Footprint:
    rows = view.positions(key, at)
    debts = frozenset(row.asset for row in rows if row.borrowed)
    # What is supplied does not matter: dust may be worth nothing now, and one unit some blocks later.
    return Footprint(debts, frozenset(row.asset for row in rows if row.is_collateral))


def _is_linked(own: Mapping[Account, Footprint], look: LookThrough) -> bool:
    """Whether a debt and a collateral share a base asset, or a collateral is another deployment's receipt."""
    debts = {look.route(token).base for each in own.values() for token in each.debts}
    for account, each in own.items():
        for token in each.collaterals:
            route = look.route(token)
            if route.base is not None and route.base in debts:
                return True
            if any(step.deployment not in ("", account.deployment) for step in route.steps):
                return True
    return False


def _holds(footprint: Footprint, tokens: set[Address]) -> bool:
    return not (footprint.debts.isdisjoint(tokens) and footprint.collaterals.isdisjoint(tokens))


def _structure(look: LookThrough) -> dict[Address, tuple[tuple[Address, str], ...]]:
    """By token: what it leads through, without rates."""
    return {
        token: tuple((step.underlying, step.deployment) for step in look.route(token).steps)
        for token in look.conversions
    }

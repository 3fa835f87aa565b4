"""Who holds what kind of thing where, kept from block to block: the structure from which chains are found.

A footprint says which tokens an account owes and which it has put up, not how much: interest changes every amount each
block, and no structure. So a block costs what it touched, and amounts are taken from the book when they are asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from indexer.book import Change
from indexer.evm import Address
from indexer.protocols._interface import View
from indexer.risk.look_through import LookThrough

Views = Mapping[str, View]
"""The followed deployments of one block, by name."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One block as chains see it: the deployments, the tokens that stand for others, whose wallet is whose."""

    views: Views
    look: LookThrough
    at: int
    proxies: Mapping[str, str] = field(default_factory=dict)
    """By smart wallet the owner it names: what the wallet holds anywhere is the owner's."""

    def owner_of(self, account: "Account") -> str:
        """Whom an account belongs to."""
        owner = self.views[account.deployment].identify(account.key).owner
        return self.proxies.get(owner, owner)


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
        self._proxies: dict[str, str] = {}

    @classmethod
    def build(cls, sight: Sight) -> "Footprints":
        """From every account of every deployment."""
        found = cls()
        found._routes, found._proxies = _structure(sight.look), dict(sight.proxies)
        for name in sight.views:
            found._take_all(name, sight)
        for owner in found._of:
            found._link(owner, sight.look)
        return found

    def update(self, changes: Iterable[Change], sight: Sight) -> set[str]:
        """Follow one block's changes (or the changes that undo it); returns the owners it touched.

        `sight` is the block after them. Where the structure of tokens itself moved (a new wrapper), or a wallet names
        another owner, those behind it are looked at again; where a deployment's rules changed, all of its accounts.
        """
        touched: set[str] = set()
        accounts = {Account(entity.deployment, entity.account) for entity, *_ in changes if entity.account}
        for account in accounts:
            if account.deployment in sight.views:
                touched |= self._take(account, sight)
        for name, view in sight.views.items():
            if self._revisions.get(name) != view.revision:
                touched |= self._take_all(name, sight)
        touched |= self._follow_proxies(sight) | self._follow_tokens(sight.look)
        for owner in touched:
            self._link(owner, sight.look)
        return touched

    @property
    def linked(self) -> list[str]:
        """The owners who may have a chain, in order of their address."""
        return sorted(self._linked)

    def is_linked(self, owner: str) -> bool:
        """Whether the owner may have a chain."""
        return owner in self._linked

    def accounts_of(self, owner: str) -> list[Account]:
        """The accounts of an owner, in order."""
        return sorted(self._of.get(owner, ()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Footprints) and (self._of, self._linked) == (other._of, other._linked)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _follow_tokens(self, look: LookThrough) -> set[str]:
        """The owners of tokens that stand for something else than before."""
        structure = _structure(look)
        moved = {token for token, _ in structure.items() ^ self._routes.items()}
        self._routes = structure
        if not moved:
            return set()
        return {owner for owner, own in self._of.items() if any(_holds(each, moved) for each in own.values())}

    def _follow_proxies(self, sight: Sight) -> set[str]:
        moved = {name for pair in sight.proxies.items() ^ self._proxies.items() for name in pair}
        self._proxies = dict(sight.proxies)
        accounts = [account for owner in moved for account in self._of.get(owner, ())]
        return {owner for account in accounts for owner in self._take(account, sight)}

    def _take_all(self, name: str, sight: Sight) -> set[str]:
        view = sight.views[name]
        self._revisions[name] = view.revision
        known = [account for own in self._of.values() for account in own if account.deployment == name]
        keys = dict.fromkeys((*(account.key for account in known), *view.accounts()))
        touched: set[str] = set()
        for key in keys:
            touched |= self._take(Account(name, key), sight)
        return touched

    def _take(self, account: Account, sight: Sight) -> set[str]:
        """Look at one account again; returns its owners, the one before too."""
        before, owner = self._owners.get(account, account.key), sight.owner_of(account)
        self._drop(account, before)
        found = _footprint(sight.views[account.deployment], account.key, sight.at)
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

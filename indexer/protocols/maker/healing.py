"""State read again from the contracts after a comparison found ours wrong: vaults that differed, ilks, sums."""

from collections.abc import Iterator, Sequence

from indexer.abi import word_of, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.maker.interfaces import (
    CLIPPER,
    DOG,
    JUG,
    MANAGER,
    SALE,
    SPOTTER,
    VAT,
    auction_of,
    ilk_name,
    ilk_of,
    ilk_word,
    is_contract,
    urn_of,
)
from indexer.protocols.maker.manager_logs import own, urn_address
from indexer.protocols.maker.reads import ilks
from indexer.protocols.maker.vault import price_behind, spot_of

Words = Iterator[tuple[Call, Entity, tuple[str, ...]]]
"""A call, and the fields that its words are."""

ILK_FIELDS = ("art", "rate", "spot", "line", "dust")


def sums(deployment: Deployment, draft: Draft) -> Words:
    """The words of the Vat, the Spotter, the Jug and the Dog that belong to no ilk."""
    own = Entity(deployment.name)
    for getter, field in (("debt", "debt"), ("vice", "vice"), ("Line", "line_all"), ("live", "live")):
        yield VAT.call(getter, deployment.entry), own, (field,)
    for module, interface, getters in (
        ("spotter", SPOTTER, (("par", "par"),)),
        ("jug", JUG, (("base", "base"),)),
        ("dog", DOG, (("Hole", "hole_all"), ("Dirt", "dirt_all"), ("live", "dog_live"))),
    ):
        to = draft.number(own, module)
        for getter, field in getters if to else ():
            yield interface.call(getter, address(to)), own, (field,)


def of_ilks(deployment: Deployment, draft: Draft) -> Words:
    """Every ilk's words in the four contracts that keep it."""
    own = Entity(deployment.name)
    for name in ilks(deployment, draft):
        where, word = own._replace(market=name), ilk_word(name)
        yield VAT.call("ilks", deployment.entry, word), where, ILK_FIELDS
        for module, interface, fields in (
            ("spotter", SPOTTER, ("pip", "mat")),
            ("jug", JUG, ("duty", "rho")),
            ("dog", DOG, ("clip", "chop", "hole", "dirt")),
        ):
            to = draft.number(own, module)
            if to:
                yield interface.call("ilks", address(to), word), where, fields


def of_vault(deployment: Deployment, key: str) -> Words:
    """A vault's collateral and debt."""
    name = ilk_of(key)
    if name is not None:
        where = Entity(deployment.name, name, key)
        yield VAT.call("urns", deployment.entry, ilk_word(name), urn_of(key)), where, ("ink", "art")


def of_owner(deployment: Deployment, key: str, book: Book | Draft) -> Words:
    """Whom its manager names, where it has one."""
    where = Entity(deployment.name, "", key)
    cdp, manager = book.get(where, "cdp"), book.get(where, "manager")
    if cdp and manager:
        yield MANAGER.call("owns", address(manager), cdp), where, ("own",)


def _vaults_of_managers(deployment: Deployment, draft: Draft) -> dict[Address, tuple[Address, int]]:
    """Manager and number of every vault ever made, by urn: the n-th contract of a manager is its n-th urn."""
    found: dict[Address, tuple[Address, int]] = {}
    for market in draft.markets(deployment.name):
        vaults = draft.number(Entity(deployment.name, market), "vaults") if is_contract(market) else 0
        manager = Address(market)
        found.update({urn_address(manager, cdp): (manager, cdp) for cdp in range(1, vaults + 1)})
    return found


def plan_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """Everything of `sums` and `of_ilks`, running auctions, and each vault with its owner."""
    calls = [call for call, _, _ in _words(deployment, accounts, draft)]
    made = _vaults_of_managers(deployment, draft)
    for manager, cdp in (made[urn_of(key)] for key in accounts if urn_of(key) in made):
        calls.extend(MANAGER.call(getter, manager, cdp) for getter in ("owns", "ilks"))
    return list(dict.fromkeys(calls))


def apply_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the contracts hold. A read that fails changes nothing: the incident stays open."""
    poked = []
    for call, where, fields in list(_words(deployment, accounts, draft)):
        words = words_of(answers.get(call), len(fields))
        for field, value in zip(fields, words or (), strict=False):
            if field and value != draft.number(where, field):
                poked += [where] if field == "spot" else []
                _write(draft, where, field, value)
        if words is not None and where.market and not where.account:
            draft.touch(where)
    for where in poked:
        _reprice(draft, where)
    made = _vaults_of_managers(deployment, draft)
    for key in accounts:
        if urn_of(key) in made:
            _apply_owner(deployment, key, *made[urn_of(key)], draft, answers)


def _write(draft: Draft, where: Entity, field: str, value: int) -> None:
    """Set a word; an ilk's collateral is the sum of its vaults' and moves with them."""
    if where.account and field == "ink":
        ilk = where._replace(account="")
        draft.set(ilk, "ink", draft.number(ilk, "ink") + value - draft.number(where, "ink"))
    draft.set(where, field, value)


def _reprice(draft: Draft, where: Entity) -> None:
    """The price behind a spot that was wrong: the one we have where it leads there, else what the spot itself tells."""
    spot, mat, price = draft.number(where, "spot"), draft.number(where, "mat"), draft.get(where, "price")
    if not spot or not mat:
        draft.set(where, "price", None)
    elif price is None or spot_of(price, mat) != spot:
        draft.set(where, "price", price_behind(spot, mat))


def _apply_owner(deployment: Deployment, key: str, manager: Address, cdp: int, draft: Draft, answers: Facts) -> None:
    where = Entity(deployment.name, "", key)
    ilk = word_of(answers.get(MANAGER.call("ilks", manager, cdp)))
    owner = word_of(answers.get(MANAGER.call("owns", manager, cdp)))
    if not owner or ilk is None or ilk_name(ilk) != ilk_of(key):
        return
    for field, value in (("cdp", cdp), ("manager", int(manager, 16))):
        if draft.get(where, field) != value:
            draft.set(where, field, value)
    if draft.get(where, "own") != owner:
        own(draft, where, owner)


def _words(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> Words:
    yield from sums(deployment, draft)
    yield from of_ilks(deployment, draft)
    yield from _auctions(deployment, draft)
    for key in accounts:
        yield from of_vault(deployment, key)


def _auctions(deployment: Deployment, draft: Draft) -> Words:
    for market in draft.markets(deployment.name):
        found, where = auction_of(market), Entity(deployment.name, market)
        if found is not None and draft.get(where, "tab") is not None:
            yield CLIPPER.call("sales", found[0], found[1]), where, ("", *SALE)

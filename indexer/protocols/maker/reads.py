"""What a followed block needs read, because no log carries it: oracles, the Vow's balances, what auctions hold, owners.

Oracles that only answer to whom they know (`toll` of an OSM) fail here, and their logs tell (`oracle_logs`).
"""

from collections.abc import Iterator

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._adapter import named_addresses
from indexer.protocols._interface import Deployment, Facts, Reads
from indexer.protocols.maker.interfaces import (
    ABACUS,
    CLIPPER,
    CURVE,
    DOG,
    JUG,
    OSM,
    PROXY,
    SETTINGS,
    SPOTTER,
    VAT,
    VOW,
    ilk_word,
    is_contract,
    marked_owner,
)

OF_CLIP = ("chost", "held")
OF_ORACLE = ("peeked", "has_peeked", "peeped", "has_peeped")
READ_FIELDS = frozenset(
    (
        *OF_CLIP,
        *OF_ORACLE,
        *("surplus", "sin", "queued", "on_auction", "principal", "owners_turn"),
    )
)
"""What only reads fill."""
ALSO_READ = frozenset(
    (
        *("buf", "tail", "cusp", "chip", "tip", "stopped", "calc", "ilk", "cut", "step", "tau"),
        *("hop", "stepped_at", "unread_owners"),
    )
)
"""What logs fill and reads fill again."""

_OWNERS_A_BLOCK = 128
"""Accounts looked at in turn: a new hand is seen within (accounts / 128) blocks."""

Wanted = Iterator[tuple[Call, Entity, str, int]]
"""A call, where a word of its answer goes, and which word."""


def ilks(deployment: Deployment, draft: Draft) -> list[str]:
    """The ilks the Vat knows."""
    own = Entity(deployment.name)
    return [m for m in draft.markets(deployment.name) if draft.get(own._replace(market=m), "listed")]


def assets(deployment: Deployment, draft: Draft) -> list[Address]:
    """Dai, and the token of each ilk that has a join."""
    own = Entity(deployment.name)
    words = [draft.number(own, "dai")]
    words.extend(draft.number(own._replace(market=name), "gem") for name in ilks(deployment, draft))
    return [address(word) for word in dict.fromkeys(words) if word]


def sources(deployment: Deployment, draft: Draft) -> dict[str, Address]:
    """The oracle (pip) of each ilk."""
    return named_addresses(deployment, draft, ilks(deployment, draft), "pip")


def price_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """None: the Vat compares with what was poked, whatever the time."""
    del deployment, draft
    return {}


def plan_reads(deployment: Deployment, draft: Draft) -> Reads:
    """Every call this block wants; a pure function of the draft, so that asking again adds only what is new."""
    now = dict.fromkeys(call for call, *_ in _wanted(deployment, draft))
    now.update(dict.fromkeys(call for _, call in _owners(deployment, draft)))
    return Reads(tuple(now), ())


def apply_reads(deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
    """Put the answers of a block into the draft. What cannot be read is absent, never zero."""
    del at, following
    for call, where, field, position in list(_wanted(deployment, draft)):
        if call not in now:
            continue
        words = words_of(now[call], position + 1)
        if words is None and field not in READ_FIELDS:
            continue  # a contract that lacks a getter: what its logs said stays
        value = None if words is None else words[position]
        if field in READ_FIELDS or (value is not None and value != draft.number(where, field)):
            draft.set(where, field, value)
    owners = _owners(deployment, draft)
    if all(call in now for _, call in owners):
        for where, call in owners:
            draft.set(where, "principal", _owner_in(word_of(now[call])))
        draft.set(Entity(deployment.name), "unread_owners", None)
        draft.set(Entity(deployment.name), "owners_turn", _next_turn(deployment, draft))


def _wanted(deployment: Deployment, draft: Draft) -> Wanted:
    own = Entity(deployment.name)
    yield from _vow(deployment, own, draft)
    known = ilks(deployment, draft)
    touched = [name for name in known if draft.touched(own._replace(market=name))]
    if touched:
        yield from _modules(own, draft)
    for name in known:
        where = own._replace(market=name)
        if name in touched:
            yield from _settings(deployment, where, draft)
        yield from _held(deployment, where, draft)
    for market in draft.markets(deployment.name):
        clip = own._replace(market=market)
        if is_contract(market) and draft.get(clip, "ilk") is not None:
            yield from _clip(clip, draft)
    pips = dict.fromkeys(pip for name in known if (pip := draft.get(own._replace(market=name), "pip")))
    for pip in pips:
        yield from _oracle(own._replace(market=address(pip)), draft)


def _vow(deployment: Deployment, own: Entity, draft: Draft) -> Wanted:
    vow = draft.number(own, "vow")
    if vow:
        yield VAT.call("dai", deployment.entry, vow), own, "surplus", 0
        yield VAT.call("sin", deployment.entry, vow), own, "sin", 0
        yield VOW.call("Sin", address(vow)), own, "queued", 0
        yield VOW.call("Ash", address(vow)), own, "on_auction", 0


def _modules(own: Entity, draft: Draft) -> Wanted:
    """The modules' own words: what they were set to before the Vat relied on them left no log we saw."""
    if spotter := draft.number(own, "spotter"):
        yield SPOTTER.call("par", address(spotter)), own, "par", 0
    if jug := draft.number(own, "jug"):
        yield JUG.call("base", address(jug)), own, "base", 0
        yield JUG.call("vow", address(jug)), own, "vow", 0
    if dog := draft.number(own, "dog"):
        for getter, field in (("Hole", "hole_all"), ("Dirt", "dirt_all"), ("live", "dog_live")):
            yield DOG.call(getter, address(dog)), own, field, 0


def _settings(deployment: Deployment, where: Entity, draft: Draft) -> Wanted:
    """An ilk's words in each module."""
    own, word = Entity(deployment.name), ilk_word(where.market)
    for module, interface, fields in (
        ("spotter", SPOTTER, ("pip", "mat")),
        ("jug", JUG, ("duty", "rho")),
        ("dog", DOG, ("clip", "chop", "hole", "dirt")),
    ):
        to = draft.number(own, module)
        for position, field in enumerate(fields) if to else ():
            yield interface.call("ilks", address(to), word), where, field, position


def _held(deployment: Deployment, where: Entity, draft: Draft) -> Wanted:
    """What the auctions of an ilk hold, and the dust its Clipper has in mind (`upchost` leaves no log)."""
    word = draft.number(where, "clip")
    if word:
        clip = where._replace(market=address(word))
        yield CLIPPER.call("chost", address(word)), clip, "chost", 0
        yield VAT.call("gem", deployment.entry, ilk_word(where.market), word), clip, "held", 0


def _clip(clip: Entity, draft: Draft) -> Wanted:
    """A Clipper's settings and its calculator's, once: what they were set to before they were named left no log."""
    if draft.touched(clip) or draft.get(clip, "calc") is None:
        for setting in (*SETTINGS, "calc"):
            yield CLIPPER.call(setting, Address(clip.market)), clip, setting, 0
    calc = draft.number(clip, "calc")
    abacus = clip._replace(market=address(calc))
    if calc and (draft.touched(abacus) or not any(draft.get(abacus, field) is not None for field in CURVE)):
        for field in CURVE:
            yield ABACUS.call(field, address(calc)), abacus, field, 0


def _oracle(where: Entity, draft: Draft) -> Wanted:
    pip = Address(where.market)
    for getter, field in (("peek", "peeked"), ("peep", "peeped")):
        yield OSM.call(getter, pip), where, field, 0
        yield OSM.call(getter, pip), where, f"has_{field}", 1
    if draft.touched(where) or draft.get(where, "hop") is None:
        for getter, field in (("hop", "hop"), ("zzz", "stepped_at")):
            yield OSM.call(getter, pip), where, field, 0


def _owners(deployment: Deployment, draft: Draft) -> list[tuple[Entity, Call]]:
    """Vaults whose owner's owner is asked: this block's new ones, those a backfill left, and some in turn.

    A proxy may change hands, and its log is not followed: nobody follows tens of thousands of emitters.
    """
    own, rows = Entity(deployment.name), draft.book[deployment.name]
    found = [key for market in draft.touched_markets(deployment.name) if (key := marked_owner(market))]
    turn = rows.own.get("owners_turn", 0)
    found.extend(rows.accounts if rows.own.get("unread_owners") else rows.accounts[turn : turn + _OWNERS_A_BLOCK])
    places = (own._replace(account=key) for key in dict.fromkeys(found))
    return [
        (where, PROXY.call("owner", address(owner)))
        for where in places
        if (owner := draft.get(where, "own")) is not None
    ]


def _next_turn(deployment: Deployment, draft: Draft) -> int | None:
    rows = draft.book[deployment.name]
    turn = rows.own.get("owners_turn", 0) + _OWNERS_A_BLOCK
    return turn if turn < len(rows.accounts) else None


def _owner_in(word: int | None) -> int:
    """The owner a proxy names; 0 where the address is no proxy."""
    return word if word and not word >> 160 else 0

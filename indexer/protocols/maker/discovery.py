"""Which contracts belong to a deployment: from the Vat's logs, outwards.

Spotter, Jug, Dog and every join are relied on by the Vat (`rely`), a vault manager is hoped for by each urn it makes
(`hope`). What a relied or hoped address is, it says itself: facts. `hope` is open to anyone, so it is not followed
where the managers are known (`deployments.companions`): a thousand hopes must not make a thousand emitters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from indexer.abi import word_of
from indexer.book import Book, Draft
from indexer.errors import DecodeError
from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.maker import notes
from indexer.protocols.maker.deployments import companions
from indexer.protocols.maker.interfaces import DOG, JOIN, JUG, MANAGER, SPOTTER, is_contract

MODULES = ("spotter", "jug", "dog")
_PROBES: dict[str, Callable[[Address], Call]] = {
    "spotter": lambda to: SPOTTER.call("par", to),
    "jug": lambda to: JUG.call("base", to),
    "dog": lambda to: DOG.call("Hole", to),
}
_LINKS = {notes.SET_ILK_ADDRESS: "clip", notes.SET_ADDRESS: "calc"}


def addresses(deployment: Deployment, book: Book | Draft) -> set[Address]:
    """Emitters known so far: the Vat, its modules, and every contract an ilk leads to."""
    rows = (book.book if isinstance(book, Draft) else book)[deployment.name]
    found = {deployment.entry}
    known = companions(deployment.entry)
    if known is not None:
        found.update((known.spotter, known.jug, known.dog, *known.managers))
    found.update(address(rows.own[name]) for name in MODULES if rows.own.get(name))
    for market, fields in rows.markets.items():
        if is_contract(market) and "manager" in fields:
            found.add(Address(market))
        found.update(address(fields[link]) for link in ("clip", "pip", "calc", "source") if fields.get(link))
    return found - {ZERO_ADDRESS}


def discover(logs: Iterable[Log]) -> set[Address]:
    """Emitters introduced by these logs. A note in another layout than ours (ds-note) introduces nobody."""
    found: set[Address] = set()
    for log in logs:
        with suppress(DecodeError):
            introduced = _introduced(log)
            if introduced is not None:
                found.add(introduced)
    return found - {ZERO_ADDRESS}


def _introduced(log: Log) -> Address | None:
    topic = log.topics[0]
    if topic == notes.RELY:
        return None if notes.caller_is_first_topic(log) else address(notes.argument(log, 0))
    if topic == notes.HOPE:
        return None if companions(log.address) else address(notes.argument(log, 0))
    if topic == notes.FILE_ILK_ADDRESS:
        return address(notes.argument(log, 2)) if notes.text(notes.argument(log, 1)) == "pip" else None
    if topic == notes.CHANGE:
        return address(notes.argument(log, 0))
    if topic in _LINKS and notes.text(notes.topic(log, len(log.topics) - 1)) == _LINKS[topic]:
        return address(notes.word(log, 0))
    return None


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """What the addresses are that the Vat relies on, or that urns hope for."""
    calls: dict[Call, None] = {}
    for log in logs:
        if log.address != deployment.entry:
            continue
        if log.topics[0] == notes.RELY:
            calls.update(dict.fromkeys(_relied(address(notes.argument(log, 0)))))
        elif log.topics[0] == notes.HOPE and companions(log.address) is None:
            calls.update(dict.fromkeys(_hoped(address(notes.argument(log, 0)))))
    return list(calls)


def _relied(to: Address) -> Iterator[Call]:
    yield JOIN.call("vat", to)
    for probe in _PROBES.values():
        yield probe(to)
    for name in ("ilk", "gem", "dec"):
        yield JOIN.call(name, to)


def _hoped(to: Address) -> Iterator[Call]:
    yield JOIN.call("vat", to)
    yield MANAGER.call("cdpi", to)
    yield JOIN.call("dai", to)


def module_of(deployment: Deployment, to: Address, facts: Facts) -> str | None:
    """Which module of this Vat an address is, by what it answered; None for any other."""
    if not _is_of(deployment, to, facts):
        return None
    return next((name for name, probe in _PROBES.items() if word_of(facts.get(probe(to))) is not None), None)


def manager_in(deployment: Deployment, to: Address, facts: Facts) -> bool:
    """Whether a hoped address is a vault manager of this Vat."""
    return _is_of(deployment, to, facts) and word_of(facts.get(MANAGER.call("cdpi", to))) is not None


def dai_in(deployment: Deployment, to: Address, facts: Facts) -> Address | None:
    """The Dai token of a hoped address that is a DaiJoin of this Vat."""
    token = word_of(facts.get(JOIN.call("dai", to)))
    return address(token) if token and _is_of(deployment, to, facts) else None


def join_in(deployment: Deployment, to: Address, facts: Facts) -> tuple[int, Address, int] | None:
    """Ilk, token and decimals of a relied address that is a join of this Vat; one of an old build says no decimals."""
    ilk, gem = word_of(facts.get(JOIN.call("ilk", to))), word_of(facts.get(JOIN.call("gem", to)))
    if not ilk or not gem or not _is_of(deployment, to, facts):
        return None
    decimals = word_of(facts.get(JOIN.call("dec", to)))
    return ilk, address(gem), 18 if decimals is None else decimals


def _is_of(deployment: Deployment, to: Address, facts: Facts) -> bool:
    vat = word_of(facts.get(JOIN.call("vat", to)))
    return vat is not None and vat >> 160 == 0 and address(vat) == deployment.entry

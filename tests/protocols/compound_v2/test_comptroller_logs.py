"""Logs of the Comptroller, one by one, and what is read again after an upgrade."""

import pytest
from eth_abi.abi import encode

from indexer.abi import Interface
from indexer.book import Book, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v2.adapter import CompoundV2
from indexer.protocols.compound_v2.interfaces import COMPTROLLER, COMPTROLLER_WIDE, CTOKEN, NATIVE

ENTRY, CTOKEN_AT, USER, OTHER = (address("0x" + f"{n:02x}" * 20) for n in (0xC0, 0xC1, 0xA1, 0xB0))
DEPLOYMENT = Deployment("c", "compound_v2", ENTRY)
MARKET, OWN = Entity("c", CTOKEN_AT), Entity("c")


def log(interface: Interface, name: str, *values: object) -> Log:
    """A log of a Comptroller's event, all of whose inputs are in its data."""
    topic = interface.topic(name)
    types = [{int: "uint256", bool: "bool"}.get(type(value), "") or _text_type(str(value)) for value in values]
    return Log(ENTRY, (topic,), "0x" + encode(types, values).hex(), 77, "0x01", "0x02", 0, 1_000)


def _text_type(value: str) -> str:
    return "address" if value.startswith("0x") else "string"


def word(value: int | str) -> bytes:
    """One word of an answer."""
    return (int(value, 16) if isinstance(value, str) else value).to_bytes(32, "big")


@pytest.fixture
def draft() -> Draft:
    """A Comptroller with one listed cToken."""
    book = Book()
    for field, value in {"listed": 1, "asset": int(OTHER, 16), "decimals": 6}.items():
        book.set(MARKET, field, value)
    for field, value in {"oracle": int(OTHER, 16), "close_factor": 5, "incentive": 6, "generation": 1}.items():
        book.set(OWN, field, value)
    return Draft(book)


def apply(draft: Draft, *logs: Log) -> None:
    """One block's logs, without facts."""
    CompoundV2().apply_logs(DEPLOYMENT, logs, draft, {})


def test_only_a_borrow_pause_is_kept_and_lifted(draft: Draft) -> None:
    apply(draft, log(COMPTROLLER, "ActionPaused", CTOKEN_AT, "Mint", True))
    assert draft.get(MARKET, "borrow_paused") is None
    apply(draft, log(COMPTROLLER, "ActionPaused", CTOKEN_AT, "Borrow", True))
    assert draft.get(MARKET, "borrow_paused") == 1
    apply(draft, log(COMPTROLLER, "ActionPaused", CTOKEN_AT, "Borrow", False))
    assert draft.get(MARKET, "borrow_paused") == 0


def test_only_a_seize_pause_is_kept_and_lifted(draft: Draft) -> None:
    apply(draft, log(COMPTROLLER_WIDE, "ActionPaused", "Transfer", True))
    assert draft.get(OWN, "seize_paused") is None
    apply(draft, log(COMPTROLLER_WIDE, "ActionPaused", "Seize", True))
    assert draft.get(OWN, "seize_paused") == 1
    apply(draft, log(COMPTROLLER_WIDE, "ActionPaused", "Seize", False))
    assert draft.get(OWN, "seize_paused") == 0


def test_membership_comes_and_goes(draft: Draft) -> None:
    where = Entity("c", CTOKEN_AT, USER)
    apply(draft, log(COMPTROLLER, "MarketEntered", CTOKEN_AT, USER))
    assert draft.get(where, "member") == 1
    apply(draft, log(COMPTROLLER, "MarketExited", CTOKEN_AT, USER))
    assert draft.get(where, "member") == 0


def test_a_ctoken_without_underlying_holds_ether() -> None:
    protocol, draft = CompoundV2(), Draft(Book())
    listed = [log(COMPTROLLER, "MarketListed", CTOKEN_AT)]
    assert protocol.discover(listed) == {CTOKEN_AT}
    assert protocol.plan_facts(DEPLOYMENT, listed) == [CTOKEN.call("underlying", CTOKEN_AT)]
    protocol.apply_logs(DEPLOYMENT, listed, draft, {CTOKEN.call("underlying", CTOKEN_AT): None})
    assert draft.get(MARKET, "asset") == int(NATIVE, 16)
    assert protocol.assets(DEPLOYMENT, draft) == [CTOKEN_AT]


def test_after_an_upgrade_everything_is_read_again(draft: Draft) -> None:
    protocol, upgrade = CompoundV2(), log(COMPTROLLER, "NewImplementation", OTHER, USER)
    probes = protocol.plan_facts(DEPLOYMENT, [upgrade])
    answers = {"isComptroller": word(1), "isDeprecated": word(0), "compContributorSpeeds": word(0)}
    calls = {
        COMPTROLLER.call(name, USER, *([ZERO_ADDRESS] * (name != "isComptroller"))): a for name, a in answers.items()
    }
    assert set(probes) == set(calls)
    before = protocol.plan_reads(DEPLOYMENT, draft).now
    protocol.apply_logs(DEPLOYMENT, [upgrade], draft, calls)
    assert draft.get(OWN, "generation") == 9

    factor = COMPTROLLER.call("closeFactorMantissa", ENTRY)
    settings = COMPTROLLER.call("markets", ENTRY, CTOKEN_AT)
    assert not {factor, settings} & set(before)
    assert {factor, settings} <= set(protocol.plan_reads(DEPLOYMENT, draft).now)
    protocol.apply_reads(DEPLOYMENT, draft, 0, {factor: word(7), settings: word(1) + word(8)}, {})
    assert (draft.get(OWN, "close_factor"), draft.get(MARKET, "collateral_factor")) == (7, 8)


def test_an_implementation_that_is_no_comptroller_is_not_guessed(draft: Draft) -> None:
    apply(draft, log(COMPTROLLER, "NewImplementation", OTHER, USER))
    assert draft.get(OWN, "generation") == 0
    view = CompoundV2().view(DEPLOYMENT, draft.book["c"], "price", 0)
    assert view.supported  # the book still has the one before
    draft.book.apply(draft.changes())
    view = CompoundV2().view(DEPLOYMENT, draft.book["c"], "price", 0)
    assert (view.supported, view.health(USER, 0, 0).reason) == (False, "unsupported_revision")

"""What every shipped adapter and view does alike."""

from indexer.book import Book, Draft, Entity
from indexer.evm import Answer, Call, address
from indexer.protocols._adapter import apply_prices, contract_in, named_addresses
from indexer.protocols._interface import Deployment
from indexer.protocols._registry import PROTOCOLS
from indexer.protocols._view import prices_of

LAKE = Deployment("lake", "lake_v1", address(1))
CALLS = {"a": Call(address(2), b"a"), "b": Call(address(2), b"b"), "c": Call(address(2), b"c")}


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def draft_of(**prices: int) -> Draft:
    draft = Draft(Book())
    for market, price in prices.items():
        draft.set(Entity(LAKE.name, market), "price", price)
        draft.set(Entity(LAKE.name, market), "source", price)
    return draft


def test_a_price_is_what_was_answered_absent_where_it_failed_and_kept_where_nobody_asked() -> None:
    draft = draft_of(a=7, b=8, c=9)
    now: dict[Call, Answer] = {CALLS["a"]: word(1), CALLS["b"]: None}
    apply_prices(LAKE, draft, CALLS, now, {CALLS["c"]: word(3)})
    found = {market: draft.get(Entity(LAKE.name, market), "price") for market in CALLS}
    coming = {market: draft.get(Entity(LAKE.name, market), "next_price") for market in CALLS}
    assert found == {"a": 1, "b": None, "c": 9}
    assert coming == {"a": None, "b": None, "c": 3}


def test_a_price_of_zero_is_a_price() -> None:
    draft = draft_of(a=7)
    apply_prices(LAKE, draft, {"a": CALLS["a"]}, {CALLS["a"]: word(0)}, {})
    assert draft.get(Entity(LAKE.name, "a"), "price") == 0


def test_a_market_without_a_source_names_none() -> None:
    assert named_addresses(LAKE, draft_of(a=5, b=0), ("a", "b", "c"), "source") == {"a": address(5)}


def test_a_word_that_is_no_address_names_no_contract() -> None:
    answers = (None, b"", word(0), word(1 << 160), word(2**256 - 1), word(2**160 - 1))
    assert [contract_in(answer) for answer in answers] == [None, None, None, None, None, address(2**160 - 1)]


def test_prices_are_those_stored_or_those_given() -> None:
    book, draft = Book(), draft_of(a=0, b=8)
    draft.set(Entity(LAKE.name, "c"), "cash", 1)
    book.apply(draft.changes())
    assert prices_of(book[LAKE.name], "price") == {"a": 0, "b": 8, "c": None}
    assert prices_of(book[LAKE.name], {"b": None}) == {"b": None}


def test_an_unknown_chain_has_no_deployments() -> None:
    assert {name: protocol.deployments(31_337) for name, protocol in PROTOCOLS.items()} == dict.fromkeys(PROTOCOLS, ())
    assert all(one.protocol == name for name, protocol in PROTOCOLS.items() for one in protocol.deployments(1))

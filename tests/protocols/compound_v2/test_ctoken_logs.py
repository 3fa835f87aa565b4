"""Logs of a cToken, one by one: what each moves, and what only their order tells apart."""

import pytest
from eth_abi.abi import encode

from indexer.abi import Event, Interface
from indexer.book import Book, Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v2.adapter import CompoundV2
from indexer.protocols.compound_v2.interfaces import COMPTROLLER, CTOKEN, CTOKEN_2019
from indexer.units import WAD

COMPTROLLER_AT = address("0x" + "c0" * 20)
CTOKEN_AT = address("0x" + "c1" * 20)
HOLDER, OTHER = address("0x" + "a1" * 20), address("0x" + "a2" * 20)
DEPLOYMENT = Deployment("c", "compound_v2", COMPTROLLER_AT)


def log(interface: Interface, name: str, *values: int | str, at: Address = CTOKEN_AT, block: int = 77) -> Log:
    """A log of an event with these values in order."""
    event: Event = interface.events[name]
    words = [int(value, 16) if isinstance(value, str) else value for value in values]
    pairs = list(zip(event.inputs, words, strict=True))
    topics = [event.topic, *(f"0x{word:064x}" for (_, indexed, _), word in pairs if indexed)]
    plain = [word for (_, indexed, _), word in pairs if not indexed]
    data = "0x" + encode(["uint256"] * len(plain), plain).hex()
    return Log(at, tuple(topics), data, block, "0x" + "01" * 32, "0x" + "02" * 32, 0, 1_000)


@pytest.fixture
def draft() -> Draft:
    """A listed cToken with one holder of 1,000."""
    book = Book()
    for field, value in {"listed": 1, "total_supply": 1_000, "borrow_index": 2 * WAD, "reserves": 50}.items():
        book.set(Entity("c", CTOKEN_AT), field, value)
    book.set(Entity("c", CTOKEN_AT, HOLDER), "supply", 1_000)
    return Draft(book)


def apply(draft: Draft, *logs: Log) -> None:
    """One block's logs."""
    CompoundV2().apply_logs(DEPLOYMENT, logs, draft, {})


def supply(draft: Draft, account: str) -> int:
    """An account's cTokens."""
    return draft.number(Entity("c", CTOKEN_AT, account), "supply")


def market(draft: Draft, field: str) -> int | None:
    """A field of the market."""
    return draft.get(Entity("c", CTOKEN_AT), field)


def test_a_mint_creates_and_hands_over(draft: Draft) -> None:
    apply(draft, log(CTOKEN, "Mint", OTHER, 5, 30), log(CTOKEN, "Transfer", CTOKEN_AT, OTHER, 30))
    assert (supply(draft, OTHER), supply(draft, CTOKEN_AT), market(draft, "total_supply")) == (30, 0, 1_030)


def test_a_redemption_burns_what_came_home(draft: Draft) -> None:
    apply(draft, log(CTOKEN, "Transfer", HOLDER, CTOKEN_AT, 400), log(CTOKEN, "Redeem", HOLDER, 9, 400))
    assert (supply(draft, HOLDER), supply(draft, CTOKEN_AT), market(draft, "total_supply")) == (600, 0, 600)


def test_a_transfer_to_the_ctoken_burns_nothing(draft: Draft) -> None:
    apply(draft, log(CTOKEN, "Transfer", HOLDER, CTOKEN_AT, 400))
    assert (supply(draft, HOLDER), supply(draft, CTOKEN_AT), market(draft, "total_supply")) == (600, 400, 1_000)


def test_a_seize_burns_the_protocols_share_only(draft: Draft) -> None:
    apply(
        draft,
        log(CTOKEN, "Transfer", HOLDER, CTOKEN_AT, 100),  # a gift, in the same block
        log(CTOKEN, "Transfer", HOLDER, OTHER, 97),
        log(CTOKEN, "Transfer", HOLDER, CTOKEN_AT, 3),
        log(CTOKEN, "ReservesAdded", CTOKEN_AT, 6, 56),
    )
    assert (supply(draft, HOLDER), supply(draft, OTHER), supply(draft, CTOKEN_AT)) == (800, 97, 100)
    assert (market(draft, "total_supply"), market(draft, "reserves")) == (997, 56)


def test_reserves_added_by_somebody_burn_nothing(draft: Draft) -> None:
    apply(draft, log(CTOKEN, "Transfer", HOLDER, CTOKEN_AT, 3), log(CTOKEN, "ReservesAdded", OTHER, 6, 56))
    assert (supply(draft, CTOKEN_AT), market(draft, "total_supply"), market(draft, "reserves")) == (3, 1_000, 56)


def test_a_debt_keeps_the_index_it_was_made_at(draft: Draft) -> None:
    apply(
        draft,
        log(CTOKEN, "AccrueInterest", 10, 7, 3 * WAD, 107),
        log(CTOKEN, "Borrow", HOLDER, 20, 25, 127),
        log(CTOKEN, "RepayBorrow", OTHER, HOLDER, 5, 20, 122),
    )
    where = Entity("c", CTOKEN_AT, HOLDER)
    assert (draft.get(where, "debt"), draft.get(where, "interest_index")) == (20, 3 * WAD)
    assert (market(draft, "total_borrows"), market(draft, "accrual")) == (122, 77)


@pytest.mark.parametrize("factor", [None, 0, 3 * 10**17, WAD])
def test_accrual_moves_reserves_where_the_factor_is_known(draft: Draft, factor: int | None) -> None:
    draft.set(Entity("c", CTOKEN_AT), "reserve_factor", factor)
    apply(draft, log(CTOKEN, "AccrueInterest", 10, 7, 3 * WAD, 107))
    assert market(draft, "reserves") == (None if factor is None else 50 + 7 * factor // WAD)


def test_the_accrual_of_2019_has_no_cash(draft: Draft) -> None:
    apply(draft, log(CTOKEN_2019, "AccrueInterest", 7, 3 * WAD, 107))
    assert (market(draft, "borrow_index"), market(draft, "total_borrows")) == (3 * WAD, 107)


def test_a_new_implementation_is_asked_again(draft: Draft) -> None:
    for field in ("seize_share", "joins_pot"):
        draft.set(Entity("c", CTOKEN_AT), field, 5)
    apply(draft, log(CTOKEN, "NewImplementation", OTHER, HOLDER))
    assert [market(draft, field) for field in ("seize_share", "joins_pot", "reserves")] == [None, None, None]


def test_a_ctoken_that_moves_away_is_not_at_home(draft: Draft) -> None:
    apply(draft, log(CTOKEN, "NewComptroller", COMPTROLLER_AT, OTHER))
    assert market(draft, "comptroller") == int(OTHER, 16)
    apply(draft, log(CTOKEN, "NewComptroller", OTHER, COMPTROLLER_AT))
    assert market(draft, "comptroller") is None


def test_logs_of_strangers_change_nothing(draft: Draft) -> None:
    apply(
        draft, log(CTOKEN, "Transfer", HOLDER, OTHER, 5, at=OTHER), log(COMPTROLLER, "NewCloseFactor", 0, 7, at=OTHER)
    )
    assert draft.changes() == []


def test_a_listing_counts_the_ctokens_earlier_logs_of_the_block() -> None:
    draft = Draft(Book())
    apply(
        draft,
        log(CTOKEN, "AccrueInterest", 0, 0, 2 * WAD, 0),
        log(COMPTROLLER, "MarketListed", CTOKEN_AT, at=COMPTROLLER_AT),
        log(CTOKEN, "Borrow", HOLDER, 20, 20, 20),
    )
    assert draft.get(Entity("c", CTOKEN_AT, HOLDER), "interest_index") == 2 * WAD
    assert market(draft, "listed") == 1

"""Which of 3.0.0 and 3.0.2 an aToken is, told by its transfers."""

import pytest

from indexer.book import Book, Draft, Entity
from indexer.protocols.aave_v3 import transfer_units
from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.token_events import ScaledBalance
from tests.protocols.aave_v3.strategies import RAY, asset

POOL = Entity("aave")
MARKET, NEIGHBOUR = Entity("aave", asset(0)), Entity("aave", asset(1))
INDEX = 11 * RAY // 10
FRESH = ScaledBalance()
IDLE = ScaledBalance(10**18, RAY)
TOUCHED = ScaledBalance(10**18, INDEX)


@pytest.fixture
def draft() -> Draft:
    draft = Draft(Book())
    draft.set(POOL, "pool_revision", 1)
    for market in (MARKET, NEIGHBOUR):
        draft.set(market, "atoken_revision", 1)
    return draft


def is_scaled(draft: Draft, sender: ScaledBalance, recipient: ScaledBalance = FRESH, value: int = 10**17) -> bool:
    return transfer_units.is_scaled(draft, MARKET, sender, recipient, value, INDEX)


@pytest.mark.parametrize(("sender", "recipient"), [(IDLE, FRESH), (TOUCHED, IDLE)])
def test_interest_without_its_mint_is_3_0_0(draft: Draft, sender: ScaledBalance, recipient: ScaledBalance) -> None:
    assert not is_scaled(draft, sender, recipient)
    assert not is_scaled(draft, TOUCHED)  # and so it stays


def test_more_than_the_sender_has_is_3_0_0(draft: Draft) -> None:
    assert not is_scaled(draft, TOUCHED, value=10**18 + 1)


def test_a_mint_of_interest_alone_is_3_0_1_or_later(draft: Draft) -> None:
    transfer_units.note_mint(draft, MARKET, 10**17, 10**17)
    assert is_scaled(draft, TOUCHED)
    assert draft.get(MARKET, transfer_units.FIELD) == 1


def test_a_supply_with_interest_decides_nothing(draft: Draft) -> None:
    transfer_units.note_mint(draft, MARKET, 10**17 + 1, 10**17)
    assert draft.get(MARKET, transfer_units.FIELD) is None


@pytest.mark.parametrize("known", [0, 1])
def test_an_undecided_token_follows_its_neighbours(draft: Draft, known: int) -> None:
    draft.set(NEIGHBOUR, transfer_units.FIELD, known)
    assert is_scaled(draft, TOUCHED) is bool(known)
    assert draft.get(MARKET, transfer_units.FIELD) is None


@pytest.mark.parametrize("flashloan", [0, 1])
def test_without_neighbours_the_flash_loan_switch_decides(draft: Draft, flashloan: int) -> None:
    draft.set(NEIGHBOUR, "configuration", write(0, "flashloan", flashloan))
    assert is_scaled(draft, TOUCHED) is bool(flashloan)


@pytest.mark.parametrize(("pool_revision", "token_revision"), [(1, 2), (4, 1), (10, 5)])
def test_later_revisions_are_scaled_whatever_they_log(draft: Draft, pool_revision: int, token_revision: int) -> None:
    draft.set(POOL, "pool_revision", pool_revision)
    draft.set(MARKET, "atoken_revision", token_revision)
    assert is_scaled(draft, IDLE)
    assert draft.get(MARKET, transfer_units.FIELD) is None

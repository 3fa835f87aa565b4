"""What a missed log leaves behind is found, named, and put right by reading."""

from collections.abc import Mapping

import pytest

from indexer.book import Book, Change, Draft, Entity
from indexer.protocols.maker.adapter import Maker
from tests.protocols.maker.replay import deployment, moments
from tests.protocols.recording import facts_of

NAME = "recorded"
FIRST_WITH_DEBT = 30
"""A block of the chain at which several vaults of ETH-A owe."""


@pytest.fixture(scope="module")
def stored() -> tuple[list[tuple[Entity, str, int]], Mapping[str, str | None]]:
    """Everything stored at a block, and what the contracts answered there."""
    book = Book()
    for moment in moments(book):
        if moment.number == FIRST_WITH_DEBT:
            return list(book.items()), moment.said
    raise AssertionError


@pytest.fixture
def book(stored: tuple[list[tuple[Entity, str, int]], Mapping[str, str | None]]) -> Book:
    return Book().load(stored[0])


@pytest.fixture
def said(stored: tuple[list[tuple[Entity, str, int]], Mapping[str, str | None]]) -> Mapping[str, str | None]:
    return stored[1]


def _vaults(book: Book) -> list[Entity]:
    rows = book[NAME]
    keys = (key for key in rows.accounts if rows.position_field(key, "ETH-A", "art"))
    return [Entity(NAME, "ETH-A", key) for key in keys]


def _add(book: Book, where: Entity, field: str, change: int) -> None:
    book.set(where, field, (book.get(where, field) or 0) + change)


def _reconciled(book: Book, said: Mapping[str, str | None]) -> list[str]:
    protocol, chain = Maker(), deployment()
    facts = facts_of(said, protocol.plan_reconcile(chain, book))
    return protocol.reconcile(chain, book, facts)


def _held(book: Book, said: Mapping[str, str | None]) -> list[str]:
    protocol, chain, accounts = Maker(), deployment(), book[NAME].accounts
    return protocol.holdings(chain, accounts, book, facts_of(said, protocol.plan_holdings(chain, accounts, book)))


def test_nothing_is_wrong_with_what_was_followed(book: Book, said: Mapping[str, str | None]) -> None:
    assert _reconciled(book, said) == []
    assert _held(book, said) == []


def test_a_missed_frob_shows_in_every_sum(book: Book, said: Mapping[str, str | None]) -> None:
    vault = _vaults(book)[0]
    _add(book, vault, "art", 1)
    assert [line for line in _reconciled(book, said) if "vaults add up to" in line]
    _add(book, vault._replace(account=""), "art", 1)
    lines = _reconciled(book, said)
    assert [line for line in lines if "art is" in line]
    assert [line for line in lines if "debt is" in line]


def test_a_missed_fork_shows_only_vault_by_vault(book: Book, said: Mapping[str, str | None]) -> None:
    source, target = _vaults(book)[:2]
    _add(book, source, "art", -5)
    _add(book, target, "art", 5)
    assert _reconciled(book, said) == []
    assert len(_held(book, said)) == 2


@pytest.mark.parametrize("field", ["rate", "spot", "mat", "duty", "rho", "chop", "hole", "dirt", "line", "dust"])
def test_a_wrong_word_of_an_ilk_is_named(book: Book, said: Mapping[str, str | None], field: str) -> None:
    _add(book, Entity(NAME, "ETH-A"), field, 1)
    assert any(f"{field} is" in line for line in _reconciled(book, said))


@pytest.mark.parametrize("field", ["debt", "vice", "line_all", "par", "base", "hole_all", "dirt_all"])
def test_a_wrong_sum_is_named(book: Book, said: Mapping[str, str | None], field: str) -> None:
    _add(book, Entity(NAME), field, 1)
    assert any(f"{field} is" in line for line in _reconciled(book, said))


def test_a_wrong_owner_is_named_and_healed(book: Book, said: Mapping[str, str | None]) -> None:
    rows = book[NAME]
    key = next(key for key in rows.accounts if rows.account_field(key, "own"))
    _add(book, Entity(NAME, "", key), "own", 1)
    assert len(_held(book, said)) == 1
    _heal(book, said)
    assert _held(book, said) == []


def test_healing_reads_everything_right(book: Book, said: Mapping[str, str | None]) -> None:
    for vault in _vaults(book):
        _add(book, vault, "ink", 3)
        _add(book, vault, "art", 7)
    for field in ("art", "ink", "rate", "spot", "chop"):
        _add(book, Entity(NAME, "ETH-A"), field, 3 * len(_vaults(book)) if field == "ink" else 11)
    _add(book, Entity(NAME), "debt", 13)
    changes = _heal(book, said)
    assert changes
    assert _reconciled(book, said) == []
    assert _held(book, said) == []
    assert _heal(book, said) == []


def _heal(book: Book, said: Mapping[str, str | None]) -> list[Change]:
    protocol, chain, draft = Maker(), deployment(), Draft(book)
    accounts = list(book[NAME].accounts)
    calls = protocol.plan_heal(chain, accounts, draft)
    protocol.apply_heal(chain, accounts, draft, facts_of(said, calls))
    changes = draft.changes()
    book.apply(changes)
    return changes

"""Since when accounts can be liquidated, over blocks in which their health is told."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from indexer.book import Book, Entity
from indexer.protocols._interface import View, Weights
from indexer.risk import watch
from indexer.words import Health, Reason, State

NAME, MARKET, DEBT = "pool", "market", "owed"
LOW = Health(State.LIQUIDATABLE, None, 9 * 10**17, 2, 2, 1)
INSOLVENT = Health(State.BAD_DEBT, None, 10**17, 1, 1, 2)
LATER = Health(State.AT_RISK, None, 10**18, 2, 2, 1, liquidatable_after_accrual=True)
UNKNOWN = Health.unknown(Reason.UNPRICED)
SAFE = Health(State.HEALTHY, None, 2 * 10**18, 2, 2, 1)


@dataclass
class Told:
    """A view whose screen names everybody who owes an odd amount."""

    health_of: dict[str, Health]
    book: Book
    can_judge: bool = True
    asked: list[str] = field(default_factory=list)

    def weights(self, at: int) -> Weights | None:
        del at
        one = np.ones((1, 1))
        classes = np.zeros(len(self.book[NAME].accounts), np.int64)
        found = Weights(classes, one, one * 0, one, one * 0, "held", "", DEBT, (), 1e30)
        return found if self.can_judge else None

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        del at, cut_wad
        self.asked.append(account)
        return self.health_of[account]


def market(**owed_and_held: tuple[int, int]) -> Book:
    book = Book()
    for account, (owed, held) in owed_and_held.items():
        book.set(Entity(NAME, MARKET, account), DEBT, owed)
        book.set(Entity(NAME, MARKET, account), "held", held)
    return book


def follow(book: Book, number: int, view: Any) -> dict[str, int]:
    """One block; who is watched since when after it."""
    book.apply(watch.follow(book, number, 0, [watch.Watched(NAME, book[NAME], cast("View", view))]))
    return {key: found for key in book[NAME].accounts if (found := watch.since(book, NAME, key)) is not None}


def test_the_first_block_stays_until_it_is_known_to_be_over() -> None:
    book = market(a=(9, 1))
    told = Told({"a": LOW}, book)
    assert follow(book, 5, told) == {"a": 5}
    for number, health in ((6, INSOLVENT), (7, UNKNOWN), (8, LATER)):
        told.health_of["a"] = health
        assert follow(book, number, told) == {"a": 5}
    told.health_of["a"] = SAFE
    assert follow(book, 9, told) == {}
    told.health_of["a"] = LOW
    assert follow(book, 10, told) == {"a": 10}


def test_an_unknown_account_is_not_watched_because_of_it() -> None:
    book = market(a=(9, 1))
    assert follow(book, 5, Told({"a": UNKNOWN}, book)) == {}


def test_only_whom_the_screen_names_is_computed_and_who_is_not_named_any_more_is_over() -> None:
    book = market(a=(9, 1), b=(1, 9))
    told = Told({"a": LOW, "b": LOW}, book)
    assert follow(book, 5, told) == {"a": 5}
    assert told.asked == ["a"]
    book.set(Entity(NAME, MARKET, "a"), DEBT, None)
    assert follow(book, 6, told) == {}
    assert told.asked == ["a"]


def test_where_nobody_can_be_judged_everything_stays() -> None:
    book = market(a=(9, 1))
    told = Told({"a": LOW}, book)
    follow(book, 5, told)
    told.can_judge = False
    assert follow(book, 6, told) == {"a": 5}


def test_the_same_key_in_two_deployments_is_two_accounts() -> None:
    book = market(a=(9, 1))
    view = cast("View", Told({"a": LOW}, book))
    both = [watch.Watched(name, book[NAME], view) for name in (NAME, "other")]
    book.apply(watch.follow(book, 5, 0, both[:1]))
    book.apply(watch.follow(book, 6, 0, both))
    assert (watch.since(book, NAME, "a"), watch.since(book, "other", "a")) == (5, 6)


def test_what_is_liquidatable() -> None:
    verdicts = [watch.is_liquidatable(health) for health in (LOW, INSOLVENT, LATER, SAFE, UNKNOWN)]
    assert verdicts == [True, True, True, False, None]

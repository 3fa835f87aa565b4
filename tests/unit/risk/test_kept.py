"""Kept chains at a start, and after a block that did not come to stay."""

from indexer.book import Book, Change, Entity
from indexer.evm import address
from indexer.risk.footprints import Sight
from indexer.risk.kept import KeptChains
from indexer.risk.look_through import LookThrough
from tests.unit.risk.small_market import ETHER, SmallView

WHO, OTHER = address(1), address(2)


def sight(**amounts: int) -> Sight:
    """Both owners owe ether in a and have it put up in b."""
    held = {WHO: amounts.get("who", 0), OTHER: amounts.get("other", 0)}
    views = {
        "a": SmallView({who: {(ETHER, True): amount} for who, amount in held.items()}),
        "b": SmallView({who: {(ETHER, False): amount} for who, amount in held.items()}),
    }
    return Sight(views, LookThrough([]), 0)  # type: ignore[arg-type]  # only what is asked


def touched(who: str) -> list[Change]:
    return [Change(Entity(name, ETHER, who), "amount", 1, 2) for name in "ab"]


def highs(changes: list[Change]) -> dict[str, tuple[int | None, int | None]]:
    return {change.entity.account: (change.old, change.new) for change in changes if change.field == "high"}


def test_a_first_block_writes_whom_it_touched_and_leaves_the_others_as_of_an_earlier_one() -> None:
    book = Book()
    book.apply(KeptChains(book).follow([], lambda: sight(who=5, other=5)))
    started = KeptChains(book).follow(touched(WHO), lambda: sight(who=7, other=7))
    assert highs(started) == {WHO: (5, 7)}


def test_a_first_block_that_was_refused_is_looked_at_again() -> None:
    kept = KeptChains(Book())
    assert highs(kept.follow([], lambda: sight(who=5))) == {WHO: (None, 5)}
    kept.forget()  # and nothing of it went into the book
    assert highs(kept.follow([], lambda: sight(who=6))) == {WHO: (None, 6)}

"""A draft: reads fall through, writes stay, changes are what differs."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.book import Book, Change, Draft, Entity

WETH = Entity("aave", "weth")
USDC = Entity("aave", "usdc")
POSITION = Entity("aave", "weth", "alice")
writes = st.lists(
    st.tuples(
        st.sampled_from([WETH, USDC, POSITION]),
        st.sampled_from(["price", "supply"]),
        st.none() | st.integers(0, 3) | st.just(2**200),
    ),
    max_size=20,
)


def book_with(*rows: tuple[Entity, str, int]) -> Book:
    return Book().load(rows)


def test_reads_fall_through_to_the_book() -> None:
    draft = Draft(book_with((WETH, "price", 7)))
    assert draft.get(WETH, "price") == 7
    assert draft.get(WETH, "cash") is None
    assert (draft.number(WETH, "price"), draft.number(WETH, "cash")) == (7, 0)


def test_a_removal_is_seen_at_once_and_leaves_the_book_alone() -> None:
    book = book_with((WETH, "price", 7))
    draft = Draft(book)
    draft.set(WETH, "price", None)
    assert draft.get(WETH, "price") is None
    assert book.get(WETH, "price") == 7
    assert draft.changes() == [Change(WETH, "price", 7, None)]


def test_absent_and_zero_differ() -> None:
    draft = Draft(Book())
    draft.set(WETH, "price", 0)
    assert draft.changes() == [Change(WETH, "price", None, 0)]


def test_writing_what_is_there_is_no_change() -> None:
    draft = Draft(book_with((WETH, "price", 7)))
    draft.set(WETH, "price", 9)
    draft.set(WETH, "price", 7)
    draft.set(USDC, "price", None)
    assert draft.changes() == []


def test_changes_come_in_order_of_first_writing() -> None:
    draft = Draft(book_with((POSITION, "supply", 5)))
    draft.set(WETH, "price", 1)
    draft.set(POSITION, "supply", 6)
    draft.set(WETH, "price", 2)
    assert draft.changes() == [Change(WETH, "price", None, 2), Change(POSITION, "supply", 5, 6)]


@given(writes, writes)
def test_applied_changes_make_the_book_what_the_draft_was(
    before: list[tuple[Entity, str, int | None]], during: list[tuple[Entity, str, int | None]]
) -> None:
    book = Book()
    for entity, field, value in before:
        book.set(entity, field, value)
    draft = Draft(book)
    for entity, field, value in during:
        draft.set(entity, field, value)
    seen = {(entity, field): draft.get(entity, field) for entity, field, _ in during}
    changes = draft.changes()
    assert all(change.old == book.get(change.entity, change.field) != change.new for change in changes)
    book.apply(changes)
    assert {key: book.get(*key) for key in seen} == seen
    assert Draft(book).changes() == []


def test_markets_are_those_known_then_those_new_in_this_draft() -> None:
    draft = Draft(book_with((WETH, "price", 7)))
    draft.set(USDC, "id", 1)
    draft.set(Entity("morpho", "dai"), "id", 0)
    draft.set(Entity("aave", "only-a-position", "alice"), "supply", 1)
    draft.set(Entity("aave", "removed"), "id", None)
    assert draft.markets("aave") == ["weth", "usdc"]


def test_touched_markets_are_of_their_deployment() -> None:
    draft = Draft(Book())
    draft.touch(USDC)
    draft.touch(Entity("morpho", "dai"))
    assert draft.touched(USDC)
    assert not draft.touched(WETH)
    assert draft.touched_markets("aave") == ["usdc"]


def test_a_correction_writes_what_differs_and_no_zero_for_nothing() -> None:
    draft = Draft(book_with((WETH, "price", 7)))
    for field, told in (("price", 7), ("price", None), ("absent", 0)):
        draft.correct(WETH, field, told)
    assert draft.changes() == []
    draft.correct(WETH, "price", 0)
    draft.correct(WETH, "absent", 5)
    assert [(change.field, change.new) for change in draft.changes()] == [("price", 0), ("absent", 5)]

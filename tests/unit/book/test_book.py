"""The book against the plainest model: a dict of (entity, field)."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.book import Book, Change, Entity

entities = st.builds(
    Entity,
    st.sampled_from(["aave", "morpho"]),
    st.sampled_from(["", "weth", "usdc", "dai"]),
    st.sampled_from(["", "alice", "bob", "carol"]),
)
fields = st.sampled_from(["supply", "debt", "price"])
values = st.none() | st.sampled_from([0, 1, 2**128, 2**256 - 1, -(2**255)]) | st.integers(0, 2**256 - 1)
moves = st.lists(st.tuples(entities, fields, values), max_size=60)
Model = dict[tuple[Entity, str], int]


def filled(written: list[tuple[Entity, str, int | None]]) -> tuple[Book, Model]:
    book, model = Book(), Model()
    for entity, field, value in written:
        book.set(entity, field, value)
        if value is None:
            model.pop((entity, field), None)
        else:
            model[entity, field] = value
    return book, model


def content(book: Book) -> Model:
    rows = list(book.items())
    found = {(entity, field): value for entity, field, value in rows}
    assert len(found) == len(rows)
    return found


@given(moves)
def test_holds_what_a_dict_holds(written: list[tuple[Entity, str, int | None]]) -> None:
    book, model = filled(written)
    assert content(book) == model
    asked = {(entity, field) for entity, field, _ in written}
    assert {key: book.get(*key) for key in asked} == {key: model.get(key) for key in asked}


@given(moves)
def test_loading_its_own_items_gives_the_same_book(written: list[tuple[Entity, str, int | None]]) -> None:
    book, model = filled(written)
    assert content(Book().load(book.items())) == model


@given(moves, moves)
def test_changes_and_their_inverse_are_undo(
    before: list[tuple[Entity, str, int | None]], after: list[tuple[Entity, str, int | None]]
) -> None:
    book, model = filled(before)
    changes = []
    for entity, field, new in after:
        change = Change(entity, field, book.get(entity, field), new)
        changes.append(change)
        book.apply([change])
    book.apply(change._replace(old=change.new, new=change.old) for change in reversed(changes))
    assert content(book) == model


@given(moves)
def test_columns_walk_every_position_once(written: list[tuple[Entity, str, int | None]]) -> None:
    book, _ = filled(written)
    positions = {entity for entity, _, _ in written if entity.market and entity.account}
    for name, rows in book.deployments.items():
        walked = [
            (name, market, account, row) for account in rows.accounts for market, row in rows.positions_of(account)
        ]
        assert {Entity(*found[:3]) for found in walked} == {e for e in positions if e.deployment == name}
        assert sorted(found[3] for found in walked) == list(range(rows.position_count))
        owner, market_row = rows.position_links()
        for _, market, account, row in walked:
            assert (rows.accounts[owner[row]], rows.market_names[market_row[row]]) == (account, market)


@given(moves)
def test_floats_stand_in_the_positions_rows(written: list[tuple[Entity, str, int | None]]) -> None:
    book, _ = filled(written)
    for rows in book.deployments.values():
        exact = [float(rows.position_value(row, "supply")) for row in range(rows.position_count)]
        assert [abs(a - b) <= abs(b) * 2**-50 for a, b in zip(rows.position_floats("supply"), exact, strict=True)] == [
            True
        ] * len(exact)


def test_what_nobody_ever_wrote_is_absent() -> None:
    book = Book()
    assert book.get(Entity("aave", "weth", "alice"), "supply") is None
    book.set(Entity("aave", "weth", "alice"), "supply", 1)
    for where in (Entity("aave", "weth", "bob"), Entity("aave", "dai", "alice"), Entity("aave", "", "alice")):
        assert book.get(where, "supply") is None
    assert book.get(Entity("aave", "weth", "alice"), "debt") is None
    assert list(book["aave"].positions_of("bob")) == []
    assert book["aave"].position_value(0, "debt") == 0
    assert book["aave"].account_floats("emode").tolist() == [0.0]

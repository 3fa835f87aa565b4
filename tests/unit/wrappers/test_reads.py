"""Rates block by block: chains of wrappers, contracts that fail, lie or lead in a circle."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexer.book import Book, Draft, Entity
from indexer.wrappers import DEPLOYMENT, READ_FIELDS, Wrapper, WrapperKind, is_known, plan_reads, wrapper, wrappers
from indexer.wrappers.reads import DEEPEST
from tests.unit.wrappers.contracts import ABI, Contracts, always, token

TOKEN, UNDER, OTHER = token(1), token(2), token(3)


def vault(**options: int) -> Contracts:
    contracts = Contracts()
    contracts.vault(TOKEN, UNDER, 11, 10, **options)
    return contracts


def test_after_the_first_block_a_wrapper_costs_one_call_and_no_request_more() -> None:
    contracts, book = vault(), Book()
    assert contracts.read([TOKEN], book) == 2
    contracts.vault(TOKEN, UNDER, 12, 10)
    assert contracts.read([TOKEN], book) == 1
    assert contracts.asked[-1] == [ABI.call("convertToAssets", TOKEN, 10**36)]
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 12 * 10**35, 10**36)


def test_the_largest_sample_that_the_contract_takes_makes_the_rate() -> None:
    contracts, book = vault(most=2**112), Book()  # as EVault refuses
    contracts.read([TOKEN], book)
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**32, 10**33)
    small = vault(most=10**20)
    small.read([TOKEN], book := Book())
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**17, 10**18)


def test_a_rate_that_fails_is_absent_and_comes_back_without_a_request_more() -> None:
    contracts, book = vault(), Book()
    contracts.read([TOKEN], book)
    contracts.put(TOKEN, "convertToAssets", lambda _: None)
    assert contracts.read([TOKEN], book) == 1
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, None, 1)
    assert contracts.read([TOKEN], book) == 1
    assert len(contracts.asked[-1]) == 3
    contracts.vault(TOKEN, UNDER, 11, 10, most=10**34)
    assert contracts.read([TOKEN], book) == 1
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**32, 10**33)


def test_a_worthless_vault_has_a_rate_of_zero() -> None:
    contracts, book = Contracts(), Book()
    contracts.vault(TOKEN, UNDER, 0, 10)
    contracts.read([TOKEN], book)
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 0, 10**36)


def test_what_stands_behind_no_token_any_more_keeps_no_rate() -> None:
    contracts, book = vault(), Book()
    contracts.read([TOKEN], book)
    contracts.read([OTHER], book)
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, None, 10**36)


def test_a_block_that_was_not_read_has_kinds_and_no_rates() -> None:
    contracts, book = vault(), Book()
    contracts.read([TOKEN], book)
    book[DEPLOYMENT].forget(READ_FIELDS)
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, None, 10**36)
    assert is_known(book, UNDER)


def test_underlyings_are_asked_what_they_are() -> None:
    contracts, book = vault(), Book()
    contracts.special(UNDER, "stETH", "getStETHByWstETH", OTHER, (3, 2))
    contracts.read([TOKEN], book)
    assert [(one.token, one.underlying) for one in wrappers(book).values()] == [(TOKEN, UNDER), (UNDER, OTHER)]
    assert (is_known(book, OTHER), wrapper(book, OTHER)) == (True, None)


def test_a_vault_of_itself_and_a_circle_of_vaults_come_to_an_end() -> None:
    contracts, book = Contracts(), Book()
    contracts.vault(TOKEN, TOKEN, 1, 1)
    assert contracts.read([TOKEN], book) == 2
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, TOKEN, WrapperKind.ERC4626, 10**36, 10**36)
    contracts.vault(OTHER, UNDER, 1, 1)
    contracts.vault(UNDER, OTHER, 1, 1)
    contracts.read([TOKEN, OTHER], book)
    assert contracts.read([TOKEN, OTHER], book) == 1
    assert len(contracts.asked[-1]) == 3


def test_a_chain_without_end_is_followed_to_its_depth() -> None:
    contracts, book = Contracts(), Book()
    chain = [token(100 + step) for step in range(30)]
    for vault_token, underlying in pairwise(chain):
        contracts.vault(vault_token, underlying, 1, 1)
    contracts.read(chain[:1], book)
    assert [one for one in chain if is_known(book, one)] == chain[: 1 + DEEPEST]
    assert contracts.read(chain[:1], book) == 1
    assert len(contracts.asked[-1]) == 1 + DEEPEST


def test_what_strangers_may_spend_is_bounded() -> None:
    asked = plan_reads([TOKEN], Draft(Book()), {})
    assert {call.answer_bytes for call in asked} == {32}
    assert sorted(call.gas for call in asked) == [200_000] * 4 + [1_500_000] * 3


@given(words=st.lists(st.one_of(st.none(), st.integers(0, 2**256 - 1)), min_size=9, max_size=9))
def test_whatever_a_token_answers_only_itself_is_concerned(words: list[int | None]) -> None:
    """Any answers to any question: the reads end, an honest token beside it keeps its rate, nothing else is stored."""
    contracts, book = vault(), Book()
    for name, word in zip(sorted(ABI.functions), words, strict=True):
        contracts.put(OTHER, name, always(word))
    contracts.read([OTHER, TOKEN], book)
    contracts.read([OTHER, TOKEN], book)
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**35, 10**36)
    found = wrapper(book, OTHER)
    reached = {OTHER, TOKEN, UNDER} | ({found.underlying} if found else set())
    assert set(book[DEPLOYMENT].markets) <= reached


@given(
    blocks=st.lists(st.sets(st.sampled_from([TOKEN, UNDER, OTHER]), max_size=3), min_size=1, max_size=6),
    failing=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_a_book_that_saw_every_block_has_the_rates_of_one_that_saw_the_last(
    blocks: list[set[str]], failing: list[bool]
) -> None:
    contracts, lived, late = Contracts(), Book(), Book()
    contracts.vault(UNDER, OTHER, 5, 4)
    wanted = [token(int(one, 16)) for one in blocks[-1]]
    for number, (tokens, fails) in enumerate(zip(blocks, failing, strict=False)):
        contracts.vault(TOKEN, UNDER, 11 + number, 10, most=0 if fails and number < len(blocks) - 1 else 2**256)
        contracts.read([token(int(one, 16)) for one in tokens], lived)
    contracts.read(wanted, late)
    for one in wanted:
        assert wrapper(lived, one) == wrapper(late, one)
    for where, field, value in late.items():
        assert lived.get(where, field) == value
    told = {name for name in lived[DEPLOYMENT].markets if lived.get(Entity(DEPLOYMENT, name), "numerator") is not None}
    assert told == {name for name in late[DEPLOYMENT].markets if wrapper(late, token(int(name, 16))) is not None}

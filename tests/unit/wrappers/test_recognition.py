"""What a token is found to be, from what its contract answers and from what is known beforehand."""

import pytest

from indexer.book import Book, Entity
from indexer.evm import Address
from indexer.wrappers import DEPLOYMENT, Wrapper, WrapperClass, WrapperKind, Wrapping, is_known, wrapper, wrappers
from indexer.wrappers.kinds import FORMS
from tests.unit.wrappers.contracts import ABI, Contracts, token

TOKEN, UNDER, ATOKEN, OTHER = token(1), token(2), token(3), token(4)
RATE = (11, 10)


def recognised(contracts: Contracts, known: dict[Address, Wrapping] | None = None) -> Wrapper | None:
    book = Book()
    contracts.read([TOKEN], book, known)
    return wrapper(book, TOKEN)


def test_a_vault() -> None:
    contracts = Contracts()
    contracts.vault(TOKEN, UNDER, *RATE)
    assert recognised(contracts) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**35, 10**36)


def test_a_static_a_token_stands_for_its_a_token_though_it_is_a_vault_too() -> None:
    contracts = Contracts()
    contracts.vault(TOKEN, UNDER, *RATE)
    contracts.put(TOKEN, "aToken", lambda _: int(ATOKEN, 16))
    assert recognised(contracts) == Wrapper(TOKEN, ATOKEN, WrapperKind.STATIC_A_TOKEN, 11 * 10**35, 10**36)


@pytest.mark.parametrize(
    ("kind", "getter", "conversion"),
    [
        (WrapperKind.WSTETH, "stETH", "getStETHByWstETH"),
        (WrapperKind.WEETH, "eETH", "getEETHByWeETH"),
    ],
)
def test_the_wrapped_staking_tokens(kind: WrapperKind, getter: str, conversion: str) -> None:
    contracts = Contracts()
    contracts.special(TOKEN, getter, conversion, UNDER, RATE)
    assert recognised(contracts) == Wrapper(TOKEN, UNDER, kind, 11 * 10**35, 10**36)


@pytest.mark.parametrize("name", sorted(ABI.functions))
def test_one_function_alone_makes_no_wrapper(name: str) -> None:
    contracts = Contracts()
    contracts.put(TOKEN, name, lambda _: int(UNDER, 16))
    assert recognised(contracts) is None


def test_a_plain_token_is_remembered_and_not_asked_again() -> None:
    contracts, book = Contracts(), Book()
    assert contracts.read([TOKEN], book) == 1
    assert (is_known(book, TOKEN), wrapper(book, TOKEN)) == (True, None)
    assert contracts.read([TOKEN], book) == 0


def test_what_names_an_underlying_and_does_not_convert_stays_unknown_and_is_asked_again() -> None:
    contracts, book = Contracts(), Book()
    contracts.put(TOKEN, "asset", lambda _: int(UNDER, 16))
    assert contracts.read([TOKEN], book) == 1
    assert (is_known(book, TOKEN), wrapper(book, TOKEN)) == (False, None)
    contracts.vault(TOKEN, UNDER, *RATE)
    contracts.read([TOKEN], book)
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**35, 10**36)


@pytest.mark.parametrize("word", [0, 2**160, 2**256 - 1])
def test_what_is_no_address_is_no_underlying(word: int) -> None:
    contracts = Contracts()
    contracts.vault(TOKEN, UNDER, *RATE)
    contracts.put(TOKEN, "asset", lambda _: word)
    assert recognised(contracts) is None


def test_the_zero_address_is_no_token() -> None:
    contracts = Contracts()
    assert contracts.read([token(0)], Book()) == 0


def test_what_is_known_goes_before_what_the_contract_says() -> None:
    contracts = Contracts()
    contracts.vault(TOKEN, UNDER, *RATE)
    known = {TOKEN: Wrapping(WrapperKind.SAME, OTHER)}
    assert recognised(contracts, known) == Wrapper(TOKEN, OTHER, WrapperKind.SAME, 1, 1)
    assert all(call.to != TOKEN for asked in contracts.asked for call in asked)


def test_rates_of_known_kinds() -> None:
    contracts = Contracts()
    contracts.put(TOKEN, "getEthValue", lambda x: x * 9 // 8)
    contracts.put(TOKEN, "exchangeRate", lambda _: 1_050_000_000_000_000_003)
    known = {TOKEN: Wrapping(WrapperKind.RETH, UNDER)}
    assert recognised(contracts, known) == Wrapper(TOKEN, UNDER, WrapperKind.RETH, 1125 * 10**33, 10**36)
    known = {TOKEN: Wrapping(WrapperKind.CBETH, UNDER)}
    assert recognised(contracts, known) == Wrapper(TOKEN, UNDER, WrapperKind.CBETH, 1_050_000_000_000_000_003, 10**18)


def test_a_known_kind_without_underlying_asks_the_contract_for_it_until_it_answers() -> None:
    contracts, book = Contracts(), Book()
    known = {TOKEN: Wrapping(WrapperKind.ERC4626)}
    contracts.read([TOKEN], book, known)
    assert not is_known(book, TOKEN)
    assert contracts.asked[-1] == [call for call in contracts.asked[-1] if call.data == ABI.call("asset", TOKEN).data]
    contracts.vault(TOKEN, UNDER, *RATE)
    contracts.read([TOKEN], book, known)
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**35, 10**36)


def test_a_kind_taken_out_of_the_configuration_is_asked_of_the_contract() -> None:
    contracts, book = Contracts(), Book()
    contracts.vault(TOKEN, UNDER, *RATE)
    contracts.read([TOKEN], book, {TOKEN: Wrapping(WrapperKind.SAME, OTHER)})
    contracts.read([TOKEN], book, {})
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, UNDER, WrapperKind.ERC4626, 11 * 10**35, 10**36)
    contracts.read([TOKEN], book, {TOKEN: Wrapping(WrapperKind.SAME, OTHER)})
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, OTHER, WrapperKind.SAME, 1, 1)
    assert book.get(Entity(DEPLOYMENT, TOKEN), "denominator") is None


def test_a_rate_of_another_kind_says_nothing_about_the_new_one() -> None:
    contracts, book = Contracts(), Book()
    contracts.vault(TOKEN, UNDER, *RATE)
    contracts.put(TOKEN, "exchangeRate", lambda _: 10**18)
    contracts.read([TOKEN], book)
    contracts.read([TOKEN], book, {TOKEN: Wrapping(WrapperKind.CBETH, OTHER)})
    assert wrapper(book, TOKEN) == Wrapper(TOKEN, OTHER, WrapperKind.CBETH, 10**18, 10**18)


def test_every_kind_has_a_code_of_its_own_and_none_is_that_of_a_plain_token() -> None:
    assert sorted(form.code for form in FORMS.values()) == list(range(1, 1 + len(WrapperKind)))
    assert FORMS.keys() == set(WrapperKind)


def test_only_a_vault_is_a_claim_on_a_book() -> None:
    assert [kind for kind in WrapperKind if kind.wrapper_class is WrapperClass.CLAIM] == [WrapperKind.ERC4626]


def test_wrappers_by_token() -> None:
    contracts, book = Contracts(), Book()
    contracts.vault(TOKEN, UNDER, *RATE)
    contracts.read([TOKEN, OTHER], book, {OTHER: Wrapping(WrapperKind.SAME, UNDER)})
    assert wrappers(book) == {one: wrapper(book, one) for one in (TOKEN, OTHER)}

"""A rate is what a contract says of a sample: how near that comes to what it says of the amount itself."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.book import Book
from indexer.wrappers import Rate, Wrapper, WrapperKind, wrapper
from indexer.wrappers.kinds import SAMPLES
from tests.unit.wrappers.contracts import Contracts, token

WSTETH, STETH, RETH, WETH = token(1), token(2), token(3), token(4)
ETHER, SHARES = 9_400_000 * 10**18 + 123, 7_650_000 * 10**18
TOTAL_ETH, SUPPLY = 500_000 * 10**18, 444_444 * 10**18

amounts = st.integers(0, 10**40)
totals = st.integers(0, 10**35)
supplies = st.integers(1, 10**35)
samples = st.sampled_from(SAMPLES)


def read_wsteth() -> Wrapper:
    contracts, book = Contracts(), Book()
    contracts.special(WSTETH, "stETH", "getStETHByWstETH", STETH, (ETHER, SHARES))
    contracts.read([WSTETH], book)
    found = wrapper(book, WSTETH)
    assert found is not None
    return found


def test_wsteth_to_the_wei() -> None:
    found = read_wsteth()
    assert found.rate is not None
    assert found.rate.convert(10**18) == 1_228_758_169_934_640_522
    assert found.rate.convert(10 * 10**18) == 12_287_581_699_346_405_228
    assert found.is_exact(10 * 10**18)


def test_a_rate_of_one_token_would_be_eight_wei_lower() -> None:
    of_one = Rate(1_228_758_169_934_640_522, 10**18)
    assert of_one.convert(10 * 10**18) == 12_287_581_699_346_405_220
    assert not of_one.is_exact(10 * 10**18)
    assert of_one.most(10 * 10**18) == 12_287_581_699_346_405_229


def test_reth_to_the_wei() -> None:
    rate = Rate(10**36 * TOTAL_ETH // SUPPLY, 10**36)
    assert rate.convert(10**18) == 1_125_001_125_001_125_001
    assert rate.is_exact(10**18)


@given(amount=st.integers(0, 10**36), assets=totals, shares=supplies, sample=samples)
def test_up_to_the_sample_it_is_exact_or_one_less(amount: int, assets: int, shares: int, sample: int) -> None:
    amount = min(amount, sample)
    rate = Rate(sample * assets // shares, sample)
    truth = amount * assets // shares
    assert truth - rate.convert(amount) in (0, 1)
    assert rate.slack(amount) in (0, 1)


@given(amount=amounts, assets=totals, shares=supplies, sample=samples)
def test_the_contract_is_never_outside_the_bound(amount: int, assets: int, shares: int, sample: int) -> None:
    rate = Rate(sample * assets // shares, sample)
    truth = amount * assets // shares
    assert rate.convert(amount) <= truth <= rate.most(amount)
    assert rate.slack(amount) <= -(-amount // sample)


@given(amount=amounts, assets=totals, shares=supplies, sample=samples)
def test_what_is_called_exact_is_exact(amount: int, assets: int, shares: int, sample: int) -> None:
    rate = Rate(sample * assets // shares, sample)
    if rate.is_exact(amount):
        assert rate.convert(amount) == amount * assets // shares


def test_both_ends_of_the_bound_are_met() -> None:
    rate = Rate(333, 1_000)  # of 1/3 and of 333/1000 alike
    assert (rate.convert(3), rate.most(3)) == (0, 1)
    assert not rate.is_exact(3)
    assert rate.convert(0) == rate.most(0) == 0
    assert rate.is_exact(1)


def test_the_rate_of_cbeth_and_of_a_relabel_is_the_definition() -> None:
    assert Wrapper(WSTETH, WETH, WrapperKind.CBETH, 1_100_000_000_000_000_001, 10**18).is_exact(10**25)
    assert Wrapper(STETH, WETH, WrapperKind.SAME, 1, 1).is_exact(10**25)
    assert not Wrapper(STETH, WETH, WrapperKind.ERC4626, None, 1).is_exact(1)

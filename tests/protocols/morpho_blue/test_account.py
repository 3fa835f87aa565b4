from hypothesis import given
from hypothesis import strategies as st

from indexer.protocols.morpho_blue.account import account_data
from indexer.protocols.morpho_blue.accrual import accrued
from indexer.protocols.morpho_blue.projections import projections
from indexer.protocols.morpho_blue.state import Position
from tests.protocols.morpho_blue.made import START, WEEK, example, market

BORROWER = Position(0, 340_000_000_000_000_000, 100 * 10**18)
BOUNDARY = 3_954_719_045_590_000_000_000_000_000


def test_the_example_after_a_week() -> None:
    data = account_data(accrued(example(), START + WEEK).market, BORROWER)
    assert (data.borrowed, data.max_borrow, data.collateral_value) == (
        340_105_837_920,
        344_000_000_000,
        400_000_000_000,
    )
    assert data.is_healthy


def test_the_lowest_healthy_price_of_the_example() -> None:
    after = accrued(example(), START + WEEK).market
    assert account_data(after.with_price(BOUNDARY), BORROWER).is_healthy
    assert account_data(after.with_price(BOUNDARY), BORROWER).health_factor_wad == 10**18
    assert not account_data(after.with_price(BOUNDARY - 1), BORROWER).is_healthy
    found = projections(example(), BORROWER, START + WEEK)
    assert found is not None
    assert found.liquidation_price == BOUNDARY - 1


def test_interest_crosses_between_two_seconds() -> None:
    found = projections(example(), BORROWER, START + WEEK)
    assert found is not None
    assert found.liquidatable_at is not None
    for when, healthy in ((found.liquidatable_at - 1, True), (found.liquidatable_at, False)):
        assert account_data(accrued(example(), when).market, BORROWER).is_healthy is healthy


def test_without_debt_no_price_is_asked() -> None:
    assert account_data(market(price=None), Position(5, 0, 7)).is_healthy
    assert projections(market(price=None), Position(5, 0, 7), START) is None


@given(
    st.integers(1, 10**27),
    st.integers(0, 10**26),
    st.integers(0, 10**45),
    st.integers(1, 10**24),
    st.integers(0, 10**18),
)
def test_the_factor_is_below_one_exactly_where_the_contract_says_so(
    shares: int, collateral: int, price: int, assets: int, lltv: int
) -> None:
    state = market(price=price, lltv=lltv, total_borrow_assets=assets, total_borrow_shares=shares)
    data = account_data(state, Position(0, shares, collateral))
    assert data.health_factor_wad is not None
    assert (data.health_factor_wad < 10**18) is not data.is_healthy

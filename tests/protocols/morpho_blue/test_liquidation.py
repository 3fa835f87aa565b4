import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indexer.errors import ArithmeticOverflow
from indexer.protocols.morpho_blue.account import account_data
from indexer.protocols.morpho_blue.accrual import accrued
from indexer.protocols.morpho_blue.liquidation import (
    largest,
    liquidation_incentive_factor,
    liquidation_terms,
    repay,
    seize,
)
from indexer.protocols.morpho_blue.state import Position
from indexer.words import Gate
from tests.protocols.morpho_blue.made import COLLATERAL, LOAN, START, WEEK, example, market

BORROWER = Position(0, 340_000_000_000_000_000, 100 * 10**18)


@pytest.mark.parametrize(
    ("lltv", "factor"),
    [
        (945 * 10**15, 1_016_776_817_488_561_260),
        (915 * 10**15, 1_026_167_265_264_238_070),
        (86 * 10**16, 1_043_841_336_116_910_229),
        (77 * 10**16, 1_074_113_856_068_743_286),
        (625 * 10**15, 1_126_760_563_380_281_690),
        (56 * 10**16, 1_150_000_000_000_000_000),
        (0, 1_150_000_000_000_000_000),
    ],
)
def test_incentive_factor(lltv: int, factor: int) -> None:
    assert liquidation_incentive_factor(lltv) == factor


def test_half_of_the_example_by_shares() -> None:
    state = accrued(example(), START + WEEK).market.with_price(3_954_719_045_589_999_999_999_999_999)
    outcome = repay(state, BORROWER, 170_000_000_000_000_000)
    assert (outcome.seized_assets, outcome.repaid_assets) == (44_885_177_452_477_599_531, 170_052_918_960)
    assert (outcome.bad_debt_assets, outcome.bad_debt_shares) == (0, 0)


def test_all_of_the_example_leaves_bad_debt() -> None:
    state = accrued(example(), START + WEEK).market.with_price(3000 * 10**24)
    outcome = seize(state, BORROWER, BORROWER.collateral)
    assert (outcome.repaid_shares, outcome.repaid_assets) == (287_310_563_670_256_477, 287_400_000_002)
    assert (outcome.bad_debt_assets, outcome.bad_debt_shares) == (52_705_837_918, 52_689_436_329_743_523)
    assert state.total_supply_assets - outcome.bad_debt_assets == 947_400_000_002
    assert largest(state, BORROWER) == outcome


def test_one_unit_of_collateral_left_realises_nothing() -> None:
    state = accrued(example(), START + WEEK).market.with_price(3000 * 10**24)
    outcome = seize(state, BORROWER, BORROWER.collateral - 1)
    assert (outcome.bad_debt_assets, outcome.bad_debt_shares) == (0, 0)


def test_terms_name_the_call() -> None:
    state = accrued(example(), START + WEEK).market.with_price(3900 * 10**24)
    (terms,) = liquidation_terms(state, BORROWER)
    assert (terms.debt_asset, terms.collateral_asset, terms.allowed) == (LOAN, COLLATERAL, True)
    assert terms.details["repaid_shares_argument"] == BORROWER.borrow_shares
    assert terms.details["seized_assets_argument"] == 0
    assert terms.max_debt_to_cover == account_data(state, BORROWER).borrowed
    assert terms.bonus_bps == 438
    healthy = liquidation_terms(state.with_price(4000 * 10**24), BORROWER)
    assert [term.gates for term in healthy] == [(Gate.NOT_LIQUIDATABLE,)]


def test_at_price_zero_only_seizing_works() -> None:
    state = accrued(example(), START + WEEK).market.with_price(0)
    with pytest.raises(ArithmeticOverflow):
        repay(state, BORROWER, 1)
    assert largest(state, BORROWER).repaid_assets == 0
    assert largest(state, BORROWER).bad_debt_shares == BORROWER.borrow_shares


@given(
    shares=st.integers(1, 10**27),
    others=st.integers(0, 10**27),
    assets=st.integers(1, 10**24),
    collateral=st.integers(1, 10**26),
    price=st.integers(1, 10**45),
    lltv=st.integers(0, 10**18 - 1),
)
def test_one_of_the_two_forms_always_fits(
    shares: int, others: int, assets: int, collateral: int, price: int, lltv: int
) -> None:
    total = shares + others
    assume(assets <= total)
    state = market(
        lltv=lltv, price=price, total_supply_assets=assets, total_borrow_assets=assets, total_borrow_shares=total
    )
    outcome = largest(state, Position(0, shares, collateral))
    assert outcome.repaid_shares <= shares
    assert outcome.seized_assets <= collateral
    assert outcome.repaid_shares == shares or outcome.seized_assets == collateral

"""Projections are boundaries of the contract's own comparison: one unit more or less changes the answer."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from indexer.protocols.compound_v3.accrual import accrued_indices
from indexer.protocols.compound_v3.liquidity import is_liquidatable
from indexer.protocols.compound_v3.projections import absorbable_at, liquidation_price, projection, uniform_drop_ppm
from indexer.protocols.compound_v3.state import Account
from tests.protocols.compound_v3.made import accounts_of, asset, comet, comets, token

MARKET = comet(asset(0), asset(1, price=10**8, scale=10**6))
BORROWER = Account(-20_000 * 10**6, 3, {token(0): 10**19, token(1): 1_000 * 10**6})
AT = MARKET.totals.last_accrual


@given(st.data())
def test_liquidation_price_is_the_last_one(data: st.DataObject) -> None:
    market = data.draw(comets(priced=True))
    account = data.draw(accounts_of(market))
    for held in account.assets(market):
        boundary = liquidation_price(market, account, held)
        if boundary is None:
            continue
        for price, expected in ((boundary, True), (boundary + 1, False)):
            assets = tuple(replace(a, price=price) if a.offset == held.offset else a for a in market.assets)
            moved = replace(market, assets=assets)
            assert is_liquidatable(moved, account, market.totals.indices) == expected


def test_by_price_and_by_time() -> None:
    found = projection(MARKET, BORROWER, AT)
    assert found is not None
    assert found.liquidation_prices[token(0)] is not None
    assert found.liquidation_prices[token(1)] is None  # too little of it
    ppm = uniform_drop_ppm(MARKET, BORROWER)
    assert ppm is not None
    assert found.uniform_drop == ppm / 1_000_000
    when = found.interest_timestamp
    assert when is not None
    assert is_liquidatable(MARKET, BORROWER, accrued_indices(MARKET, when))
    assert not is_liquidatable(MARKET, BORROWER, accrued_indices(MARKET, when - 1))


def test_nothing_to_project() -> None:
    assert projection(MARKET, replace(BORROWER, principal=5), AT) is None
    assert projection(replace(MARKET, base_price=None), BORROWER, AT) is None
    drowned = projection(MARKET, replace(BORROWER, principal=-(10**13)), AT)
    assert drowned is not None
    assert set(drowned.liquidation_prices.values()) == {None}
    assert (drowned.uniform_drop, drowned.interest_timestamp) == (None, None)


def test_interest_that_outgrows_its_type_absorbs_nobody() -> None:
    """A dust debt that only 18,000-fold interest would make liquidatable: uint64 ends first, and accrual reverts."""
    curve = replace(MARKET.borrow_curve, base=10**18 // 31_536_000 * 1000)
    market = replace(MARKET, borrow_curve=curve)
    account = replace(BORROWER, principal=-(10**5))
    assert absorbable_at(market, account, AT) is None

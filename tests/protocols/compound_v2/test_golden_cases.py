"""Golden cases of the real contracts: liquidity, its boundary to one unit of price, accrual, seized tokens."""

from collections import Counter
from typing import Any

import pytest

from indexer.errors import ArithmeticOverflow
from indexer.protocols.compound_v2.accrual import accrue, borrow_balance, exchange_rate
from indexer.protocols.compound_v2.liquidation import seize_ratio
from indexer.protocols.compound_v2.liquidity import liquidity
from indexer.protocols.compound_v2.state import UnpricedMarket
from indexer.units import WAD
from tests.protocols.compound_v2.recorded import golden, pool_of, positions_of

PRICE_ERROR = 13


def cases(*kinds: str) -> list[dict[str, Any]]:
    """The cases of these kinds, each with its pool."""
    document = golden("cases.json.gz")
    return [{**case, "pool": document["pools"][case["pool"]]} for case in document["cases"] if case["kind"] in kinds]


def test_there_are_enough_of_every_kind_and_generation() -> None:
    counts = Counter((case["kind"], case["pool"]["generation"]) for case in cases("liquidity", "boundary", "accrual"))
    assert all(
        counts[kind, generation] >= 10 for kind in ("liquidity", "boundary", "accrual") for generation in (1, 6, 9)
    )
    assert len(golden("cases.json.gz")["cases"]) > 1_000


def test_liquidity_and_its_boundary() -> None:
    sides: Counter[bool] = Counter()
    for case in cases("liquidity", "boundary"):
        pool = pool_of(case["pool"], case["prices"])
        error, left, missing = (int(word) for word in case["result"])
        positions = positions_of(case["pool"], case["account"])
        if error:
            assert error == PRICE_ERROR
            with pytest.raises(UnpricedMarket):
                liquidity(pool.markets, pool.rules, positions)
            continue
        sums = liquidity(pool.markets, pool.rules, positions)
        assert (sums.liquidity, sums.shortfall) == (left, missing), case
        factor = sums.health_factor_wad
        assert (factor is not None and factor < WAD) == (missing > 0)
        sides[missing > 0] += case["kind"] == "boundary"
    assert min(sides[True], sides[False]) > 300


def test_accrual_to_any_block() -> None:
    compared = 0
    for case in cases("accrual"):
        pool, market = pool_of(case["pool"], {}), case["market"]
        if case["total_borrows"] is None:
            with pytest.raises(ArithmeticOverflow):
                accrue(pool.markets[market], pool.rules, case["number"])
            continue
        accrued = accrue(pool.markets[market], pool.rules, case["number"])
        assert accrued.total_borrows == int(case["total_borrows"])
        if accrued.total_supply:
            assert exchange_rate(accrued) == int(case["exchange_rate"])
        for account, owed in case["debts"].items():
            position = next(p for p in positions_of(case["pool"], account) if p.market == market)
            assert borrow_balance(position, accrued) == int(owed)
            compared += 1
    assert compared > 300


def test_seized_tokens() -> None:
    refused = 0
    for case in cases("seize"):
        pool = pool_of(case["pool"], case["prices"])
        error, tokens = (int(word) for word in case["result"])
        borrowed, collateral = pool.markets[case["borrowed"]], pool.markets[case["collateral"]]
        if error:
            assert error == PRICE_ERROR
            with pytest.raises(UnpricedMarket):
                seize_ratio(pool, borrowed, collateral)
            refused += 1
            continue
        assert seize_ratio(pool, borrowed, collateral) * int(case["repay"]) // WAD == tokens
    assert refused

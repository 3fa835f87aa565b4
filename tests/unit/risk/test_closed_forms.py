"""Every closed form against the worked examples of Cross-protocol chains and risk measures, as exact fractions."""

from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.risk.chains import stock_bound
from indexer.risk.measures import (
    Traced,
    bottleneck,
    cycle_deposits,
    cycle_gain,
    effective_number,
    gross_over_net,
    herfindahl,
    loop,
    loop_limit,
    receipt_threshold,
    share_price_factor,
    traced,
    transport_maximum,
)
from indexer.risk.triggers import (
    Leveraged,
    Liquidatable,
    ShockTable,
    fall_to_bad_debt,
    fall_to_liquidation,
    is_toxic,
    ltv_after,
)

THREE = [
    Leveraged(Fraction(amount), Fraction(debt), Fraction(4, 5))
    for amount, debt in ((100, 150_000), (200, 280_000), (400, 540_000))
]
amounts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 50), min_size=1)


def test_a_loop_of_five_at_four_fifths() -> None:
    looped = loop(Fraction(10), Fraction(4, 5), 5)
    assert looped.collateral == Fraction(368_928, 10_000)
    assert looped.debt == Fraction(268_928, 10_000)
    assert looped.equity == 10
    assert looped.leverage == Fraction(368_928, 100_000)
    assert looped.financed_share == Fraction(268_928, 368_928)
    assert looped.health_factor(Fraction(85, 100)) == Fraction(368_928 * 85, 268_928 * 100)
    assert loop_limit(Fraction(4, 5)) == 5


@given(st.fractions(0, Fraction(99, 100)), st.integers(0, 12), st.fractions(Fraction(1, 100), 1000))
def test_a_loop_is_the_sum_of_its_deposits_and_stays_under_the_limit(
    ltv: Fraction, redeposits: int, equity: Fraction
) -> None:
    looped = loop(equity, ltv, redeposits)
    assert looped.collateral == sum(equity * ltv**n for n in range(redeposits + 1))
    assert looped.leverage <= loop_limit(ltv)
    assert (looped.leverage < loop_limit(ltv)) == (ltv > 0)


def test_without_a_loan_there_is_no_health_factor() -> None:
    assert loop(Fraction(10), Fraction(4, 5), 0).health_factor(Fraction(85, 100)) is None


def test_a_cycle_of_three_quarters_and_four_fifths() -> None:
    ltvs = (Fraction(3, 4), Fraction(4, 5))
    assert cycle_gain(ltvs) == Fraction(6, 10)
    assert cycle_deposits(Fraction(1), ltvs) == (Fraction(5, 2), Fraction(15, 8))
    assert gross_over_net(cycle_deposits(Fraction(1), ltvs), Fraction(1)) == Fraction(35, 8)


@given(st.lists(st.fractions(0, Fraction(9, 10)), min_size=1, max_size=5), st.fractions(Fraction(1, 10), 100))
def test_a_cycle_s_deposits_feed_each_other(ltvs: list[Fraction], equity: Fraction) -> None:
    deposits = cycle_deposits(equity, ltvs)
    assert deposits[0] == equity + deposits[-1] * ltvs[-1]
    assert all(after == before * ltv for before, after, ltv in zip(deposits, deposits[1:], ltvs, strict=False))


def test_what_goes_around_is_the_smallest_edge() -> None:
    assert bottleneck([Fraction(5), Fraction(3), Fraction(7)]) == 3


@pytest.mark.parametrize("ltvs", [(Fraction(1), Fraction(1)), (Fraction(5, 4), Fraction(9, 10)), ()])
def test_a_cycle_that_does_not_lose_has_no_maximum(ltvs: tuple[Fraction, ...]) -> None:
    with pytest.raises(ValueError, match="not defined"):
        cycle_deposits(Fraction(1), ltvs)


def test_a_receipt_that_falls_takes_the_accounts_below_its_threshold() -> None:
    weight, loss = Fraction(3, 10), Fraction(1, 5)
    assert share_price_factor(weight, loss) == Fraction(94, 100)
    assert receipt_threshold(weight, loss) == Fraction(50, 47)
    assert receipt_threshold(Fraction(1), Fraction(1)) is None


@given(st.fractions(0, 1), st.fractions(0, Fraction(99, 100)), st.fractions(Fraction(1, 2), 2))
def test_strictly_below_the_threshold_is_strictly_below_one_after_the_fall(
    weight: Fraction, loss: Fraction, factor: Fraction
) -> None:
    threshold = receipt_threshold(weight, loss)
    assert threshold is not None
    assert (factor < threshold) == (factor * share_price_factor(weight, loss) < 1)


def test_half_three_tenths_and_a_fifth() -> None:
    weights = [Fraction(5, 10), Fraction(3, 10), Fraction(2, 10)]
    assert herfindahl(weights) == Fraction(38, 100)
    assert effective_number(weights) == Fraction(50, 19)
    assert herfindahl([Fraction(50), Fraction(30), Fraction(20)]) == Fraction(38, 100)


def test_a_wallet_of_twenty_thousand_and_a_hundred_thousand_borrowed() -> None:
    assert traced(20_000, 100_000, 90_000) == Traced(70_000, Fraction(75_000), 90_000)
    assert stock_bound(100_000, 90_000) == 90_000


@given(st.integers(0, 100), st.integers(0, 100), st.data())
def test_traced_amounts_are_in_order(own: int, borrowed: int, data: st.DataObject) -> None:
    deposited = data.draw(st.integers(0, own + borrowed))
    found = traced(own, borrowed, deposited)
    assert 0 <= found.lower <= found.pro_rata <= found.upper <= deposited
    assert found.upper == stock_bound(borrowed, deposited)


def most_that_flows(debts: dict[str, int], collaterals: dict[str, int], *, across: bool) -> int:
    graph: nx.DiGraph[object] = nx.DiGraph()
    graph.add_nodes_from(("from", "to"))
    for place, debt in debts.items():
        graph.add_edge("from", ("debt", place), capacity=debt)
        for other in collaterals:
            if not (across and place == other):
                graph.add_edge(("debt", place), ("collateral", other))
    for place, collateral in collaterals.items():
        graph.add_edge(("collateral", place), "to", capacity=collateral)
    return int(nx.maximum_flow_value(graph, "from", "to"))


@given(amounts, amounts, st.booleans())
def test_the_transport_maximum_is_a_maximum_flow(
    debts: dict[str, int], collaterals: dict[str, int], across: bool
) -> None:
    expected = most_that_flows(debts, collaterals, across=across)
    assert transport_maximum(debts, collaterals, across=across) == expected


@pytest.mark.parametrize(("bonus", "boundary"), [(5, Fraction(20, 21)), (8, Fraction(25, 27)), (10, Fraction(10, 11))])
def test_above_one_over_one_plus_the_bonus_liquidations_are_toxic(bonus: int, boundary: Fraction) -> None:
    assert not is_toxic(boundary, Fraction(bonus, 100))
    assert is_toxic(boundary + Fraction(1, 10**9), Fraction(bonus, 100))


def test_a_toxic_position_gets_worse_and_another_better() -> None:
    bonus = Fraction(8, 100)
    assert is_toxic(Fraction(100, 105), bonus)
    worse = [ltv_after(Fraction(105), Fraction(100), bonus, Fraction(repaid)) for repaid in (0, 25, 50)]
    assert worse == [Fraction(20, 21), Fraction(25, 26), Fraction(50, 51)]
    assert not is_toxic(Fraction(100, 112), bonus)
    better = [ltv_after(Fraction(112), Fraction(100), bonus, Fraction(repaid)) for repaid in (0, 25, 50)]
    assert better == [Fraction(25, 28), Fraction(15, 17), Fraction(25, 29)]


@pytest.mark.parametrize("repaid", [Fraction(101), Fraction(-1)])
def test_nobody_repays_what_is_not_owed(repaid: Fraction) -> None:
    with pytest.raises(ValueError, match="more is repaid"):
        ltv_after(Fraction(1_000), Fraction(100), Fraction(8, 100), repaid)


def test_how_far_a_price_may_fall() -> None:
    assert fall_to_liquidation(Fraction(12, 10)) == Fraction(1, 6)
    assert fall_to_bad_debt(Fraction(12, 10), Fraction(8, 10), Fraction(5, 100)) == Fraction(3, 10)
    hard_hit = Fraction(105, 100)
    assert max(
        fall_to_liquidation(hard_hit), fall_to_bad_debt(hard_hit, Fraction(8, 10), Fraction(5, 100))
    ) == Fraction(1, 5)


def test_prices_at_which_the_three_positions_fall() -> None:
    assert [position.trigger for position in THREE] == [1875, 1750, Fraction(3375, 2)]


@pytest.mark.parametrize(
    ("price", "fallen"),
    [
        (1900, 0),
        (1875, 0),
        (1870, 1),
        (1850, 1),
        (1750, 1),
        (Fraction(174_999, 100), 2),
        (Fraction(3375, 2), 2),
        (1687, 3),
    ],
)
def test_who_falls_at_a_price_without_fire_sales(price: Fraction, fallen: int) -> None:
    expected = THREE[:fallen]
    below = [each for each in THREE if (factor := each.health_factor(Fraction(price))) is not None and factor < 1]
    assert below == expected
    debt = sum(each.debt for each in expected)
    assert ShockTable(THREE).at(Fraction(price)) == Liquidatable(
        sum(each.amount for each in expected) * Fraction(price), Fraction(debt)
    )


@pytest.mark.parametrize(
    ("fall", "collateral", "debt"),
    [(0, 0, 0), (3, 0, 0), (7, 186_000, 150_000), (13, 522_000, 430_000), (20, 1_120_000, 970_000)],
)
def test_the_table_of_shocks(fall: int, collateral: int, debt: int) -> None:
    assert ShockTable(THREE).after(Fraction(2000), Fraction(fall, 100)) == Liquidatable(
        Fraction(collateral), Fraction(debt)
    )


positions = st.builds(
    Leveraged,
    st.integers(0, 9).map(Fraction),
    st.integers(0, 9).map(Fraction),
    st.integers(0, 4).map(lambda n: Fraction(n, 4)),
)


@given(st.lists(positions, max_size=8), st.integers(1, 9))
def test_the_sorted_table_is_the_sum_over_all_positions(book: list[Leveraged], price: int) -> None:
    below = [each for each in book if (factor := each.health_factor(Fraction(price))) is not None and factor < 1]
    expected = Liquidatable(
        sum(each.amount for each in below) * Fraction(price), sum(each.debt for each in below) + Fraction(0)
    )
    assert ShockTable(book).at(Fraction(price)) == expected

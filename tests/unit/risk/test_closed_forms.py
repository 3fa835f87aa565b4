"""The worked examples of collateral chains as exact fractions, through the code that answers users."""

from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.evm import address
from indexer.risk.chains import reuses, stock_bound
from indexer.risk.dependencies import dependencies, protocol_cycles
from indexer.risk.measures import (
    bottleneck,
    cycle_deposits,
    effective_number,
    herfindahl,
    loop_limit,
    receipt_threshold,
    share_price_factor,
    transport_maximum,
)
from indexer.risk.owners import totals
from tests.unit.risk.small_market import DAI, DOLLAR, ETHER, Holdings, SmallView, dollar_each, owner

WHO = address(1)
UNIT = 10**5
"""Amounts below are in hundred-thousandths, so that a loop's last digit is whole."""
amounts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 50), min_size=1)


def looped(equity: int, ltv: Fraction, redeposits: int) -> tuple[int, int]:
    """Collateral and debt after so many re-deposits of all that may be borrowed."""
    collateral, added = equity, Fraction(equity)
    for _ in range(redeposits):
        added *= ltv
        assert added.denominator == 1
        collateral += int(added)
    return collateral, collateral - equity


def test_a_loop_of_five_at_four_fifths() -> None:
    """guide 4: equity 10, LTV .8, five re-deposits: 36.8928, 26.8928, leverage 3.68928, 72.89 % debt-financed."""
    collateral, debt = looped(10 * UNIT, Fraction(4, 5), 5)
    assert (collateral, debt) == (3_689_280, 2_689_280)
    who = owner(WHO, {"a": SmallView({WHO: {(ETHER, False): collateral, (ETHER, True): debt}})})
    assert totals(who, dollar_each).leverage == Fraction(368_928, 100_000)
    (edge,) = who.reuses
    assert edge.is_recursive
    assert Fraction(edge.high or 0, collateral) == Fraction(268_928, 368_928)
    assert loop_limit(Fraction(4, 5)) == 5
    assert Fraction(collateral, 10 * UNIT) < 5


def test_a_cycle_of_three_quarters_and_four_fifths() -> None:
    """guide 4: 2.5 e in the first, 1.875 e in the second, 4.375 e over e, gain .6."""
    ltvs = {"a": Fraction(3, 4), "b": Fraction(4, 5)}
    first: Holdings = {WHO: {(DAI, False): 2_500, (DOLLAR, True): 1_875}}
    second: Holdings = {WHO: {(DOLLAR, False): 1_875, (DAI, True): 1_500}}
    who = owner(WHO, {"a": SmallView(first), "b": SmallView(second)})
    assert totals(who, dollar_each).equity == 1_000
    found = dependencies(who.reuses, [], dollar_each)
    (cycle,) = protocol_cycles(found, lambda leg: ltvs[leg.side.deployment])
    assert (cycle.deployments, cycle.ltvs) == (("a", "b"), (Fraction(3, 4), Fraction(4, 5)))
    assert (cycle.gain, cycle.gross_over_net) == (Fraction(6, 10), Fraction(35, 8))
    assert cycle.bottleneck == 1_500
    assert cycle_deposits(Fraction(1_000), cycle.ltvs or ()) == (Fraction(2_500), Fraction(1_875))


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
    assert effective_number(Fraction(38, 100)) == Fraction(50, 19)
    assert herfindahl([Fraction(50), Fraction(30), Fraction(20)]) == Fraction(38, 100)
    assert herfindahl([Fraction(7)]) == 1
    assert herfindahl([]) is None


def test_a_wallet_of_twenty_thousand_and_a_hundred_thousand_borrowed() -> None:
    """guide 3: 90,000 put up; between 70,000 and 90,000 of it are borrowed. Only the bound from above is known."""
    who = owner(
        WHO, {"a": SmallView({WHO: {(DOLLAR, True): 100_000}}), "b": SmallView({WHO: {(DOLLAR, False): 90_000}})}
    )
    (edge,) = who.reuses
    assert (edge.low, edge.high) == (0, 90_000)
    assert stock_bound(100_000, 90_000) == 90_000


def most_that_flows(debts: dict[str, int], collaterals: dict[str, int]) -> int:
    graph: nx.DiGraph[object] = nx.DiGraph()
    graph.add_nodes_from(("from", "to"))
    for place, debt in debts.items():
        graph.add_edge("from", ("debt", place), capacity=debt)
        for other in collaterals:
            graph.add_edge(("debt", place), ("collateral", other))
    for place, collateral in collaterals.items():
        graph.add_edge(("collateral", place), "to", capacity=collateral)
    return int(nx.maximum_flow_value(graph, "from", "to"))


@given(amounts, amounts)
def test_the_total_of_pairs_is_a_maximum_flow(debts: dict[str, int], collaterals: dict[str, int]) -> None:
    expected = most_that_flows(debts, collaterals)
    assert transport_maximum(debts.values(), collaterals.values()) == expected
    owed = {name: SmallView({WHO: {(DOLLAR, True): amount}}) for name, amount in debts.items()}
    held = {f"to {name}": SmallView({WHO: {(DOLLAR, False): amount}}) for name, amount in collaterals.items()}
    who = owner(WHO, owed | held)
    assert {edge.total for edge in reuses(who.debts, who.collaterals)} <= {expected}

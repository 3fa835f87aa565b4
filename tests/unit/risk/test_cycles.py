"""Debt that comes back to where it was borrowed: gain, bottleneck, and the ways upstream."""

from fractions import Fraction

from indexer.evm import Address, address
from indexer.risk.chains import Leg, reuses
from indexer.risk.cycles import LONGEST, ancestors, cycles, gain_of, longest
from indexer.risk.dependencies import dependencies, protocol_cycles
from indexer.risk.evidence import Side
from indexer.risk.look_through import LookThrough

OWNER = address(1)
X, Y, Z = (address(n) for n in range(10, 13))
LOOK = LookThrough([])
LTV = {"a": Fraction(3, 4), "b": Fraction(4, 5), "c": Fraction(1, 2)}


def leg(deployment: str, asset: Address, amount: int = 100, owner: str = OWNER) -> Leg:
    return Leg(Side(deployment, owner, asset), owner, asset, amount, LOOK.route(asset))


def limit(each: Leg) -> Fraction | None:
    return LTV.get(each.side.deployment)


def test_two_protocols_of_the_guide_gain_six_tenths() -> None:
    """guide/collateral_chains.md 4: loan-to-values .75 and .8 make a gain of .6."""
    edges = reuses([leg("a", Y), leg("b", X)], [leg("a", X), leg("b", Y)])
    (found,) = cycles(edges, limit)
    assert found.gain == Fraction(6, 10)
    assert [edge.path for edge in found.edges] == [("a", Y, "b"), ("b", X, "a")]
    assert [gain_of(edge, [found], limit) for edge in edges] == [Fraction(6, 10), Fraction(6, 10)]


def test_a_loop_is_the_shortest_cycle() -> None:
    (edge,) = reuses([leg("a", X)], [leg("a", X)])
    (found,) = cycles([edge], limit)
    assert (found.edges, found.gain) == ((edge,), Fraction(3, 4))


def test_a_chain_that_does_not_come_back_is_no_cycle() -> None:
    edges = reuses([leg("a", Y), leg("b", Z)], [leg("b", Y), leg("c", Z)])
    assert cycles(edges, limit) == []
    assert [gain_of(edge, [], limit) for edge in edges] == [None, None]


def test_an_unknown_limit_makes_the_gain_unknown() -> None:
    edges = reuses([leg("a", Y), leg("d", X)], [leg("a", X), leg("d", Y)])
    (found,) = cycles(edges, limit)
    assert found.gain is None
    assert gain_of(edges[0], [found], limit) is None


def test_of_two_edges_between_positions_the_stronger_makes_the_cycle_and_each_has_its_own_gain() -> None:
    edges = reuses([leg("a", X), leg("a", Y), leg("b", Z)], [leg("b", X), leg("b", Y), leg("a", Z)])
    own = {X: Fraction(1, 10), Y: Fraction(9, 10), Z: Fraction(1, 2)}
    (found,) = cycles(edges, lambda each: own[each.asset])
    assert found.gain == Fraction(9, 20)
    gains = {edge.base: gain_of(edge, [found], lambda each: own[each.asset]) for edge in edges}
    assert gains == {X: Fraction(1, 20), Y: Fraction(9, 20), Z: Fraction(9, 20)}


def test_ways_upstream_and_the_longest() -> None:
    edges = reuses([leg("a", X), leg("b", Y), leg("c", Z)], [leg("b", X), leg("c", Y), leg("d", Z)])
    last = edges[-1]
    assert [[edge.base for edge in way] for way in ancestors(last, edges)] == [[Z], [Y, Z], [X, Y, Z]]
    assert [edge.base for edge in longest(last, edges)] == [X, Y, Z]


def test_an_owner_with_very_many_positions_ends_soon() -> None:
    names = [f"p{n}" for n in range(14)]
    edges = reuses([leg(name, X) for name in names], [leg(name, X) for name in names])
    assert len(cycles(edges, limit)) == 1_000
    assert len(longest(edges[1], edges)) == LONGEST
    assert len(list(ancestors(edges[1], edges))) == 1 + len(names) - 2


def test_protocol_on_protocol_counts_no_unit_twice() -> None:
    """One debt of 100 that may stand behind two collaterals of 80 in one protocol carries 100, not 160."""
    first = Leg(Side("b", OWNER, "m1"), OWNER, X, 80, LOOK.route(X))
    second = Leg(Side("b", OWNER, "m2"), OWNER, X, 80, LOOK.route(X))
    edges = reuses([leg("a", X)], [first, second])
    (found,) = dependencies(edges, [], lambda _: Fraction(2))
    assert (found.source, found.target, found.high, found.low) == ("a", "b", Fraction(200), Fraction(0))
    assert found.reuses == edges


def test_what_has_no_price_is_counted_apart_and_in_no_sum() -> None:
    (found,) = dependencies(reuses([leg("a", X)], [leg("b", X)]), [], lambda _: None)
    assert (found.high, found.unknown) == (Fraction(0), 1)


def test_protocols_that_stand_on_each_other() -> None:
    edges = reuses([leg("a", Y, 30), leg("b", X, 50)], [leg("a", X, 40), leg("b", Y, 60)])
    (found,) = protocol_cycles(dependencies(edges, [], lambda _: Fraction(1)), limit)
    assert (found.deployments, found.gain, found.bottleneck) == (("a", "b"), Fraction(6, 10), Fraction(30))

"""Debt that comes back to where it was borrowed: gain, bottleneck, and the ways upstream."""

from fractions import Fraction

from indexer.evm import Address, address
from indexer.risk.chains import Leg, receipt_edges, reuses
from indexer.risk.cycles import LONGEST, cycles, gain_of, rests, source_of
from indexer.risk.dependencies import by_base, dependencies, protocol_cycles
from indexer.risk.evidence import Pair, Proof, Side
from indexer.risk.footprints import Account
from indexer.risk.look_through import Conversion, LookThrough
from indexer.risk.ways import Ways

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
    assert [gain_of(edge, rests([found], limit), limit) for edge in edges] == [Fraction(6, 10), Fraction(6, 10)]


def test_a_loop_is_the_shortest_cycle() -> None:
    (edge,) = reuses([leg("a", X)], [leg("a", X)])
    (found,) = cycles([edge], limit)
    assert (found.edges, found.gain) == ((edge,), Fraction(3, 4))


def test_a_chain_that_does_not_come_back_is_no_cycle() -> None:
    edges = reuses([leg("a", Y), leg("b", Z)], [leg("b", Y), leg("c", Z)])
    assert cycles(edges, limit) == []
    assert [gain_of(edge, {}, limit) for edge in edges] == [None, None]


def test_an_unknown_limit_makes_the_gain_unknown() -> None:
    edges = reuses([leg("a", Y), leg("d", X)], [leg("a", X), leg("d", Y)])
    (found,) = cycles(edges, limit)
    assert found.gain is None
    assert gain_of(edges[0], rests([found], limit), limit) is None


def test_of_two_edges_between_positions_the_stronger_makes_the_cycle_and_each_has_its_own_gain() -> None:
    edges = reuses([leg("a", X), leg("a", Y), leg("b", Z)], [leg("b", X), leg("b", Y), leg("a", Z)])
    own = {X: Fraction(1, 10), Y: Fraction(9, 10), Z: Fraction(1, 2)}
    (found,) = cycles(edges, lambda each: own[each.asset])
    assert found.gain == Fraction(9, 20)
    rest = rests([found], lambda each: own[each.asset])
    gains = {edge.base: gain_of(edge, rest, lambda each: own[each.asset]) for edge in edges}
    assert gains == {X: Fraction(1, 20), Y: Fraction(9, 20), Z: Fraction(9, 20)}


def at(name: str) -> Account:
    return Account(name, OWNER)


def test_ways_upstream_and_the_longest() -> None:
    edges = reuses([leg("a", X), leg("b", Y), leg("c", Z)], [leg("b", X), leg("c", Y), leg("d", Z)])
    ways, last = Ways(edges), edges[-1]
    found = {name: ways.nearest(last, {at(name)}) for name in "abcd"}
    bases = {name: way and [edge.base for edge in way] for name, way in found.items()}
    assert bases == {"a": [X, Y, Z], "b": [Y, Z], "c": [Z], "d": None}
    assert [edge.base for edge in ways.nearest(last, {at("a"), at("b")}) or ()] == [Y, Z]
    assert [edge.base for edge in ways.longest(last)] == [X, Y, Z]


def test_a_position_is_not_upstream_of_itself() -> None:
    edges = reuses([leg("a", X), leg("b", Y)], [leg("a", X), leg("b", X), leg("a", Y)])
    ways = Ways(edges)
    assert [ways.nearest(edge, {at("a")}) for edge in edges if edge.target.side.deployment == "a"] == [None, None]


def test_an_owner_with_very_many_positions_ends_soon() -> None:
    """Anybody may open 60 positions that all stand on each other; once that took many minutes."""
    names = [f"p{n}" for n in range(60)]
    edges = reuses([leg(name, X) for name in names], [leg(name, X) for name in names])
    found, ways = cycles(edges, limit), Ways(edges)
    rest = rests(found, limit)
    assert len(found) == 1_000
    assert {len(ways.longest(edge)) for edge in edges} == {LONGEST}
    assert {len(ways.nearest(edge, {at("p0")}) or ()) for edge in edges if source_of(edge) != at("p0")} == {0, 2}
    assert [gain_of(edge, rest, limit) for edge in edges] == [None] * len(edges)


def test_protocol_on_protocol_counts_no_unit_twice() -> None:
    """One debt of 100 that may stand behind two collaterals of 80 in one protocol carries 100, not 160."""
    first = Leg(Side("b", OWNER, "m1"), OWNER, X, 80, LOOK.route(X))
    second = Leg(Side("b", OWNER, "m2"), OWNER, X, 80, LOOK.route(X))
    edges = reuses([leg("a", X)], [first, second])
    (found,) = dependencies(edges, [], lambda _: Fraction(2))
    assert (found.source, found.target, found.high, found.low) == ("a", "b", Fraction(200), Fraction(0))
    assert found.reuses == edges


def test_what_is_proven_is_never_more_than_what_is_there() -> None:
    """Two proofs of 100 into one collateral of which only 120 are left (a loss, or a repayment without a log)."""
    debts, put_up = [leg("a", X), Leg(Side("a", OWNER, "m"), OWNER, X, 100, LOOK.route(X))], leg("b", X, 120)
    proofs = [Proof(Pair(debt.side, X, put_up.side, X), 100) for debt in debts]
    (found,) = dependencies(reuses(debts, [put_up], proofs), [], lambda _: Fraction(2))
    assert (found.low, found.high) == (Fraction(240), Fraction(240))


def test_shares_of_a_vault_depend_on_no_more_than_it_lends_there() -> None:
    """Two holders of 60 shares each of a vault that has 30 in the deployment."""
    look = LookThrough([Conversion(Y, X, 1, 1, "erc4626", "a", "", 30)])
    shares = [Leg(Side("b", who, Y), who, Y, 60, look.route(Y)) for who in (OWNER, address(2))]
    (found,) = dependencies([], receipt_edges(shares), lambda _: Fraction(2))
    assert (found.low, found.high) == (Fraction(60), Fraction(60))


def test_what_only_a_stranger_says_is_in_no_sum() -> None:
    look = LookThrough([Conversion(Y, X, 10**40, 1, "erc4626", is_hearsay=True)])
    told = Leg(Side("a", OWNER, Y), OWNER, Y, 5, look.route(Y))
    (found,) = dependencies(reuses([told], [told]), [], lambda _: Fraction(1))
    assert (found.low, found.high, found.unknown) == (Fraction(0), Fraction(0), 1)
    assert by_base([found], lambda _: Fraction(1)) == {X: Fraction(0)}


def test_what_a_stranger_says_of_two_tokens_is_bounded_by_what_else_is_there() -> None:
    """A huge debt and a huge collateral by hearsay, with a real one of 3 and of 4 beside them: 7 at most."""
    look = LookThrough([Conversion(Y, X, 10**40, 1, "erc4626", is_hearsay=True)])
    debts = [Leg(Side("a", OWNER, "told"), OWNER, Y, 5, look.route(Y)), leg("a", X, 3)]
    put_up = [Leg(Side("b", OWNER, "told"), OWNER, Y, 5, look.route(Y)), leg("b", X, 4)]
    (found,) = dependencies(reuses(debts, put_up), [], lambda _: Fraction(1))
    assert (found.high, found.unknown) == (Fraction(7), 1)


def test_a_collateral_that_is_a_receipt_and_borrowed_too_counts_once() -> None:
    """50 borrowed in a; 50 of a's receipt put up in b: b stands on a for 50, whichever way one looks at it."""
    look = LookThrough([Conversion(Y, X, 1, 1, "receipt", "a", X)])
    put_up = Leg(Side("b", OWNER, Y), OWNER, Y, 50, look.route(Y))
    plain = Leg(Side("b", OWNER, X), OWNER, X, 30, look.route(X))
    for collaterals, low, high in (([put_up], 50, 50), ([put_up, plain], 50, 80)):
        edges = reuses([leg("a", X, 50)], collaterals)
        (found,) = dependencies(edges, receipt_edges(collaterals), lambda _: Fraction(1))
        assert (found.low, found.high) == (Fraction(low), Fraction(high))


def test_what_has_no_price_is_counted_apart_and_in_no_sum() -> None:
    (found,) = dependencies(reuses([leg("a", X)], [leg("b", X)]), [], lambda _: None)
    assert (found.high, found.unknown) == (Fraction(0), 1)


def test_protocols_that_stand_on_each_other() -> None:
    edges = reuses([leg("a", Y, 30), leg("b", X, 50)], [leg("a", X, 40), leg("b", Y, 60)])
    (found,) = protocol_cycles(dependencies(edges, [], lambda _: Fraction(1)), limit)
    assert (found.deployments, found.gain, found.bottleneck) == (("a", "b"), Fraction(6, 10), Fraction(30))

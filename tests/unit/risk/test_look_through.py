"""Through wrappers to base assets: exact, conserving, and never guessing."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.evm import Address, address
from indexer.risk.look_through import DEEPEST, Conversion, End, LookThrough, passed

ETHER, STAKED, WRAPPED, RECEIPT, VAULT = (address(n) for n in range(1, 6))
E18 = 10**18


def conversion(token: Address, underlying: Address, numerator: int | None = 1, denominator: int = 1) -> Conversion:
    return Conversion(token, underlying, numerator, denominator, "test")


def test_a_base_asset_is_itself() -> None:
    route = LookThrough([]).route(ETHER)
    assert (route.base, route.tokens, route.end) == (ETHER, (ETHER,), End.BASE)
    assert (route.redeem(7), route.share) == (7, Fraction(1))


def test_wsteth_of_lido_v3_on_the_amount_and_not_by_the_rate() -> None:
    """guide/wrappers.md: internalEther 9_400_000e18 + 123, internalShares 7_650_000e18; 10e18 is not 10 times 1e18."""
    ether, shares = 9_400_000 * E18 + 123, 7_650_000 * E18
    route = LookThrough([conversion(WRAPPED, STAKED, ether, shares), conversion(STAKED, ETHER)]).route(WRAPPED)
    assert route.redeem(E18) == 1228758169934640522
    assert route.redeem(10 * E18) == 12287581699346405228
    assert route.base == ETHER


def test_reth_of_the_guide() -> None:
    route = LookThrough([conversion(WRAPPED, ETHER, 500_000 * E18, 444_444 * E18)]).route(WRAPPED)
    assert route.redeem(E18) == 1125001125001125001


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_token_that_stands_for_itself_in_the_end(length: int) -> None:
    ring = [address(100 + n) for n in range(length)]
    look = LookThrough([conversion(token, ring[(n + 1) % length]) for n, token in enumerate(ring)])
    for token in ring:
        route = look.route(token)
        assert (route.end, route.base, route.redeem(5), route.share) == (End.CYCLE, None, None, None)


def test_a_token_that_leads_into_a_cycle() -> None:
    look = LookThrough([conversion(WRAPPED, STAKED), conversion(STAKED, RECEIPT), conversion(RECEIPT, STAKED)])
    assert look.route(WRAPPED).end == End.CYCLE


def test_wrappers_without_end() -> None:
    chain = [address(1000 + n) for n in range(DEEPEST + 2)]
    look = LookThrough([conversion(a, b) for a, b in pairwise(chain)])
    assert look.route(chain[0]).end == End.TOO_DEEP
    assert look.route(chain[1]).end == End.BASE


def test_a_rate_that_cannot_be_read_leaves_the_base_known_and_the_amount_unknown() -> None:
    look = LookThrough([conversion(WRAPPED, STAKED, None), conversion(STAKED, ETHER)])
    route = look.route(WRAPPED)
    assert (route.end, route.base, route.redeem(5), route.cost(5)) == (End.UNREADABLE, ETHER, None, None)


def test_a_denominator_of_zero_is_no_rate() -> None:
    assert LookThrough([conversion(WRAPPED, ETHER, 1, 0)]).route(WRAPPED).end == End.UNREADABLE


def test_a_token_that_nobody_could_tell_keeps_its_amount_and_says_so() -> None:
    look = LookThrough([conversion(WRAPPED, STAKED, 2)], undecided=[STAKED, RECEIPT])
    for token, amount, base in ((WRAPPED, 10, STAKED), (RECEIPT, 5, RECEIPT), (STAKED, 5, STAKED)):
        route = look.route(token)
        assert (route.end, route.base, route.redeem(5)) == (End.UNDECIDED, base, amount)


def test_no_token_can_have_more_than_a_word() -> None:
    """A stranger's tower of vaults once made numbers that no float holds."""
    look = LookThrough([conversion(VAULT, WRAPPED, 2**255), conversion(WRAPPED, ETHER, 1, 2**255)])
    assert [look.route(VAULT).redeem(amount) for amount in (0, 1, 2)] == [0, 1, None]


def test_the_protocols_own_receipt_goes_before_a_wrapper() -> None:
    look = LookThrough([conversion(RECEIPT, ETHER, 2), conversion(RECEIPT, STAKED, 3)])
    assert look.route(RECEIPT).redeem(10) == 20


def test_tokens_passed_through() -> None:
    look = LookThrough([conversion(VAULT, RECEIPT), conversion(RECEIPT, ETHER), conversion(WRAPPED, ETHER)])
    route = look.route
    assert passed(route(ETHER), route(ETHER)) == (ETHER,)
    assert passed(route(ETHER), route(VAULT)) == (ETHER, RECEIPT, VAULT)
    assert passed(route(VAULT), route(ETHER)) == (VAULT, RECEIPT, ETHER)
    assert passed(route(RECEIPT), route(VAULT)) == (RECEIPT, VAULT)
    assert passed(route(WRAPPED), route(VAULT)) == (WRAPPED, ETHER, RECEIPT, VAULT)
    assert passed(route(STAKED), route(VAULT)) == ()


RATES = st.lists(st.tuples(st.integers(0, 2**24), st.integers(1, 2**128)), min_size=1, max_size=DEEPEST)


@given(rates=RATES, parts=st.lists(st.integers(0, 2**60), max_size=6))
def test_parts_never_pay_more_than_the_whole_and_lack_less_than_a_unit_a_part_and_step(
    rates: list[tuple[int, int]], parts: list[int]
) -> None:
    tokens = [address(10_000 + n) for n in range(len(rates) + 1)]
    pairs = zip(tokens, tokens[1:], rates, strict=False)
    route = LookThrough([conversion(a, b, *rate) for a, b, rate in pairs]).route(tokens[0])
    whole = route.redeem(sum(parts))
    paid = [route.redeem(part) for part in parts]
    exact = route.share
    assert whole is not None
    assert exact is not None
    assert sum(p or 0 for p in paid) <= whole
    assert whole <= exact * sum(parts)
    lost = Fraction(0)  # one unit lost at a step is worth what the steps after it make of it
    for numerator, denominator in rates:
        lost = lost * Fraction(numerator, denominator) + 1
    assert exact * sum(parts) - whole < lost
    assert whole - sum(p or 0 for p in paid) <= lost * len(parts)
    cost = route.cost(sum(parts))
    assert cost is not None
    assert exact * sum(parts) <= cost

"""Which debts may stand behind which collaterals, and by how much."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.evm import Address, address
from indexer.risk.chains import Leg, Reuse, receipt_edges, reuses
from indexer.risk.evidence import Pair, Proof, Side
from indexer.risk.look_through import Conversion, End, LookThrough

OWNER = address(1)
USDC, WETH, A_WETH, STATIC, CYCLIC = (address(n) for n in range(10, 15))
LOOK = LookThrough(
    [
        Conversion(A_WETH, WETH, 1, 1, "receipt", "aave", "weth"),
        Conversion(STATIC, A_WETH, 11, 10, "static_a_token"),
        Conversion(CYCLIC, CYCLIC, 1, 1, "erc4626"),
    ]
)
DARK = LookThrough([Conversion(STATIC, WETH, None, 1, "erc4626")])


def leg(deployment: str, asset: Address, amount: int, look: LookThrough = LOOK) -> Leg:
    return Leg(Side(deployment, OWNER, asset), OWNER, asset, amount, look.route(asset))


def bounds(found: list[Reuse]) -> dict[tuple[str, str], tuple[int | None, int | None, int | None]]:
    return {(e.source.side.deployment, e.target.side.deployment): (e.low, e.high, e.total) for e in found}


def test_a_debt_that_is_collateral_elsewhere() -> None:
    (edge,) = reuses([leg("a", USDC, 100)], [leg("b", USDC, 90)])
    assert (edge.path, edge.low, edge.high, edge.total, edge.is_recursive) == (("a", USDC, "b"), 0, 90, 90, False)


def test_a_loop_in_one_protocol() -> None:
    (edge,) = reuses([leg("a", WETH, 100)], [leg("a", STATIC, 90)])
    assert (edge.path, edge.high, edge.is_recursive) == (("a", WETH, A_WETH, STATIC, "a"), 99, True)


def test_every_pair_that_competes_is_listed_and_shares_the_total() -> None:
    found = reuses([leg("a", USDC, 100), leg("b", USDC, 5)], [leg("c", USDC, 60), leg("d", USDC, 60)])
    assert bounds(found) == {
        ("a", "c"): (0, 60, 105),
        ("a", "d"): (0, 60, 105),
        ("b", "c"): (0, 5, 105),
        ("b", "d"): (0, 5, 105),
    }


def test_a_rate_that_cannot_be_read_leaves_the_pair_and_no_amount() -> None:
    debts, collaterals = [leg("a", WETH, 100, DARK)], [leg("b", STATIC, 90, DARK), leg("c", WETH, 1, DARK)]
    assert bounds(reuses(debts, collaterals)) == {("a", "b"): (None, None, None), ("a", "c"): (0, 1, None)}


def test_a_token_that_leads_nowhere_is_nobodys_base() -> None:
    assert reuses([leg("a", CYCLIC, 100)], [leg("b", CYCLIC, 100)]) == []


def test_a_proof_counts_for_its_own_pair_and_no_further_than_what_is_there() -> None:
    debt, here, there = leg("a", USDC, 50), leg("b", USDC, 90), leg("c", USDC, 90)
    proof = Proof(Pair(debt.side, USDC, here.side, USDC), 70)
    assert bounds(reuses([debt], [here, there], [proof])) == {("a", "b"): (50, 50, 50), ("a", "c"): (0, 50, 50)}
    other = Proof(Pair(debt.side, WETH, here.side, WETH), 70)
    assert bounds(reuses([debt], [here], [other])) == {("a", "b"): (0, 50, 50)}


def test_receipts_of_other_deployments() -> None:
    (edge,) = receipt_edges([leg("morpho", STATIC, 100), leg("morpho", USDC, 5), leg("aave", A_WETH, 5)])
    assert (edge.path, edge.asset, edge.amount) == (("aave", WETH, A_WETH, STATIC, "morpho"), WETH, 110)


def test_a_receipt_without_a_rate_is_listed_without_an_amount() -> None:
    look = LookThrough([Conversion(A_WETH, WETH, None, 1, "receipt", "aave", "weth")])
    (edge,) = receipt_edges([leg("morpho", A_WETH, 100, look)])
    assert (edge.path, edge.amount) == (("aave", WETH, A_WETH, "morpho"), None)


VAULT = address(20)


def vault(rate: int, there: int | None) -> LookThrough:
    """A vault over WETH with so much lent in aave."""
    return LookThrough([Conversion(VAULT, WETH, rate, 1, "erc4626", "aave", "", there)])


@pytest.mark.parametrize(("there", "amount"), [(None, 200), (200, 200), (199, 199), (1, 1)])
def test_a_receipt_is_never_more_than_what_is_there(there: int | None, amount: int) -> None:
    (edge,) = receipt_edges([leg("morpho", VAULT, 100, vault(2, there))])
    assert (edge.amount, edge.base_amount, edge.holder, edge.most) == (amount, amount, VAULT, there)


def test_a_wrapper_of_receipts_has_no_more_than_it_holds_of_them() -> None:
    """A stranger's contract may say that it holds any number of aTokens."""
    look = LookThrough(
        [
            Conversion(VAULT, A_WETH, 10**40, 1, "erc4626", most=7, is_hearsay=True),
            Conversion(A_WETH, WETH, 1, 1, "receipt", "aave", "weth"),
        ]
    )
    (edge,) = receipt_edges([leg("morpho", VAULT, 100, look)])
    assert (edge.amount, edge.base_amount, edge.holder, edge.most) == (7, 7, VAULT, 7)


def test_two_claims_by_hearsay_bound_nothing() -> None:
    look = LookThrough([Conversion(VAULT, WETH, 10**40, 1, "erc4626", is_hearsay=True)])
    told, known = leg("a", VAULT, 5, look), leg("b", WETH, 5, look)
    assert [edge.is_hearsay for edge in reuses([told, known], [told, known])] == [True, False, False, False]


def test_a_claim_on_more_than_a_token_can_have_is_no_amount() -> None:
    """A stranger's vault may say that one share is 2**255 WETH."""
    look = vault(2**255, None)
    (edge,) = reuses([leg("a", VAULT, 2, look)], [leg("b", VAULT, 1, look)])
    assert (edge.low, edge.high, edge.total, edge.end) == (None, None, None, End.UNREADABLE)
    (receipt,) = receipt_edges([leg("morpho", VAULT, 2, look)])
    assert (receipt.amount, receipt.base_amount, receipt.end) == (None, None, End.UNREADABLE)


AMOUNTS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from([USDC, WETH, A_WETH, STATIC]), st.integers(0, 99))
)


@given(debts=AMOUNTS, collaterals=AMOUNTS, proofs=st.lists(st.integers(0, 99), max_size=9))
def test_low_is_not_above_high_nor_high_above_debt_collateral_and_total(
    debts: list[tuple[str, Address, int]], collaterals: list[tuple[str, Address, int]], proofs: list[int]
) -> None:
    owed, put_up = [leg(*each) for each in debts], [leg(*each) for each in collaterals]
    pairs = itertools.product(owed, put_up)
    told = [Proof(Pair(d.side, d.asset, c.side, c.asset), n) for (d, c), n in zip(pairs, proofs, strict=False)]
    found = reuses(owed, put_up, told)
    for edge in found:
        debt, collateral = edge.source.base_amount, edge.target.base_amount
        assert edge.low is not None
        assert edge.high is not None
        assert debt is not None
        assert collateral is not None
        assert 0 <= edge.low <= edge.high == min(debt, collateral)
        assert edge.high <= (edge.total or 0)
    listed = {(id(edge.source), id(edge.target)) for edge in found}
    wanted = {(id(d), id(c)) for d in owed for c in put_up if d.base == c.base and d.base_amount and c.base_amount}
    assert listed == wanted


@given(debts=AMOUNTS, collaterals=AMOUNTS)
def test_the_total_is_the_most_that_a_transport_can_carry(
    debts: list[tuple[str, Address, int]], collaterals: list[tuple[str, Address, int]]
) -> None:
    """Filled pair by pair, never more than is left on either side, the pairs carry exactly the total."""
    owed, put_up = [leg(*each) for each in debts], [leg(*each) for each in collaterals]
    left = {id(each): each.base_amount or 0 for each in (*owed, *put_up)}
    carried: dict[Address, int] = {}
    totals: dict[Address, int | None] = {}
    for edge in reuses(owed, put_up):
        amount = min(left[id(edge.source)], left[id(edge.target)])
        left[id(edge.source)] -= amount
        left[id(edge.target)] -= amount
        carried[edge.base] = carried.get(edge.base, 0) + amount
        totals[edge.base] = edge.total
    assert carried == totals


@pytest.mark.parametrize(("debt", "collateral"), [(0, 5), (5, 0)])
def test_nothing_on_one_side_is_no_pair(debt: int, collateral: int) -> None:
    assert reuses([leg("a", USDC, debt)], [leg("b", USDC, collateral)]) == []

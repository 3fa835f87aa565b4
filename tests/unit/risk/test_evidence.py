"""What one transaction proves, and what remains of it: certain, whatever else moved."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.book import Book, Draft
from indexer.evm import Address, address
from indexer.protocols._interface import Flow, FlowKind
from indexer.risk.evidence import DEPLOYMENT, Moved, Pair, Proof, Side, apply_flows, proofs

OWNER, STRANGER = address(1), address(2)
USDC, WETH, WSTETH, VAULT = (address(n) for n in range(10, 14))
BORROW, REPAY, DEPOSIT, WITHDRAW = FlowKind.BORROW, FlowKind.REPAY, FlowKind.DEPOSIT, FlowKind.WITHDRAW


def moved(
    deployment: str, kind: FlowKind, asset: Address, amount: int, transaction: str = "t", owner: str = OWNER
) -> Moved:
    return Moved(deployment, Flow(owner, owner, asset, asset, kind, amount, transaction))


def lived(*blocks: Sequence[Moved]) -> Book:
    book = Book()
    for block in blocks:
        draft = Draft(book)
        apply_flows(block, dict.fromkeys(each.flow.transaction for each in block), draft)
        book.apply(draft.changes())
    return book


def proven(book: Book, owner: str = OWNER) -> dict[tuple[str, str], int]:
    return {(p.pair.source.deployment, p.pair.target.deployment): p.proven for p in proofs(book, owner)}


def test_borrowed_and_put_up_in_one_transaction() -> None:
    assert proven(lived([moved("a", BORROW, USDC, 100), moved("b", DEPOSIT, USDC, 60)])) == {("a", "b"): 60}


def test_in_two_transactions_nothing_is_proven() -> None:
    book = lived([moved("a", BORROW, USDC, 100, "t1"), moved("b", DEPOSIT, USDC, 100, "t2")])
    assert proofs(book, OWNER) == []


def test_by_two_owners_nothing_is_proven() -> None:
    book = lived([moved("a", BORROW, USDC, 100), moved("b", DEPOSIT, USDC, 100, owner=STRANGER)])
    assert (proofs(book, OWNER), proofs(book, STRANGER)) == ([], [])


def test_what_is_paid_back_in_the_same_transaction_nets_out() -> None:
    book = lived(
        [moved("a", BORROW, USDC, 100), moved("b", DEPOSIT, USDC, 100), moved("a", REPAY, USDC, 70)],
        [moved("a", BORROW, WETH, 5, "u"), moved("a", REPAY, WETH, 5, "u"), moved("b", DEPOSIT, WETH, 5, "u")],
    )
    assert proven(book) == {("a", "b"): 30}


def test_competing_pairs_are_proven_for_what_neither_can_do_without() -> None:
    """100 borrowed, 60 and 60 put up: each carries at least 40, together at most 100."""
    book = lived([moved("a", BORROW, USDC, 100), moved("b", DEPOSIT, USDC, 60), moved("c", DEPOSIT, USDC, 60)])
    assert proven(book) == {("a", "b"): 40, ("a", "c"): 40}


def test_who_moves_his_debt_and_his_collateral_proves_nothing() -> None:
    """From a and b to c and d in one transaction: what was borrowed may have repaid, what was put up was withdrawn."""
    moving = [moved("a", REPAY, USDC, 100), moved("b", WITHDRAW, USDC, 100)]
    assert proven(lived([moved("c", BORROW, USDC, 100), moved("d", DEPOSIT, USDC, 100), *moving])) == {}
    assert proven(lived([moved("c", BORROW, USDC, 100), moved("d", DEPOSIT, USDC, 100), moving[0]])) == {}
    other = [moved("c", BORROW, WETH, 100), moved("d", DEPOSIT, WSTETH, 100)]
    assert proofs(lived([*other, moved("a", REPAY, WETH, 1)]), OWNER) == []
    assert proofs(lived([*other, moved("b", WITHDRAW, WSTETH, 1)]), OWNER) == []


def test_what_is_put_up_beyond_what_was_withdrawn_is_proven() -> None:
    """100 borrowed and 50 withdrawn, 150 put up: all of the 100 is in it; of 120 at least 70."""
    first = [moved("a", BORROW, USDC, 100), moved("c", WITHDRAW, USDC, 50)]
    assert proven(lived([*first, moved("b", DEPOSIT, USDC, 150)])) == {("a", "b"): 100}
    assert proven(lived([*first, moved("b", DEPOSIT, USDC, 120)])) == {("a", "b"): 70}


@pytest.mark.parametrize(("deployment", "kind"), [("a", REPAY), ("b", WITHDRAW)])
def test_what_leaves_either_side_is_taken_off(deployment: str, kind: FlowKind) -> None:
    first = [moved("a", BORROW, USDC, 100), moved("b", DEPOSIT, USDC, 100)]
    assert proven(lived(first, [moved(deployment, kind, USDC, 30)])) == {("a", "b"): 70}
    assert proven(lived(first, [moved(deployment, kind, USDC, 300)])) == {}
    assert proven(lived(first, [moved(deployment, kind, USDC, 300)], first)) == {("a", "b"): 100}


def test_other_markets_do_not_matter() -> None:
    first = [moved("a", BORROW, USDC, 100), moved("b", DEPOSIT, USDC, 100)]
    other = [moved("a", REPAY, WETH, 90, "u"), moved("b", WITHDRAW, WETH, 90, "u"), moved("c", WITHDRAW, USDC, 9, "u")]
    assert proven(lived(first, other)) == {("a", "b"): 100}


def test_wrapped_on_the_way() -> None:
    book = lived([moved("a", BORROW, WETH, 80), moved("b", DEPOSIT, WSTETH, 100)])
    (proof,) = proofs(book, OWNER)
    assert proof.pair == Pair(Side("a", OWNER, WETH), WETH, Side("b", OWNER, WSTETH), WSTETH)
    assert proof.certain(Fraction(12, 10)) == 80
    assert proof.certain(Fraction(1, 2)) == 50


def test_a_partly_unwound_loop_keeps_what_is_certain() -> None:
    book = lived(
        [moved("a", BORROW, WETH, 80), moved("b", DEPOSIT, WSTETH, 100)],
        [moved("a", REPAY, WETH, 10, "u"), moved("b", WITHDRAW, WSTETH, 20, "u")],
    )
    assert proofs(book, OWNER)[0].certain(Fraction(1)) == 50
    gone = lived([moved("a", BORROW, WETH, 80), moved("b", DEPOSIT, WSTETH, 100)], [moved("a", REPAY, WETH, 80)])
    assert proofs(gone, OWNER) == []
    assert dict.fromkeys(entity for entity, *_ in gone.items() if entity.deployment == DEPLOYMENT) == {}


def test_two_collaterals_of_other_tokens_prove_nothing() -> None:
    book = lived([moved("a", BORROW, WETH, 80), moved("b", DEPOSIT, WSTETH, 50), moved("b", DEPOSIT, VAULT, 50)])
    assert proofs(book, OWNER) == []


AMOUNT = st.integers(1, 10**30)
TRANSACTIONS = st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=8)


@given(transactions=TRANSACTIONS, numerator=st.integers(1, 10**6), denominator=st.integers(1, 10**6))
def test_never_more_certain_than_the_sum_of_each_transactions_lesser_side(
    transactions: list[tuple[int, int]], numerator: int, denominator: int
) -> None:
    rate = Fraction(numerator, denominator)
    blocks = [[moved("a", BORROW, WETH, b), moved("b", DEPOSIT, WSTETH, q)] for b, q in transactions]
    (proof,) = proofs(lived(*blocks), OWNER)
    most = sum(min(Fraction(b), rate * q) for b, q in transactions)
    assert 0 <= proof.certain(rate) <= most
    if all(b <= rate * q for b, q in transactions):
        assert proof.certain(rate) == sum(b for b, _ in transactions)
    if all(b >= rate * q for b, q in transactions):
        assert proof.certain(rate) == int(rate * sum(q for _, q in transactions))


STEPS = st.lists(
    st.tuples(st.sampled_from(["atomic", "repay", "withdraw", "borrow", "deposit"]), st.integers(1, 100)), max_size=12
)


@given(steps=STEPS)
def test_what_is_proven_is_there_whatever_the_order(steps: list[tuple[str, int]]) -> None:
    """Debt and collateral of one token: never more than either side, nor than was ever proven less what left."""
    blocks: list[list[Moved]] = []
    debt = collateral = certain = 0
    for what, amount in steps:
        if what == "atomic":
            blocks.append([moved("a", BORROW, USDC, amount), moved("b", DEPOSIT, USDC, amount)])
            debt, collateral, certain = debt + amount, collateral + amount, certain + amount
        elif what == "borrow":
            blocks.append([moved("a", BORROW, USDC, amount)])
            debt += amount
        elif what == "deposit":
            blocks.append([moved("b", DEPOSIT, USDC, amount)])
            collateral += amount
        elif what == "repay":
            gone = min(amount, debt)
            blocks.append([moved("a", REPAY, USDC, gone)])
            debt, certain = debt - gone, max(0, certain - gone)
        else:
            gone = min(amount, collateral)
            blocks.append([moved("b", WITHDRAW, USDC, gone)])
            collateral, certain = collateral - gone, max(0, certain - gone)
    found = sum(proven(lived(*blocks)).values())
    assert found == certain
    assert found <= min(debt, collateral)


def test_undoing_a_block_gives_back_what_stood_before() -> None:
    blocks: Iterable[Sequence[Moved]] = (
        [moved("a", BORROW, WETH, 80), moved("b", DEPOSIT, WSTETH, 100)],
        [moved("a", REPAY, WETH, 80, "u")],
        [moved("a", BORROW, WETH, 7, "v"), moved("b", DEPOSIT, WSTETH, 9, "v")],
    )
    book, undo, before = Book(), [], []
    for block in blocks:
        before.append(sorted(book.items()))
        draft = Draft(book)
        apply_flows(block, dict.fromkeys(each.flow.transaction for each in block), draft)
        undo.append(draft.changes())
        book.apply(undo[-1])
    for changes, rows in zip(reversed(undo), reversed(before), strict=True):
        for change in reversed(changes):
            book.set(change.entity, change.field, change.old)
        assert sorted(book.items()) == rows


def test_pairs_have_names_that_can_be_read_back() -> None:
    pair = Pair(Side("morpho", f"{OWNER}/0xid", "0xid"), USDC, Side("aave", OWNER, USDC), USDC)
    assert Pair.parse(pair.name) == pair
    assert Proof(pair, 5).certain(Fraction(3)) == 5

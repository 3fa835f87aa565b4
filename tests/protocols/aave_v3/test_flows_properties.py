"""Mint and Burn as the tokens of 3.5 and later log them: what is told errs on the safe side, by a unit of the index."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.abi import topic_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, FlowKind
from indexer.protocols.aave_v3.flows import flows
from indexer.units import RAY, ray_div_ceil, ray_div_floor, ray_mul_ceil, ray_mul_floor

ASSET, ATOKEN, DEBT, POOL, USER = (address(n << 100) for n in range(1, 6))
DEPLOYMENT = Deployment("pool", "aave_v3", address(1))
MINT = "Mint(address,address,uint256,uint256,uint256)"
BURN = "Burn(address,address,uint256,uint256,uint256)"
INDICES = st.tuples(st.integers(RAY, 2 * RAY), st.integers(0, RAY)).map(lambda pair: (pair[0], sum(pair)))
"""The index at the account's last action, and now."""
SCALED = st.integers(0, 10**24)
AMOUNTS = st.integers(1, 10**24)


def _told(token: str, old: int, new: int, interest: int, index: int, caller: str = USER) -> dict[FlowKind, int]:
    """One log: of balances before and after, at their own indices (`_mintScaled`, `_burnScaled`)."""
    draft = Draft(Book())
    draft.set(Entity(DEPLOYMENT.name), "pool_revision", 10)
    draft.set(Entity(DEPLOYMENT.name), "pool", int(POOL, 16))
    market = Entity(DEPLOYMENT.name, ASSET)
    for field, value in (("atoken", ATOKEN), ("vdebt", DEBT)):
        draft.set(market, field, int(value, 16))
        draft.set(market, f"{field}_revision", 4)
    is_mint = new > old
    first = caller if is_mint else USER
    topics = (topic_of(MINT if is_mint else BURN), *("0x" + one[2:].rjust(64, "0") for one in (first, USER)))
    data = "0x" + "".join(f"{word:064x}" for word in (abs(new - old), interest, index))
    found = flows(DEPLOYMENT, [Log(address(token), topics, data, 1, "0x01", "0x02", 0, 0)], draft)
    return {kind: sum(flow.amount for flow in found if flow.kind is kind) for kind in FlowKind}


@given(SCALED, AMOUNTS, INDICES)
def test_a_deposit_is_never_more_than_was_put_up(scaled: int, amount: int, indices: tuple[int, int]) -> None:
    before, index = indices
    old, now = ray_mul_floor(scaled, before), ray_mul_floor(scaled, index)
    new = ray_mul_floor(scaled + ray_div_floor(amount, index), index)
    if new > old:
        told = _told(ATOKEN, old, new, now - old, index)
        assert amount - 3 <= told[FlowKind.DEPOSIT] <= amount
        assert _told(ATOKEN, old, new, now - old, index, caller=POOL)[FlowKind.DEPOSIT] == 0, "the treasury's"


@given(SCALED, AMOUNTS, INDICES)
def test_a_withdrawal_is_never_less_than_was_taken(scaled: int, amount: int, indices: tuple[int, int]) -> None:
    before, index = indices
    burnt = ray_div_ceil(amount, index)
    if burnt <= scaled:
        old, now, new = (ray_mul_floor(*of) for of in ((scaled, before), (scaled, index), (scaled - burnt, index)))
        assert amount <= _told(ATOKEN, old, new, now - old, index)[FlowKind.WITHDRAW] <= amount + 3


@given(SCALED, AMOUNTS, INDICES)
def test_a_loan_is_never_more_than_was_lent(scaled: int, amount: int, indices: tuple[int, int]) -> None:
    before, index = indices
    lent = ray_div_ceil(amount, index)
    old, now, new = (ray_mul_ceil(*of) for of in ((scaled, before), (scaled, index), (scaled + lent, index)))
    assert amount - 6 <= _told(DEBT, old, new, now - old, index)[FlowKind.BORROW] <= amount


@given(SCALED, AMOUNTS, INDICES)
def test_a_repayment_is_never_less_than_was_paid(scaled: int, amount: int, indices: tuple[int, int]) -> None:
    before, index = indices
    burnt = ray_div_floor(amount, index)
    if 0 < burnt <= scaled:
        old, now, new = (ray_mul_ceil(*of) for of in ((scaled, before), (scaled, index), (scaled - burnt, index)))
        told = _told(DEBT, old, new, now - old, index)
        assert amount <= told[FlowKind.REPAY] <= amount + 6
        assert told[FlowKind.BORROW] == 0

"""V2's token events: amounts to scaled balances, and stable debt whose two kinds of Mint look alike."""

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.protocols.aave_v3.token_events import StableDebt
from indexer.protocols.aave_v3.v2 import token_events as decode
from indexer.protocols.aave_v3.v2.token_events import StableLog, StableSupply
from tests.protocols.aave_v2.reference_v2 import StableToken
from tests.protocols.aave_v3.solidity import Revert
from tests.protocols.aave_v3.strategies import NOW, RAY

steps = st.lists(
    st.tuples(
        st.sampled_from(["mint", "mint", "burn", "burn_all", "burn_little"]),
        st.sampled_from(["alice", "bob"]),
        st.integers(1, 50) | st.integers(1, 10**24),
        st.just(0) | st.integers(0, RAY // 2),
        st.sampled_from([0, 1, 12]) | st.integers(0, 10**8),
    ),
    max_size=20,
)


@given(steps)
@settings(max_examples=200)
def test_stable_debt_is_decoded_to_its_storage(history: list[tuple[str, str, int, int, int]]) -> None:
    token, now = StableToken(), NOW
    decoded, total = {"alice": StableDebt(), "bob": StableDebt()}, StableSupply()
    for action, user, amount, rate, seconds in history:
        now += seconds
        balance = token.balanceOf(user, now)
        burnt = {"burn": 1 + amount % (balance + 1), "burn_all": balance, "burn_little": min(1 + amount % 99, balance)}
        before = (dict(vars(token)), {name: vars(one).copy() for name, one in token.users.items()})
        try:
            if action == "mint":
                event = token.mint(user, amount, rate, now)
            elif burnt[action]:
                event = token.burn(user, burnt[action], now)
            else:
                continue
        except Revert:
            assert before[1] == {name: vars(one) for name, one in token.users.items()}
            continue
        fields = ("amount", "current_balance", "balance_increase", "average_rate", "new_total")
        log = StableLog(**{name: event[name] for name in fields}, timestamp=now)
        if event["is_mint"]:
            decoded[user] = decode.apply_stable_mint(log, event["rate"], total)
        else:
            decoded[user] = decode.apply_stable_burn(log, decoded[user])
        total = decode.total_after(log, is_mint=bool(event["is_mint"]), total=total)
        assert decoded == {
            name: StableDebt(one.principal, one.rate, one.timestamp) for name, one in token.users.items()
        }
        assert total.at(now + 86_400) == token.totalSupply(now + 86_400)
        assert (total.principal, total.average_rate) == (token._totalSupply, token._avgStableRate)


def test_two_mints_that_differ_only_in_the_total() -> None:
    """The same words: a loan of 5 on top of a balance with 7 interest, or a repayment of 2 of those 7."""
    loan = StableLog(5, 107, 7, average_rate=1, new_total=112, timestamp=NOW)
    repaid = StableLog(5, 107, 7, average_rate=1, new_total=105, timestamp=NOW)
    supply = StableSupply(107, 0, NOW)
    assert decode.apply_stable_mint(loan, 1, supply).principal == 112
    assert decode.apply_stable_mint(repaid, 1, supply).principal == 105


def test_a_transfer_carries_the_unscaled_amount() -> None:
    assert decode.scaled_amount(300, 2 * RAY) == 150
    assert decode.scaled_amount(3, 2 * RAY) == 2  # half up

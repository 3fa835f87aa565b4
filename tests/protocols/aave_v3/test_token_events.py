"""Decoding token events: an example worked by hand, and histories simulated by the tokens' own code."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import ArithmeticOverflow
from indexer.protocols.aave_v3 import token_events as decode
from indexer.protocols.aave_v3.revisions import Rounding, TokenRules
from indexer.protocols.aave_v3.token_events import ScaledBalance, StableDebt
from tests.protocols.aave_v3.solidity import Revert
from tests.protocols.aave_v3.solidity_tokens import DirectionalToken, Event, ScaledToken, StableToken
from tests.protocols.aave_v3.strategies import NOW, RAY

HALF_UP = TokenRules(is_debt=False, rounding=Rounding.HALF_UP)
SUPPLY = TokenRules(is_debt=False, rounding=Rounding.DIRECTIONAL)
DEBT = TokenRules(is_debt=True, rounding=Rounding.DIRECTIONAL)


class TestWorkedExampleE2:
    INDEX0 = 1087654321098765432109876543
    INDEX1 = 1087755555555555555555555555
    BEFORE = ScaledBalance(1234567890, INDEX0)

    def test_supply_up_to_3_4(self) -> None:
        after = decode.apply_mint(self.BEFORE, 1000124982, 124981, self.INDEX1, HALF_UP)
        assert after == ScaledBalance(1234567890 + 919324195, self.INDEX1)

    def test_supply_from_3_5_on(self) -> None:
        after = decode.apply_mint(self.BEFORE, 1000124981, 124981, self.INDEX1, SUPPLY)
        assert after == ScaledBalance(2153892085, self.INDEX1)

    def test_borrow_from_3_5_on(self) -> None:
        after = decode.apply_mint(ScaledBalance(555555555, self.INDEX0), 333389574, 56241, self.INDEX1, DEBT)
        assert after == ScaledBalance(861996953, self.INDEX1)


users = st.sampled_from(["alice", "bob"])
# Interest from nothing to a lot, so that burns smaller than the interest (which emit Mint) are common.
steps = st.lists(
    st.tuples(
        st.sampled_from(["mint", "mint", "burn", "burn_all", "transfer"]),
        users,
        users,
        st.integers(1, 50) | st.integers(1, 10**30),
        st.sampled_from([0, 1, RAY // 10**9]) | st.integers(0, RAY // 3),
    ),
    max_size=25,
)


def play(token: ScaledToken, history: list[tuple[str, str, str, int, int]], *, transferable: bool) -> None:
    index = RAY
    for action, user, other, amount, growth in history:
        index += growth
        try:
            if action == "mint":
                token.mint(user, amount, index)
            elif action == "burn":
                balance = token._balance(token.balance[user], index)
                token.burn(user, 1 + amount % max(balance, 1), index)
            elif action == "burn_all":
                token.burn(user, token._balance(token.balance[user], index), index)
            elif transferable:
                balance = token._balance(token.balance[user], index)
                token.transfer(user, other, amount % (balance + 1), index)
        except Revert:
            continue


def fold(events: list[Event], rules: TokenRules) -> dict[str, ScaledBalance]:
    state = {"alice": ScaledBalance(), "bob": ScaledBalance()}
    for name, log in events:
        values: Any = log
        if name == "BalanceTransfer" and values["from"] == values["to"]:
            user = values["from"]
            state[user] = decode.apply_self_transfer(state[user], values["index"], rules)
        elif name == "BalanceTransfer":
            sender, recipient = values["from"], values["to"]
            state[sender], state[recipient] = decode.apply_transfer(
                state[sender], state[recipient], values["value"], values["index"], rules
            )
        else:
            change = decode.apply_mint if name == "Mint" else decode.apply_burn
            user = values["user"]
            state[user] = change(state[user], values["value"], values["increase"], values["index"], rules)
    return state


def stored(token: ScaledToken) -> dict[str, ScaledBalance]:
    return {user: ScaledBalance(token.balance[user], token.additionalData[user]) for user in ("alice", "bob")}


@given(steps)
@settings(max_examples=200)
def test_half_up_tokens_are_decoded_to_their_storage(history: list[tuple[str, str, str, int, int]]) -> None:
    token = ScaledToken()
    play(token, history, transferable=True)
    assert fold(token.events, HALF_UP) == stored(token)


@given(steps)
@settings(max_examples=200)
def test_directional_atokens_are_decoded_to_their_storage(history: list[tuple[str, str, str, int, int]]) -> None:
    token = DirectionalToken()
    play(token, history, transferable=True)
    assert fold(token.events, SUPPLY) == stored(token)


@given(steps)
@settings(max_examples=200)
def test_directional_debt_tokens_are_decoded_to_their_storage(history: list[tuple[str, str, str, int, int]]) -> None:
    token = DirectionalToken(is_debt=True)
    play(token, history, transferable=False)
    assert fold(token.events, DEBT) == stored(token)


def test_a_burn_smaller_than_the_interest_arrives_as_a_mint() -> None:
    token = ScaledToken()
    token.mint("alice", 10**18, RAY)
    token.burn("alice", 10**16, 2 * RAY)
    assert [name for name, _ in token.events] == ["Mint", "Mint"]
    assert fold(token.events, HALF_UP)["alice"] == ScaledBalance(10**18 - 5 * 10**15, 2 * RAY)


def test_unscaled_transfers_of_3_0_0_leave_the_indices() -> None:
    unscaled = TokenRules(is_debt=False, rounding=Rounding.HALF_UP, transfers_scaled=False)
    sender, recipient = ScaledBalance(1000, RAY), ScaledBalance(0, 0)
    after = decode.apply_transfer(sender, recipient, 300, 2 * RAY, unscaled)
    assert after == (ScaledBalance(850, RAY), ScaledBalance(150, 0))
    assert decode.apply_self_transfer(sender, 2 * RAY, unscaled) == sender


@pytest.mark.parametrize("rules", [HALF_UP, SUPPLY, DEBT])
def test_burning_more_than_was_there_is_refused(rules: TokenRules) -> None:
    with pytest.raises(ArithmeticOverflow):
        decode.apply_burn(ScaledBalance(5, RAY), 7, 0, RAY, rules)
    with pytest.raises(ArithmeticOverflow):
        decode.apply_transfer(ScaledBalance(5, RAY), ScaledBalance(), 6, RAY, rules)


stable_steps = st.lists(
    st.tuples(
        st.sampled_from(["mint", "burn", "burn_all", "burn_little"]),
        st.integers(0, 10**24),
        st.integers(0, RAY // 2),
        st.sampled_from([0, 1, 12]) | st.integers(0, 10**8),
    ),
    max_size=15,
)


@given(stable_steps)
@settings(max_examples=200)
def test_stable_debt_is_decoded_to_its_storage(history: list[tuple[str, int, int, int]]) -> None:
    token, decoded, now = StableToken(), StableDebt(), NOW
    for action, amount, rate, seconds in history:
        now += seconds
        balance = token.balanceOf(now)
        burnt = {"burn": amount % (balance + 1), "burn_all": balance, "burn_little": min(amount % 100, balance)}
        try:
            name, log = token.mint(amount, rate, now) if action == "mint" else token.burn(burnt[action], now)
        except Revert:
            continue
        event: Any = log
        told = {
            "amount": event["amount"],
            "current_balance": event["current"],
            "balance_increase": event["increase"],
            "timestamp": now,
        }
        if name == "Mint":
            decoded = decode.apply_stable_mint(**told, new_rate=event["rate"])
        else:
            decoded = decode.apply_stable_burn(decoded, **told)
        assert decoded == StableDebt(token.principal, token.rate, token.timestamp)

"""The screen may name too many accounts, never too few: real weights against the contract's exact integers."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from indexer.evm import address
from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.revisions import RULES, V3_0_0, Rules
from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Reserve
from indexer.units import RAY
from tests.protocols.aave_v3.strategies import cases, reserve
from tests.unit.risk.screening import missed

every_rule_row = pytest.mark.parametrize(
    "rules", [rules for rules in (V3_0_0, *RULES.values()) if rules.tested], ids=lambda rules: rules.version
)
amounts = st.sampled_from([0, 1, 2, 2**53 + 1, 2**64 - 1, 2**100 + 1, 2**112, 2**112 + 1, 2**128 + 1, 2**250])
dice_of_a_seed = st.integers(0, 2**64).map(Random)


def discounted(position: Position, market: Market, dice: Random) -> Position:
    """The position, sometimes with a discount on the interest since an earlier index (3.3 alone asks for it)."""
    since = dice.randint(0, market.reserves[position.reserve_id].variable_borrow_index)
    return replace(position, discount=dice.choice([0, 0, 1, 3_000, 9_999, 10_000]), debt_index=since)


def varied(market: Market, account: Account, dice: Random, count: int) -> list[Account]:
    """The account, and others with all its debts a little different."""
    out = [account]
    for _ in range(count):
        share = dice.choice([1, 997, 1_000, 1_001, 2_000, 10**9])
        positions = (
            replace(p, scaled_debt=p.scaled_debt * share // 1_000 + dice.randint(0, 3)) for p in account.positions
        )
        out.append(replace(account, positions=tuple(discounted(p, market, dice) for p in positions)))
    return [replace(own, address=address(0xB0000 + i)) for i, own in enumerate(out)]


@st.composite
def extreme_cases(draw: DrawFn, rules: Rules) -> tuple[Market, Account]:
    """Prices, indices, decimals, thresholds and amounts that no honest market has, beside ordinary ones."""
    market, account = draw(cases(rules, wild=True, most=4))
    sometimes = st.sampled_from([False, False, True])
    reserves: dict[int, Reserve] = {}
    for reserve_id, own in market.reserves.items():
        changed = own
        if draw(sometimes):
            price = st.sampled_from([0, 1, 2**64, 2**120, 2**120 + 1, 2**200, 2**255, None])
            changed = replace(changed, price=draw(price))
        if draw(sometimes):
            index = st.sampled_from([1, RAY, RAY + 1, 2**109, 2**110, 2**200])
            changed = replace(changed, liquidity_index=draw(index), variable_borrow_index=draw(index))
        if draw(sometimes):
            threshold = draw(st.sampled_from([0, 1, 2, 9_999, 10_000, 65_535]))
            word = write(changed.configuration, "liquidation_threshold", threshold)
            changed = replace(changed, configuration=write(word, "decimals", draw(st.sampled_from([0, 18, 27, 77]))))
        reserves[reserve_id] = changed
    positions = tuple(
        replace(position, scaled_supply=draw(amounts)) if draw(sometimes) else position
        for position in account.positions
    )
    categories = {k: v for k, v in market.categories.items() if draw(st.booleans())}
    return replace(market, reserves=reserves, categories=categories), replace(account, positions=positions)


@every_rule_row
@given(st.data(), dice_of_a_seed)
@settings(max_examples=40, deadline=None)
def test_nobody_below_the_cut_is_missed(rules: Rules, data: st.DataObject, dice: Random) -> None:
    market, account = data.draw(cases(rules, most=8) | extreme_cases(rules))
    assert missed(market, varied(market, account, dice, 6)) == []


def crowd(rules: Rules, dice: Random, size: int, *, dust: bool) -> tuple[Market, list[Account]]:
    """Many accounts where each rounding decides: a few raw units of coarse tokens, or sums far beyond 2**53."""
    most = 30 if dust else 2**105
    book = {
        i: replace(
            reserve(
                i,
                price=dice.randint(1, 300) if dust else dice.randint(1, 2**60),
                decimals=dice.randint(0, 2) if dust else 18,
                liquidation_threshold=dice.choice([0, 1, 2, 5_000, 8_300, 9_999, 10_000]),
                emode_category=dice.randint(0, 1),
            ),
            liquidity_index=dice.randint(RAY, 2 * RAY),
            variable_borrow_index=dice.randint(RAY, 2 * RAY),
        )
        for i in range(4)
    }
    category = Category(1, 9_000, dice.randint(1, 10_000), 10_100, collateral_bitmap=dice.randint(0, 15))
    market = Market(rules, book, {1: category})
    accounts = []
    for n in range(size):
        positions = (
            Position(i, dice.randint(0, most), dice.randint(0, most) if dice.random() < 0.5 else 0, dice.random() < 0.6)
            for i in book
        )
        held = tuple(discounted(position, market, dice) for position in positions)
        accounts.append(Account(address(0xB0000 + n), dice.randint(0, 1), held))
    return market, accounts


@every_rule_row
@pytest.mark.parametrize("dust", [True, False])
@given(dice_of_a_seed)
@settings(max_examples=12, deadline=None)
def test_nobody_is_missed_in_a_crowd(rules: Rules, dust: bool, dice: Random) -> None:
    market, accounts = crowd(rules, dice, 80, dust=dust)
    assert missed(market, accounts, at_most=80) == []


@every_rule_row
def test_nobody_is_missed_with_a_hundred_positions(rules: Rules) -> None:
    book = {i: reserve(i, price=10**8 + i, decimals=i % 28, liquidation_threshold=8_000 + i) for i in range(100)}
    positions = [Position(i, 7 * 10 ** (i % 28) + i, 10 ** (i % 28) if i < 50 else 0, True) for i in range(100)]
    market = Market(rules, book, {})
    assert missed(market, varied(market, Account(address(1), 0, tuple(positions)), Random(1), 20)) == []

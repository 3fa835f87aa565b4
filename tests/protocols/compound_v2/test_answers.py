"""What people are shown of the recorded chain: projections are boundaries, explanations add up, markets balance."""

from collections.abc import Iterator

import pytest

from indexer.protocols._interface import AccountId, Weights
from indexer.protocols.compound_v2.view import CompoundView
from indexer.risk.screen import candidates
from indexer.words import Gate, Reason, State
from tests.protocols.compound_v2.recorded import Playback, play

LATE = 40


@pytest.fixture(scope="module")
def playback() -> Playback:
    """A late block with many debts."""
    return next(state for state in play() if state.block["number"] == LATE)


def view_at(state: Playback, prices: dict[str, int | None] | None = None, number: int = LATE) -> CompoundView:
    """The view at the stored prices, or at some of them changed."""
    rows = state.book["compound_v2"]
    stored: dict[str, int | None] = {name: fields.get("price") for name, fields in rows.markets.items()}
    return state.protocol.view(state.deployment, rows, {**stored, **(prices or {})}, number)


def debtors(view: CompoundView) -> Iterator[str]:
    """Accounts with a debt that are not below the threshold."""
    for key in view.accounts():
        factor = view.health(key, 0, 0).health_factor_wad
        if factor is not None and factor >= 10**18:
            yield key


def weights_of(view: CompoundView) -> Weights:
    """The screen's weights, which a known generation has."""
    found = view.weights(0)
    assert found is not None
    return found


def short(view: CompoundView, key: str) -> bool:
    """Whether the Comptroller finds a shortfall."""
    said = view.comparable(key, 0)
    assert said is not None
    return said["shortfall"] > 0


def test_a_liquidation_price_is_a_boundary(playback: Playback) -> None:
    found = 0
    for key in debtors(view_at(playback)):
        projection = view_at(playback).projection(key, 0)
        assert projection is not None
        for market, price in projection.liquidation_prices.items():
            if price is None:
                continue
            assert short(view_at(playback, {market: price}), key)
            assert not short(view_at(playback, {market: price + 1}), key)
            found += 1
    assert found >= 4


def test_a_uniform_drop_is_a_boundary(playback: Playback) -> None:
    found = 0
    view = view_at(playback)
    for key in debtors(view):
        projection = view.projection(key, 0)
        if projection is None or projection.uniform_drop is None:
            continue
        drop = round(projection.uniform_drop * 10**6)
        for fall, expected in ((drop, True), (drop - 1, False)):
            fallen = {m: (view.price_of(m) or 0) * (10**6 - fall) // 10**6 for m in projection.liquidation_prices}
            assert short(view_at(playback, dict(fallen)), key) is expected
        found += 1
    assert found >= 4


def test_interest_alone_takes_time(playback: Playback) -> None:
    """Accounts near their threshold get there by interest; the time lies in the future, in whole blocks."""
    times = [view_at(playback).projection(key, 1_000) for key in debtors(view_at(playback))]
    known = [p.interest_timestamp for p in times if p is not None and p.interest_timestamp is not None]
    assert known
    assert all(time > 1_000 and (time - 1_000) % 12 == 0 for time in known)


def test_an_explanation_ends_in_the_health_factor(playback: Playback) -> None:
    view, seen = view_at(playback), 0
    for key in debtors(view):
        steps = {step.what: step.result for step in view.explain(key, 0)}
        health = view.health(key, 0, 0)
        assert steps["health factor"] == health.health_factor_wad
        weighted = [result for what, result in steps.items() if what.endswith(" weighted value")]
        debts = [result for what, result in steps.items() if what.startswith("debt ") and what.endswith(" value")]
        assert (sum(weighted), sum(debts)) == (health.weighted_collateral_value, health.debt_value)
        seen += 1
    assert seen >= 4


def test_positions_add_up_to_the_account(playback: Playback) -> None:
    view = view_at(playback)
    for key in view.accounts():
        health, rows = view.health(key, 0, 0), view.positions(key, 0)
        entered = [row for row in rows if row.is_collateral]
        assert sum(row.supplied_value or 0 for row in entered) == health.collateral_value
        assert sum(row.borrowed_value or 0 for row in rows) == health.debt_value
        assert view.identify(key) == AccountId(key, key)
        assert view.unit(key).name == "usd_e18"


def test_what_was_supplied_is_cash_and_loans_less_reserves(playback: Playback) -> None:
    rows = view_at(playback).markets(0)
    assert len(rows) == 6
    for row in rows:
        amounts = {name: value or 0 for name, value in row.amounts.items()}
        backed = amounts["cash"] + amounts["borrowed"] - amounts["reserves"]
        assert 0 <= backed - amounts["supplied"] <= amounts["ctokens"] // 10**18 + 1
    assert {view_at(playback).price_unit(row.market).decimals for row in rows} == {18, 28, 30}


def test_nobody_is_healthy_while_it_is_not_read_whether_his_debt_is_deprecated(playback: Playback) -> None:
    rows, seen = playback.book["compound_v2"], 0
    for key in debtors(view_at(playback)):
        found = view_at(playback).positions(key, 0)
        owed, held = ({row.market for row in found if getattr(row, side)} for side in ("borrowed", "supplied"))
        if owed & held or not held:
            continue
        before = {market: dict(rows.markets[market]) for market in owed}
        for market in owed:
            rows.markets[market].update(collateral_factor=0, borrow_paused=1)
            del rows.markets[market]["reserve_factor"]
        view = view_at(playback)
        health, terms = view.health(key, 0, 0), view.liquidation(key, 0)
        named = {rows.accounts[row] for row in candidates(rows, weights_of(view), 1)}
        rows.markets.update(before)
        assert (health.state, health.reason, health.liquidatable_after_accrual) == (
            State.UNKNOWN,
            Reason.UNREADABLE,
            None,
        )
        assert {gate for pair in terms for gate in pair.gates} == {Gate.UNREADABLE}
        assert key in named
        seen += 1
    assert seen


def test_markets_have_the_names_that_are_the_same_for_every_protocol(playback: Playback) -> None:
    (pool,) = {row.facts["liquidation_bonus_bps"] for row in view_at(playback).markets(0)}
    assert pool == playback.book["compound_v2"].own["incentive"] // 10**14 - 10_000
    for row in view_at(playback).markets(0):
        factor = playback.book["compound_v2"].markets[row.market].get("collateral_factor", 0)
        assert row.facts["ltv_bps"] == row.facts["liquidation_threshold_bps"] == factor // 10**14
        assert row.facts["decimals"] in (6, 8, 18)


def test_a_price_of_zero_is_unpriced_and_one_unread_is_not_compared(playback: Playback) -> None:
    view = view_at(playback)
    key = next(debtors(view))
    market = view.markets_used(key)[0]
    zero, unread = view_at(playback, {market: 0}), view_at(playback, {market: None})
    assert zero.comparable(key, 0) == {"error": 13, "liquidity": 0, "shortfall": 0}
    assert unread.comparable(key, 0) is None
    for broken in (zero, unread):
        assert broken.health(key, 0, 0).reason == "unpriced"
        assert broken.projection(key, 0) is None
        assert broken.explain(key, 0) == []

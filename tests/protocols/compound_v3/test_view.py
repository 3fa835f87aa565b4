"""What a view answers where the contract is particular: early exit, dust, suppliers, pauses, dollars."""

import pytest

from indexer.book import Entity
from indexer.protocols.compound_v3.adapter import CompoundV3
from indexer.protocols.compound_v3.principals import UNREAD
from indexer.protocols.compound_v3.reads import is_dollars
from indexer.protocols.compound_v3.state import Account, Pause
from indexer.units import WAD
from indexer.words import Gate, LiquidationKind, Reason, State
from tests.protocols.compound_v3.made import BASE, asset, comet, token, view

KEY = "0x" + "11" * 20
ETH = asset(0)
BROKEN = asset(1, price=None)
AT = comet().totals.last_accrual
TEN_ETH = {token(0): 10**19}


def test_a_broken_later_feed_does_not_matter_once_the_debt_is_covered() -> None:
    held = TEN_ETH | {token(1): 10**18}
    seen, _ = view(comet(ETH, BROKEN), [(KEY, Account(-(10**10), 3, held))])
    assert seen.health(KEY, AT, WAD).state is State.HEALTHY
    assert seen.comparable(KEY, AT) == {"is_liquidatable": 0}
    assert any("cannot be read" in step.formula for step in seen.explain(KEY, AT))


def test_a_debt_that_is_just_covered_ends_the_reading_too() -> None:
    """Two tokens at a dollar, counted half, against a debt of a dollar: liquidity is zero before the broken feed."""
    token_at_half = asset(0, price=10**8, scale=10**6, liquidate_factor=5 * 10**17)
    account = Account(-(10**6), 3, {token(0): 2 * 10**6, token(1): 1})
    seen, _ = view(comet(token_at_half, BROKEN, base_price=10**8), [(KEY, account)])
    assert seen.comparable(KEY, AT) == {"is_liquidatable": 0}
    assert seen.health(KEY, AT, WAD).health_factor_wad == WAD


def test_a_broken_feed_that_is_reached_makes_the_account_unknown() -> None:
    held = TEN_ETH | {token(1): 10**18}
    for assets in ((ETH, BROKEN), (asset(0, price=None), asset(1))):
        seen, _ = view(comet(*assets), [(KEY, Account(-(10**11), 3, held))])
        assert seen.health(KEY, AT, WAD).reason is Reason.UNPRICED
        assert seen.comparable(KEY, AT) is None
        assert seen.liquidation(KEY, AT) == ()
        assert seen.projection(KEY, AT) is None


def test_a_supplier_needs_no_price() -> None:
    seen, _ = view(comet(ETH, base_price=None), [(KEY, Account(5, 0, {}))])
    health = seen.health(KEY, AT, WAD)
    assert (health.state, health.health_factor_wad, health.debt_value) == (State.HEALTHY, None, 0)
    assert seen.markets_used(KEY) == []
    assert seen.liquidation(KEY, AT) == ()


def test_a_debt_worth_nothing_is_healthy() -> None:
    """The debt's value is rounded toward zero: a wei of a base token cheaper than its price unit owes nothing."""
    seen, _ = view(comet(ETH, base_price=10**5), [(KEY, Account(-1, 0, {}))])
    health = seen.health(KEY, AT, WAD)
    assert (health.state, health.health_factor_wad, health.debt_value) == (State.HEALTHY, None, 0)


def test_an_unknown_account_owes_nothing() -> None:
    seen, _ = view(comet(), [])
    assert seen.health(KEY, AT, WAD).state is State.HEALTHY
    assert seen.keys_of(KEY) == []


def test_liquidatable_only_after_accrual() -> None:
    """The guide's E1: the view says no, `absorb` a month later says yes."""
    seen, _ = view(comet(), [(KEY, Account(-24000123457, 1, TEN_ETH))])
    later = AT + 30 * 86_400
    now, then = seen.health(KEY, AT, WAD), seen.health(KEY, later, WAD)
    assert (now.state, now.liquidatable_after_accrual) == (State.HEALTHY, False)
    assert (then.state, then.liquidatable_after_accrual) == (State.HEALTHY, True)
    assert seen.liquidation(KEY, AT)[0].gates == (Gate.NOT_LIQUIDATABLE,)
    terms = seen.liquidation(KEY, later)[0]
    assert (terms.allowed, terms.kind, terms.debt_asset) == (True, LiquidationKind.ABSORPTION, BASE)
    assert (terms.max_debt_to_cover, terms.collateral_to_liquidator) == (0, 0)
    assert terms.details["base_paid_out"] == 25474991378
    assert terms.details[f"seized_{token(0)}"] == 10**19


def test_a_pause_forbids_absorbing_and_nothing_else() -> None:
    account = Account(-(10**11), 1, TEN_ETH)
    for action in Pause:
        seen, _ = view(comet(pause_flags=1 << action), [(KEY, account)])
        assert seen.health(KEY, AT, WAD).state is State.BAD_DEBT
        expected = (Gate.RESERVE_PAUSED,) if action is Pause.ABSORB else ()
        assert seen.liquidation(KEY, AT)[0].gates == expected
        assert seen.markets(AT)[0].facts[f"{action.name.lower()}_paused"] is True


def test_bad_debt_is_what_the_collateral_does_not_cover_at_its_liquidation_factor() -> None:
    account = Account(-(10**11), 1, TEN_ETH)
    seen, _ = view(comet(), [(KEY, account)])
    loss = seen.liquidation(KEY, AT)[0].details["loss"]
    assert loss == 10**11 - 2681246972270 * 95 // 100 * 10**6 // 99987654
    assert seen.markets(AT)[0].amounts["bad_debt"] == loss


def test_bad_debt_is_not_told_while_somebody_was_not_read() -> None:
    seen, rows = view(comet(), [(KEY, Account(-(10**11), 1, TEN_ETH))])
    rows.set(Entity("comet", BASE, KEY), "unscreened", UNREAD)
    assert seen.markets(AT)[0].amounts["bad_debt"] is None


def test_markets_have_the_names_that_are_the_same_for_every_protocol() -> None:
    base, ether = view(comet(), [])[0].markets(AT)
    assert base.facts["decimals"] == 6
    expected = {"decimals": 18, "ltv_bps": 8_250, "liquidation_threshold_bps": 8_950, "liquidation_bonus_bps": 256}
    assert {name: ether.facts[name] for name in expected} == expected  # half of 5 % off: 2.5 / 97.5
    assert {"supplied", "borrowed", "cash", "reserves", "bad_debt"} <= base.amounts.keys()


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("USDC / USD", True),
        ("USDT / USD capped", True),
        ("Custom price feed for wstETH / USD", True),
        ("Constant price feed", False),
        ("wstETH / ETH", False),
        ("WBTC / BTC", False),
        ("USD", False),
        ("X / USDC", False),
        ("", False),
        (None, False),
    ],
)
def test_dollars_are_what_the_base_feed_says(description: str | None, expected: bool) -> None:
    assert is_dollars(description) is expected


def test_built_in_deployments_are_mainnets() -> None:
    found = CompoundV3().deployments(1)
    assert len({deployment.entry for deployment in found}) == len(found) == 6
    assert {deployment.protocol for deployment in found} == {"compound_v3"}
    assert all(deployment.first_block for deployment in found)
    assert CompoundV3().deployments(31337) == ()

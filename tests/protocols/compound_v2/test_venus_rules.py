"""What Venus computes otherwise, by hand and as properties; and logs that name less than they change."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.book import Book, Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v2 import venus_token_logs as logs
from indexer.protocols.compound_v2.accrual import accrue, exchange_rate
from indexer.protocols.compound_v2.context import Context
from indexer.protocols.compound_v2.state import Market, Pool, Position
from indexer.protocols.compound_v2.venus_accounts import heal_percentage, whole_account_terms
from indexer.protocols.compound_v2.venus_rules import VENUS, share_of_incentive
from indexer.units import WAD
from indexer.words import Gate, LiquidationKind

VTOKEN, OTHER = address("0x" + "11" * 20), address("0x" + "22" * 20)
ALICE, BOB = 0xA11CE, 0xB0B
MARKET = Market(
    address=VTOKEN,
    asset=address("0x" + "33" * 20),
    decimals=18,
    price=WAD,
    cash=1_000 * WAD,
    total_borrows=500 * WAD,
    reserves=10 * WAD,
    total_supply=1_490 * WAD,
    borrow_index=WAD,
    accrual=1_000,
    borrow_rate=10**10,
    reserve_factor=WAD // 10,
    threshold=8 * WAD // 10,
    seize_share=WAD // 20,
    pay_out_after=100,
    paid_out_at=950,
)


def test_the_protocols_share_is_a_part_of_the_incentive() -> None:
    # 5 % of 1.1: 1,000,000,007 x 0.05 = 50,000,000.35, / 1.1 = 45,454,545.4…
    assert share_of_incentive(1_000_000_007, 5 * 10**16, 11 * 10**17) == 45_454_545


def test_healing_repays_collateral_over_debt_with_the_incentive() -> None:
    # 80 / (100 x 1.1) = 0.7272…
    assert heal_percentage(Pool(VENUS, {}, WAD // 2, 11 * 10**17), 80 * WAD, 100 * WAD) == 727272727272727272


class TestPayingOut:
    @pytest.mark.parametrize(("at", "cash"), [(1_049, 1_000 * WAD), (1_050, None)])
    def test_after_the_delay_not_before(self, at: int, cash: int | None) -> None:
        after = accrue(MARKET, VENUS, at)
        assert after.cash == (cash or 1_000 * WAD - after_reserves(at))
        assert after.reserves == (after_reserves(at) if cash else 0)

    def test_no_more_than_there_is_cash(self) -> None:
        after = accrue(replace(MARKET, cash=3 * WAD), VENUS, 1_100)
        assert (after.cash, after.reserves) == (0, after_reserves(1_100) - 3 * WAD)

    @given(cash=st.integers(20 * WAD, 10**30), elapsed=st.integers(1, 10**6))
    def test_no_exchange_rate_notices(self, cash: int, elapsed: int) -> None:
        paying = replace(MARKET, cash=cash)
        keeping = replace(paying, pay_out_after=None)
        at = 1_000 + elapsed
        assert exchange_rate(accrue(paying, VENUS, at)) == exchange_rate(accrue(keeping, VENUS, at))


def after_reserves(at: int) -> int:
    return 10 * WAD + 10**10 * (at - 1_000) * 500 * WAD // WAD // 10


class TestWholeAccounts:
    DEBT = replace(MARKET, address=OTHER, asset=address("0x" + "44" * 20), borrow_rate=0, total_borrows=500 * WAD)
    HELD = Position(VTOKEN, 100 * WAD, 0, 0, is_member=True)

    def pool(self, minimum: int = 200 * WAD, **changed: object) -> Pool:
        held = replace(MARKET, borrow_rate=0, reserves=10 * WAD)
        markets: dict[str, Market] = {VTOKEN: held, OTHER: replace(self.DEBT, **changed)}  # type: ignore[arg-type]
        return Pool(VENUS, markets, WAD // 2, 11 * 10**17, min_liquidatable_collateral=minimum)

    def owes(self, dollars: int) -> tuple[Position, ...]:
        return (self.HELD, Position(OTHER, 0, dollars * WAD, WAD, is_member=True))

    def test_above_the_minimum_it_is_liquidated_pair_by_pair(self) -> None:
        assert whole_account_terms(self.pool(99 * WAD), self.owes(95), 1_000, 0) == ()

    def test_with_enough_collateral_all_debts_are_repaid(self) -> None:
        (order,) = whole_account_terms(self.pool(), self.owes(85), 1_000, 0)
        assert (order.kind, order.max_debt_to_cover) == (LiquidationKind.WHOLE_ACCOUNT, 85 * WAD)
        assert order.collateral_to_liquidator + order.protocol_fee == order.details["seize_tokens"]
        assert order.details["seize_tokens"] == 85 * 11 * WAD // 10

    def test_with_too_little_the_rest_is_bad_debt(self) -> None:
        parts = whole_account_terms(self.pool(), self.owes(95), 1_000, 0)
        assert [part.details["heal_percentage"] for part in parts] == [100 * WAD * WAD // (95 * 11 * WAD // 10)] * 2
        assert sum(part.max_debt_to_cover + part.details["bad_debt"] for part in parts) == 95 * WAD
        assert sum(part.details["seize_tokens"] for part in parts) == 100 * WAD

    def test_just_enough_collateral_is_healed_without_bad_debt(self) -> None:
        positions = (replace(self.HELD, supply=110 * WAD), Position(OTHER, 0, 100 * WAD, WAD, is_member=True))
        parts = whole_account_terms(self.pool(), positions, 1_000, 0)
        assert [part.details["heal_percentage"] for part in parts] == [WAD, WAD]
        assert sum(part.details["bad_debt"] for part in parts) == 0
        more = (replace(positions[0], supply=110 * WAD + 110), positions[1])
        assert "heal_percentage" not in whole_account_terms(self.pool(), more, 1_000, 0)[0].details

    def test_healthy_accounts_are_left_alone(self) -> None:
        assert whole_account_terms(self.pool(), self.owes(79), 1_000, 0) == ()

    def test_a_debt_above_the_markets_total_cannot_be_written_off(self) -> None:
        parts = whole_account_terms(self.pool(total_borrows=95 * WAD - 1), self.owes(95), 1_000, 0)
        assert {part.gates for part in parts} == {(Gate.INSUFFICIENT_LIQUIDITY,)}

    def test_nothing_is_said_without_a_price(self) -> None:
        assert whole_account_terms(self.pool(price=None), self.owes(95), 1_000, 0) == ()


class TestSeizes:
    """A seize of 40 from Alice's 100: 38 reach Bob, the protocol's 2 are burnt without a `Transfer`."""

    def context(self) -> Context:
        deployment = Deployment("pool", "venus_isolated", address("0x" + "99" * 20), 0)
        context = Context(deployment, Draft(Book()), {})
        self.apply(context, "Mint", minter=ALICE, mintAmount=0, mintTokens=100, accountBalance=100)
        self.apply(context, "Transfer", **{"from": 0, "to": ALICE, "amount": 100})
        return context

    def apply(self, context: Context, event: str, **values: int) -> None:
        where = OTHER if event == "LiquidateBorrow" else VTOKEN
        log = Log(where, (), "0x", 7, "0x", "0x", 0, 12)
        logs.HANDLERS[event](context, log, values)

    def seize(self, context: Context, received: int = 38) -> None:
        self.apply(context, "Transfer", **{"from": ALICE, "to": BOB, "amount": received})
        self.apply(context, "ProtocolSeize", **{"from": ALICE, "to": 1, "amount": 5})

    def liquidate(self, context: Context, seized: int = 40) -> None:
        given = {"liquidator": BOB, "borrower": ALICE, "repayAmount": 9, "seizeTokens": seized}
        self.apply(context, "LiquidateBorrow", vTokenCollateral=int(VTOKEN, 16), **given)

    def held(self, context: Context) -> tuple[int, int, int]:
        draft = context.draft
        alice, bob = (draft.number(context.position(VTOKEN, who), "supply") for who in (ALICE, BOB))
        return alice, bob, draft.number(Entity("pool", VTOKEN), "total_supply")

    def test_a_liquidation_names_what_it_seized(self) -> None:
        context = self.context()
        self.seize(context)
        self.liquidate(context)
        assert self.held(context) == (60, 38, 98)

    def test_healing_seizes_everything(self) -> None:
        context = self.context()
        self.seize(context, received=95)
        assert self.held(context) == (0, 95, 95)

    def test_a_liquidation_and_a_healing_in_one_block(self) -> None:
        context = self.context()
        self.seize(context)
        self.liquidate(context)
        self.seize(context, received=57)
        assert self.held(context) == (0, 95, 95)

    def test_a_healing_and_a_liquidation_of_what_came_back(self) -> None:
        context = self.context()
        self.seize(context, received=95)
        self.apply(context, "Transfer", **{"from": BOB, "to": ALICE, "amount": 50})
        self.seize(context)
        self.liquidate(context)
        assert self.held(context) == (10, 83, 93)

    def test_what_is_sent_to_the_vtoken_stays_there_and_a_redemption_does_not(self) -> None:
        context, home = self.context(), int(VTOKEN, 16)
        self.apply(context, "Transfer", **{"from": ALICE, "to": home, "amount": 10})
        self.apply(context, "Transfer", **{"from": ALICE, "to": home, "amount": 30})
        self.apply(context, "Redeem", redeemer=ALICE, redeemAmount=0, redeemTokens=30, accountBalance=60)
        assert self.held(context) == (60, 0, 70)
        assert context.draft.number(context.position(VTOKEN, VTOKEN), "supply") == 10


def test_interest_by_seconds_is_counted_from_the_blocks_time() -> None:
    deployment = Deployment("pool", "venus_isolated", address("0x" + "99" * 20), 0)
    context = Context(deployment, Draft(Book()), {})
    log = Log(VTOKEN, (), "0x", 7, "0x", "0x", 0, 1_234)
    values = {"cashPrior": 0, "interestAccumulated": 0, "borrowIndex": WAD, "totalBorrows": 0}
    where = context.market(VTOKEN)
    logs.HANDLERS["AccrueInterest"](context, log, values)
    assert context.draft.number(where, "accrual") == 7
    context.draft.set(where, "by_seconds", 1)
    logs.HANDLERS["AccrueInterest"](context, log, values)
    assert context.draft.number(where, "accrual") == 1_234

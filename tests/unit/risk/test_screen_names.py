"""Who the screen names: what cannot be judged, and few others."""

from dataclasses import replace

import pytest

from indexer.evm import address
from indexer.protocols.aave_v3.account_data import account_data
from indexer.protocols.aave_v3.revisions import Rules
from indexer.protocols.aave_v3.screen_weights import AMOUNT_LIMIT
from indexer.protocols.aave_v3.state import Account, Market, Position
from indexer.units import RAY
from indexer.words import Reason
from tests.protocols.aave_v3.strategies import NOW, V3_0, V3_6, reserve
from tests.unit.market_book import view_of
from tests.unit.risk.screening import WATCH, named, wanted


@pytest.mark.parametrize(("rules", "also"), [(V3_6, 0), (V3_0, 1)])
def test_it_names_few_too_many(rules: Rules, also: int) -> None:
    """Health factors 1.04005, 1.04015 … 1.05995: at 3.0.2 the basis point of the average costs one account more."""
    market = Market(rules, {0: reserve(0, liquidation_threshold=8_300), 1: reserve(1)}, {})
    collateral = 10**24
    accounts = [
        Account(
            address(0xB0000 + i),
            0,
            (Position(0, collateral, 0, True), Position(1, 0, collateral * 83_000 // (104_005 + 10 * i), False)),
        )
        for i in range(200)
    ]
    view, _ = view_of(market, accounts)
    below = wanted(view, accounts, WATCH)
    assert below == {account.address for account in accounts[:100]}
    assert named(market, accounts, WATCH) == {account.address for account in accounts[: 100 + also]}


@pytest.mark.parametrize(
    ("price", "supply", "is_named"),
    [(10**8, 10**24, False), (None, 10**24, True), (10**8, int(AMOUNT_LIMIT) + 2**70, True), (2**121, 1, True)],
)
def test_what_cannot_be_judged_is_named(price: int | None, supply: int, is_named: bool) -> None:
    market = Market(V3_6, {0: reserve(0, price=price, liquidation_threshold=8_300), 1: reserve(1)}, {})
    account = Account(address(1), 0, (Position(0, supply, 0, True), Position(1, 0, 1, False)))
    assert named(market, [account], WATCH) == ({account.address} if is_named else set())


@pytest.mark.parametrize(
    ("index", "price", "decimals", "supply"),
    [
        (2**150, 1, 6, 2**110),  # balance x index
        (RAY, 2**200, 77, 2**100),  # amount x price
        (RAY, 2**110, 0, 2**112),  # sum of value x threshold x 10**18
        (RAY, 1, 0, 2**250),  # an amount that is no amount
    ],
)
def test_where_the_contract_reverts_on_arithmetic_the_borrower_is_named(
    index: int, price: int, decimals: int, supply: int
) -> None:
    huge = reserve(0, price=price, decimals=decimals, liquidation_threshold=8_300)
    market = Market(V3_6, {0: replace(huge, liquidity_index=index), 1: reserve(1)}, {})
    account = Account(address(1), 0, (Position(0, supply, 0, True), Position(1, 0, 10**18, False)))
    view, _ = view_of(market, [account])
    assert view.health(account.address, NOW, WATCH).reason is Reason.UNREADABLE
    assert named(market, [account], WATCH) == {account.address}


def test_an_accrual_that_reverts_does_not_stop_the_screen() -> None:
    market = Market(V3_6, {0: replace(reserve(0), last_update=NOW + 1), 1: reserve(1)}, {})
    account = Account(address(1), 0, (Position(0, 10**24, 0, True), Position(1, 0, 1, False)))
    assert named(market, [account], WATCH) == {account.address}


def test_stable_debt_is_not_linear_and_always_named() -> None:
    market = Market(V3_0, {0: reserve(0, liquidation_threshold=8_300)}, {})
    stable = Position(0, 10**24, 0, True, stable_principal=1, stable_rate=RAY // 10, stable_updated=NOW)
    assert named(market, [Account(address(1), 0, (stable,))], WATCH) == {address(1)}


def test_a_threshold_of_zero_lowers_the_average_of_everything_else() -> None:
    """3.0.2: the reserve's own threshold counts it, the missing category gives it weight 0."""
    counted = reserve(1, liquidation_threshold=8_300, emode_category=3)
    market = Market(V3_0, {0: reserve(0, liquidation_threshold=8_300), 1: counted, 2: reserve(2)}, {})
    positions = (Position(0, 10**20, 0, True), Position(1, 10**26, 0, True), Position(2, 0, 10**18, False))
    account = Account(address(1), 3, positions)
    assert account_data(market, account, NOW).health_factor == 0
    assert named(market, [account], WATCH) == {account.address}


def test_an_account_without_debt_or_without_positions_is_not_named() -> None:
    market = Market(V3_6, {0: reserve(0, liquidation_threshold=8_300)}, {})
    assert named(market, [Account(address(1), 0, (Position(0, 10**18, 0, True),))], WATCH) == set()
    assert named(market, [Account(address(1), 0, ())], WATCH) == set()

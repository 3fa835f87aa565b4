"""From V2's logs to the book: the provider's setters, tokens of their own kind, units, what is never guessed."""

from collections.abc import Iterator

import pytest
from eth_abi.abi import encode

from indexer.abi import Interface
from indexer.book import Book, Draft, Entity
from indexer.evm import Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.discovery import name_of
from indexer.protocols.aave_v3.v2 import discovery
from indexer.protocols.aave_v3.v2.adapter import AaveV2
from indexer.protocols.aave_v3.v2.interfaces import (
    ATOKEN,
    CONFIGURATOR,
    ERC20,
    MANAGER,
    ORACLE,
    POOL,
    PROVIDER,
    VARIABLE_DEBT,
)
from indexer.protocols.aave_v3.v2.special_tokens import SPECIAL_ASSETS
from indexer.protocols.aave_v3.v2.view import AaveV2View
from indexer.risk.screen import candidates
from indexer.words import Health, Reason, State
from tests.protocols.aave_v3.strategies import BORROWER, NOW, RAY, word

ENTRY, POOL_AT, ORACLE_AT = address(0xE), address(0xF001), address(0xF002)
WETH, USDC, AMPL = address(0xA1), address(0xA2), address("0xd46ba6d942050d489dbd938a2c909a5d5039a161")
DEPLOYMENT = Deployment("aave_v2_main", "aave_v2", ENTRY)
OTHER = address("0x" + "0b" * 20)
PROTOCOL = AaveV2()


def log(emitter: Address, interface: Interface, event: str, **values: int | str) -> Log:
    """The log of an event with those values."""
    inputs = interface.events[event].inputs
    words = {name: int(v, 16) if isinstance(v, str) else v for name, v in values.items()}
    assert set(words) == {name for name, _, _ in inputs}
    topics = [f"0x{words[name]:064x}" for name, indexed, _ in inputs if indexed]
    data = "".join(f"{words[name]:064x}" for name, indexed, _ in inputs if not indexed)
    return Log(emitter, (interface.topic(event), *topics), "0x" + data, 1, "0x", "0x", 0, NOW)


def tokens(asset: str) -> list[Address]:
    """aToken, stable and variable debt token of a reserve."""
    return [address(int(asset, 16) + 0x100 * n) for n in (1, 2, 3)]


def listing(asset: Address) -> Log:
    a_token, stable, variable = tokens(asset)
    names = ("aToken", "stableDebtToken", "variableDebtToken")
    return log(
        address(0xC0),
        CONFIGURATOR,
        "ReserveInitialized",
        asset=asset,
        interestRateStrategyAddress=0,
        **dict(zip(names, (a_token, stable, variable), strict=True)),
    )


def book_after(*logs: Log, facts: dict[Call, bytes] | None = None, book: Book | None = None) -> Book:
    """The book after one block with these logs; every fact is 18 unless given."""
    book = book or Book()
    draft = Draft(book)
    wanted = PROTOCOL.plan_facts(DEPLOYMENT, logs)
    told = {call: (facts or {}).get(call, (18).to_bytes(32, "big")) for call in wanted}
    PROTOCOL.apply_logs(DEPLOYMENT, logs, draft, told)
    book.apply(draft.changes())
    return book


def market() -> Book:
    """A pool of revision 2 with three reserves at price 1, ether's oracle without base currency."""
    revision = {POOL.call("LENDINGPOOL_REVISION", address(0x1111)): (2).to_bytes(32, "big")}
    reverts: dict[Call, bytes] = {}
    book = book_after(*founding(), facts=revision | reverts)
    for field in ("base_currency", "base_unit", "grace_sentinel"):
        book.set(Entity(DEPLOYMENT.name), field, None)
    for asset in (WETH, USDC, AMPL):
        fields = {"price": 10**18, "cash": 10**30, "configuration": word(liquidation_threshold=8_000, ltv=7_000)}
        for field, value in fields.items():
            book.set(Entity(DEPLOYMENT.name, asset), field, value)
    return book


def founding() -> Iterator[Log]:
    yield log(ENTRY, PROVIDER, "ProxyCreated", id=name_of("LENDING_POOL"), newAddress=POOL_AT)
    yield log(ENTRY, PROVIDER, "LendingPoolUpdated", newAddress=address(0x1111))
    yield log(ENTRY, PROVIDER, "ProxyCreated", id=name_of("LENDING_POOL_CONFIGURATOR"), newAddress=address(0xC0))
    yield log(ENTRY, PROVIDER, "LendingPoolCollateralManagerUpdated", newAddress=address(0x2222))
    yield log(ENTRY, PROVIDER, "PriceOracleUpdated", newAddress=ORACLE_AT)
    yield from (listing(asset) for asset in (WETH, USDC, AMPL))


def supplied(asset: Address, who: Address, amount: int) -> tuple[Log, Log]:
    mint = log(tokens(asset)[0], ATOKEN, "Mint", **{"from": who}, value=amount, index=RAY)
    return mint, log(POOL_AT, POOL, "ReserveUsedAsCollateralEnabled", reserve=asset, user=who)


def borrowed(asset: Address, who: Address, amount: int) -> Log:
    values: dict[str, int | str] = {"from": who, "onBehalfOf": who, "value": amount, "index": RAY}
    return log(tokens(asset)[2], VARIABLE_DEBT, "Mint", **values)


def view(book: Book) -> AaveV2View:
    return PROTOCOL.view(DEPLOYMENT, book[DEPLOYMENT.name], "price", 1)


def test_what_the_provider_appoints_is_followed_and_asked() -> None:
    logs = list(founding())
    assert discovery.discover(logs) == {
        POOL_AT,
        address(0xC0),
        ORACLE_AT,
        *(t for a in (WETH, USDC, AMPL) for t in tokens(a)),
    }
    asked = set(PROTOCOL.plan_facts(DEPLOYMENT, logs))
    assert asked == {
        POOL.call("LENDINGPOOL_REVISION", address(0x1111)),
        MANAGER.call("LIQUIDATIONS_GRACE_SENTINEL", address(0x2222)),
        ORACLE.call("BASE_CURRENCY", ORACLE_AT),
        ORACLE.call("BASE_CURRENCY_UNIT", ORACLE_AT),
        *(ERC20.call("decimals", asset) for asset in (WETH, USDC, AMPL)),
    }
    assert PROTOCOL.addresses(DEPLOYMENT, market()) == {ENTRY} | discovery.discover(logs)


def test_the_general_setter_appoints_too() -> None:
    book = market()
    manager, oracle = address(0x3333), address(0x4444)
    plain = [("COLLATERAL_MANAGER", manager), ("PRICE_ORACLE", oracle), ("LENDING_RATE_ORACLE", address(5))]
    logs = [log(ENTRY, PROVIDER, "AddressSet", id=name_of(n), newAddress=a, hasProxy=0) for n, a in plain]
    logs.append(log(ENTRY, PROVIDER, "AddressSet", id=name_of("LENDING_POOL"), newAddress=address(0x5555), hasProxy=1))
    assert discovery.discover(logs) == {oracle}
    book_after(*logs, book=book)
    own = book[DEPLOYMENT.name].own
    assert (own["collateral_manager"], own["oracle"], own["pool_implementation"]) == (0x3333, 0x4444, 0x5555)
    assert (own["pool"], own["pool_revision"]) == (0xF001, 18)
    assert not view(book).supported


@pytest.mark.parametrize("revision", [0, 1, 6, 18])
def test_a_revision_nobody_read_is_unknown(revision: int) -> None:
    book = book_after(*supplied(WETH, BORROWER, 100), borrowed(USDC, BORROWER, 1), book=market())
    assert view(book).health(BORROWER, NOW, 10**18).state is State.HEALTHY
    book.set(Entity(DEPLOYMENT.name), "pool_revision", revision)
    assert view(book).health(BORROWER, NOW, 10**18) == Health.unknown(Reason.UNSUPPORTED_REVISION)
    assert view(book).owes(BORROWER)


@pytest.mark.parametrize(
    ("own", "name", "is_usd"),
    [
        ({}, "eth_e18", False),
        ({"base_currency": 0xEEE, "base_unit": 10**18}, "eth_e18", False),
        ({"base_currency": 0, "base_unit": 10**8}, "usd_e8", True),
        ({"base_currency": 0xEEE, "base_unit": 10**8}, "base_e8", False),
    ],
)
def test_the_oracle_says_the_unit(own: dict[str, int], name: str, is_usd: bool) -> None:
    book = market()
    for field, value in own.items():
        book.set(Entity(DEPLOYMENT.name), field, value)
    unit = view(book).unit(BORROWER)
    assert (unit.name, unit.is_usd) == (name, is_usd)
    assert view(book).price_unit(WETH) == unit


def test_who_touched_a_rebasing_token_is_unknown_and_never_screened_out() -> None:
    """AMPL's events say nothing of its balances; whoever it is sent to cannot be judged any more."""
    rich = (*supplied(WETH, BORROWER, 10**21), *supplied(WETH, OTHER, 10**21))
    book = book_after(
        *rich, *supplied(AMPL, OTHER, 5), borrowed(USDC, BORROWER, 1), borrowed(USDC, OTHER, 1), book=market()
    )
    assert view(book).health(BORROWER, NOW, 10**18).state is State.HEALTHY
    assert view(book).health(OTHER, NOW, 10**18) == Health.unknown(Reason.UNSUPPORTED_REVISION)
    assert view(book).comparable(OTHER, NOW) is None
    assert view(book).liquidation(OTHER, NOW) == ()
    rows, weights = book[DEPLOYMENT.name], view(book).weights(NOW)
    assert weights is not None
    assert [rows.accounts[row] for row in candidates(rows, weights, 10**18)] == [OTHER]
    assert {claim.market for claim in view(book).holdings(OTHER)} == {WETH, USDC}
    assert set(view(book).accounts()) == {BORROWER, OTHER}
    assert "total_supply" not in rows.markets[AMPL]
    moved = log(tokens(AMPL)[0], ATOKEN, "BalanceTransfer", **{"from": OTHER}, to=BORROWER, value=5, index=RAY)
    book_after(moved, book=book)
    assert view(book).health(BORROWER, NOW, 10**18).state is State.UNKNOWN
    assert AMPL in SPECIAL_ASSETS


def test_who_has_nothing_but_debt_of_a_rebasing_token_is_named() -> None:
    """No collateral, and no debt that is known."""
    book = book_after(borrowed(AMPL, OTHER, 5), book=market())
    rows, weights = book[DEPLOYMENT.name], view(book).weights(NOW)
    assert view(book).owes(OTHER)
    assert book.get(Entity(DEPLOYMENT.name, AMPL, OTHER), "debt") is None
    assert weights is not None
    assert [rows.accounts[row] for row in candidates(rows, weights, 1)] == [OTHER]


def test_a_transfer_to_oneself_changes_nothing() -> None:
    book = book_after(*supplied(WETH, BORROWER, 100), book=market())
    moved = log(tokens(WETH)[0], ATOKEN, "BalanceTransfer", **{"from": BORROWER}, to=BORROWER, value=40, index=RAY)
    book_after(moved, book=book)
    assert book.get(Entity(DEPLOYMENT.name, WETH, BORROWER), "supply") == 100


def test_a_liquidation_of_everything_leaves_the_bit_until_the_next_loan() -> None:
    book = book_after(*supplied(WETH, BORROWER, 100), borrowed(USDC, BORROWER, 60), book=market())
    burn = log(tokens(USDC)[2], VARIABLE_DEBT, "Burn", user=BORROWER, amount=60, index=RAY)
    values: dict[str, int | str] = {"collateralAsset": WETH, "debtAsset": USDC, "user": BORROWER, "debtToCover": 60}
    rest: dict[str, int | str] = {"liquidatedCollateralAmount": 66, "liquidator": OTHER, "receiveAToken": 1}
    book_after(burn, log(POOL_AT, POOL, "LiquidationCall", **values, **rest), book=book)
    where = Entity(DEPLOYMENT.name, USDC, BORROWER)
    assert book.get(where, "left_borrowing") == 1
    assert set(view(book).markets_used(BORROWER)) == {WETH, USDC}
    assert not view(book).owes(BORROWER)
    book_after(borrowed(USDC, BORROWER, 5), book=book)
    assert book.get(where, "left_borrowing") is None


def test_a_bit_left_on_a_reserve_without_a_price_is_named() -> None:
    """The contract asks the price of the reserve whose debt is gone, and reverts; the rest of the account is rich."""
    book = book_after(*supplied(WETH, BORROWER, 10**21), borrowed(WETH, BORROWER, 1), book=market())
    book.set(Entity(DEPLOYMENT.name, USDC, BORROWER), "left_borrowing", 1)
    for price, reason in ((1, None), (None, Reason.UNPRICED)):
        book.set(Entity(DEPLOYMENT.name, USDC), "price", price)
        rows, weights = book[DEPLOYMENT.name], view(book).weights(NOW)
        assert weights is not None
        assert view(book).health(BORROWER, NOW, 10**18).reason is reason
        assert [rows.accounts[row] for row in candidates(rows, weights, 10**18)] == [BORROWER][reason is None :]


def test_built_in_deployments() -> None:
    assert [one.name for one in AaveV2().deployments(1)] == ["aave_v2_main", "aave_v2_amm"]
    assert AaveV2().deployments(137)[0].first_block == 12_687_211
    assert AaveV2().deployments(31_337) == ()


def test_signatures_are_those_of_the_abi() -> None:
    """The encoder of these tests against eth-abi."""
    made = log(POOL_AT, POOL, "LiquidationCall", collateralAsset=1, debtAsset=2, user=3, debtToCover=4,
               liquidatedCollateralAmount=5, liquidator=6, receiveAToken=1)  # fmt: skip
    assert (
        made.data
        == "0x" + encode(["uint256", "uint256", "address", "bool"], [4, 5, "0x" + "00" * 19 + "06", True]).hex()
    )

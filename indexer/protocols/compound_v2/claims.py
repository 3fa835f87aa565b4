"""What we say each contract would answer, for `verify`: balances to the wei, memberships, prices, market numbers."""

from collections.abc import Iterator, Mapping

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import address
from indexer.protocols._interface import Claim, Deployment, Truth
from indexer.protocols.compound_v2.accrual import borrow_balance, exchange_rate
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.state import Market, Pool, UnreadMarket
from indexer.protocols.compound_v2.stored import stored_positions

TRUTH_FIELDS = ("error", "liquidity", "shortfall")
PRICE_ERROR = 13
"""`ComptrollerErrorReporter.Error.PRICE_ERROR`, every generation."""


def account_truth(deployment: Deployment, account: str) -> Truth:
    """`Comptroller.getAccountLiquidity(account)`."""
    return Truth(deployment.entry, "getAccountLiquidity(address)", (address(account),), TRUTH_FIELDS)


def holdings(
    lineage: Lineage, deployment: Deployment, rows: DeploymentBook, markets: Mapping[str, Market], account: str
) -> list[Claim]:
    """cTokens, debt at the stored index and membership in every market the account ever touched."""
    found = []
    for position in stored_positions(rows, account):
        ctoken = address(position.market)
        fields = ("", "supply", "borrow_balance", "")
        snapshot = Truth(ctoken, "getAccountSnapshot(address)", (address(account),), fields)
        market = markets.get(position.market)
        try:
            owed = 0 if position.debt == 0 or market is None else borrow_balance(position, market)
            ours: Mapping[str, int] | None = {"supply": position.supply, "borrow_balance": owed}
        except (ArithmeticOverflow, UnreadMarket):
            ours = None
        found.append(Claim(snapshot, ours, position.market))
        arguments = lineage.membership_arguments(address(account), ctoken)
        member = Truth(deployment.entry, "checkMembership(address,address)", arguments, ("member",), ("bool",))
        found.append(Claim(member, {"member": int(position.is_member)}, position.market))
    return found


def markets(lineage: Lineage, deployment: Deployment, pool: Pool, rows: DeploymentBook) -> list[Claim]:
    """Every market's price, exchange rate and stored numbers, and whether its debt needs no shortfall.

    What was not read, and the initial rate of an empty market, which no getter tells, is not claimed.
    """
    return [claim for market in pool.markets.values() for claim in _of(lineage, deployment, pool, rows, market)]


def _of(lineage: Lineage, deployment: Deployment, pool: Pool, rows: DeploymentBook, market: Market) -> Iterator[Claim]:
    oracle, name, arguments = address(rows.own.get("oracle", 0)), market.address, (market.address,)
    price = None if market.price is None else {"price": market.price}
    yield Claim(Truth(oracle, "getUnderlyingPrice(address)", arguments, ("price",)), price, name)
    if market.total_supply and market.cash is not None and market.reserves is not None:
        rate = _exchange_rate(market)
        ours = None if rate is None else {"exchange_rate": rate}
        yield Claim(Truth(name, "exchangeRateStored()", (), ("exchange_rate",)), ours, name)
    for field, getter in lineage.compared.items():
        said = rows.markets[name].get(field, 0 if field.startswith("total_") else None)  # none logged is none yet
        if said is not None:
            yield Claim(Truth(name, f"{getter}()", (), (field,)), {field: said}, name)
    if pool.rules.forced_getter and market.forced is not None:
        truth = Truth(deployment.entry, pool.rules.forced_getter, arguments, ("forced",), ("bool",))
        yield Claim(truth, {"forced": int(market.forced)}, name)


def _exchange_rate(market: Market) -> int | None:
    """None where the contract reverts."""
    try:
        return exchange_rate(market)
    except ArithmeticOverflow:
        return None

"""What we say each contract would answer, for `verify`: balances to the wei, memberships, prices, market numbers."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import Claim, Deployment, Truth
from indexer.protocols.compound_v2.accrual import borrow_balance, exchange_rate
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.rules import never_forced
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
    """Every market's price, exchange rate and stored numbers, and whether its debt needs no shortfall."""
    oracle = address(rows.own.get("oracle", 0))
    found: list[Claim] = []
    for name, market in pool.markets.items():
        price = None if market.price is None else {"price": market.price}
        arguments = (market.address,)
        found.append(Claim(Truth(oracle, "getUnderlyingPrice(address)", arguments, ("price",)), price, name))
        found.append(_getter(market.address, "exchangeRateStored", "exchange_rate", _exchange_rate(market)))
        for field, getter in lineage.compared.items():
            zero = 0 if field.startswith("total_") else None  # never logged is none yet
            found.append(_getter(market.address, getter, field, rows.markets[name].get(field, zero)))
        truth = Truth(deployment.entry, lineage.forced_getter, arguments, ("forced",), ("bool",))
        told = pool.rules.is_forced is not never_forced and market.reserve_factor is not None
        found.append(Claim(truth, {"forced": int(market.forced)} if told else None, name))
    return found


def _getter(ctoken: Address, getter: str, field: str, ours: int | None) -> Claim:
    return Claim(Truth(ctoken, f"{getter}()", (), (field,)), None if ours is None else {field: ours}, ctoken)


def _exchange_rate(market: Market) -> int | None:
    """None for an empty market, whose initial rate no getter tells, and where the contract reverts."""
    try:
        return exchange_rate(market) if market.total_supply else None
    except (ArithmeticOverflow, UnreadMarket):
        return None

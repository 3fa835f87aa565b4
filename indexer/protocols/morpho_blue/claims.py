"""What we say each contract would answer, for `verify`: positions to the share, totals, prices, rates."""

from collections.abc import Callable, Iterator

from indexer.book import DeploymentBook
from indexer.evm import Address
from indexer.protocols._interface import Claim, Truth
from indexer.protocols.morpho_blue.accrual import borrow_rate
from indexer.protocols.morpho_blue.interfaces import IRM, POSITION, TOTALS, parts_of
from indexer.protocols.morpho_blue.state import Market, Position, UnreadableRate

_RATE_SIGNATURE = IRM.functions["borrowRateView"].signature
_TOTALS_TYPES = ("uint128",) * len(TOTALS)


def position_truth(entry: Address, key: str) -> Truth:
    """`Morpho.position(id, user)`."""
    user, market = parts_of(key)
    return Truth(entry, "position(bytes32,address)", (market, user), POSITION, ("uint256", "uint128", "uint128"))


def position_fields(position: Position) -> dict[str, int]:
    """Our words for `position_truth`."""
    return {field: getattr(position, field) for field in POSITION}


def markets(entry: Address, rows: DeploymentBook, market_of: Callable[[str], Market | None], at: int) -> list[Claim]:
    """Every market that ever had a position: its totals; where somebody owes, its price and its rate at `at`."""
    found = [market for name in rows.market_names if (market := market_of(name)) is not None]
    return [claim for market in found for claim in _market_claims(entry, market, at)]


def _market_claims(entry: Address, market: Market, at: int) -> Iterator[Claim]:
    # A bare accrueInterest of a market without an IRM moves lastUpdate without a log: nothing depends on it.
    fields = tuple("" if field == "last_update" and not market.params.bears_interest else field for field in TOTALS)
    ours = {field: getattr(market, field) for field in fields if field}
    yield Claim(Truth(entry, "market(bytes32)", (market.id,), fields, _TOTALS_TYPES), ours, market.id)
    if not market.total_borrow_shares:
        return
    params = market.params
    price = None if market.price is None else {"price": market.price}
    yield Claim(Truth(params.oracle, "price()", (), ("price",)), price, market.id)
    if params.bears_interest:
        words = tuple(getattr(market, field) for field in TOTALS)
        who = (params.loan_token, params.collateral_token, params.oracle, params.irm, params.lltv)
        truth = Truth(params.irm, _RATE_SIGNATURE, (who, words), ("borrow_rate",))
        try:
            rate: dict[str, int] | None = {"borrow_rate": borrow_rate(market, at)}
        except UnreadableRate:
            rate = None
        yield Claim(truth, rate, market.id)

"""What the Comptroller says about an account: `getAccountLiquidity`, on stored values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.protocols.compound_v2.accrual import borrow_balance, exchange_rate
from indexer.protocols.compound_v2.rules import Rules
from indexer.protocols.compound_v2.state import Market, Position
from indexer.units import WAD, mul_div_floor, uint256


@dataclass(frozen=True, slots=True)
class Line:
    """One entered market of an account, with every intermediate integer. Values have 18 decimals."""

    market: str
    supply: int
    owed: int
    exchange_rate: int
    price: int
    threshold: int
    weight: int
    """`tokensToDenom`: weighted value of 1e18 raw cTokens."""
    weighted_value: int
    value: int
    debt_value: int


@dataclass(frozen=True, slots=True)
class Liquidity:
    """The sums of an account; `collateral` is unweighted, as the same loop would count it at a factor of 1."""

    lines: tuple[Line, ...]
    weighted: int
    collateral: int
    debt: int

    @property
    def liquidity(self) -> int:
        """What is left to borrow."""
        return max(0, self.weighted - self.debt)

    @property
    def shortfall(self) -> int:
        """What is missing: above 0 the account is liquidatable."""
        return max(0, self.debt - self.weighted)

    @property
    def health_factor_wad(self) -> int | None:
        """Weighted collateral over debt, truncated: below 1e18 exactly where there is a shortfall. None: no debt."""
        return None if self.debt == 0 else self.weighted * WAD // self.debt


def liquidity(markets: Mapping[str, Market], rules: Rules, positions: Sequence[Position]) -> Liquidity:
    """`Comptroller.getHypotheticalAccountLiquidityInternal` without effects, every generation by its rules.

    Only entered markets count, their debt too. Raises `UnpricedMarket` (PRICE_ERROR, also for an entered market with
    no balance), `UnreadMarket`, and `ArithmeticOverflow` where the contract reverts or answers an error.
    """
    lines = tuple(_line(markets[p.market], rules, p) for p in positions if p.is_member)
    return Liquidity(
        lines,
        weighted=uint256(sum(line.weighted_value for line in lines)),
        collateral=uint256(sum(line.value for line in lines)),
        debt=uint256(sum(line.debt_value for line in lines)),
    )


def token_value(market: Market, rules: Rules) -> int:
    """Value of 1e18 raw cTokens, unweighted: exchange rate x price."""
    return rules.multiply(exchange_rate(market), market.require_price())


def token_weight(market: Market, rules: Rules) -> int:
    """`tokensToDenom`: the threshold x exchange rate x price in the order, and with the rounding, of the rules."""
    if rules.value_before_weight:
        return rules.multiply(market.threshold, token_value(market, rules))
    return rules.multiply(rules.multiply(market.threshold, exchange_rate(market)), market.require_price())


def _line(market: Market, rules: Rules, position: Position) -> Line:
    price, owed, weight = market.require_price(), borrow_balance(position, market), token_weight(market, rules)
    return Line(
        market=market.address,
        supply=position.supply,
        owed=owed,
        exchange_rate=exchange_rate(market),
        price=price,
        threshold=market.threshold,
        weight=weight,
        weighted_value=mul_div_floor(weight, position.supply, WAD),
        value=mul_div_floor(token_value(market, rules), position.supply, WAD),
        debt_value=mul_div_floor(price, owed, WAD),
    )

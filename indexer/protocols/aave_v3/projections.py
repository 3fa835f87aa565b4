"""How far an account is from liquidation: by price, by time. Every answer is a boundary of the exact health factor.

All searches bisect `account_data` itself. Reals would make the health factor monotone in a price and, over time,
the difference of weighted collateral (linear) and debt (convex) concave, so a search finds the only crossing. Up to 3.4
the truncated average threshold makes tiny saw teeth (less than one basis point of the collateral): then the boundary
found is a true one, but another may lie within that distance.
"""

from dataclasses import dataclass, replace

from indexer.errors import ArithmeticOverflow
from indexer.protocols._boundary import HORIZON, PPM, first_true
from indexer.protocols.aave_v3.account_data import account_data, in_category
from indexer.protocols.aave_v3.state import Account, Category, Market, Reserve
from indexer.units import WAD


@dataclass(frozen=True, slots=True)
class PriceFall:
    """One collateral: its price now, the price at or below which HF < 1 (others equal), and the fall as a fraction.

    `liquidation_price` and `price_drop` are None when no fall of this price alone makes the account liquidatable, or
    it already is. With an e-mode price source (3.1 and before) the price is the source's.
    """

    asset: str
    price: int
    liquidation_price: int | None
    price_drop: float | None


@dataclass(frozen=True, slots=True)
class Projections:
    """What would make an account with debt liquidatable; None: nothing of the kind, or it already is.

    `uniform_drop_ppm` is the smallest fall of all its collateral prices together, in millionths;
    `liquidatable_at` the first timestamp at which interest alone makes HF < 1, at most 50 years ahead.
    """

    collateral: tuple[PriceFall, ...]
    uniform_drop_ppm: int | None
    liquidatable_at: int | None


def _is_below(market: Market, account: Account, at: int) -> bool:
    return account_data(market, account, at).health_factor < WAD


def _source(market: Market, account: Account, reserve: Reserve) -> Category | None:
    """The category whose own source prices this reserve for this account, if one does (3.1 and before)."""
    category = market.category(account.emode)
    priced_by_source = market.rules.emode_price_source and category.has_price_source and bool(category.price)
    return category if priced_by_source and in_category(market, reserve, category) else None


def _with_price(market: Market, account: Account, reserve: Reserve, price: int) -> Market:
    source = _source(market, account, reserve)
    if source is not None:
        return replace(market, categories={**market.categories, source.id: replace(source, price=price)})
    return replace(market, reserves={**market.reserves, reserve.id: replace(reserve, price=price)})


def _collateral_reserves(market: Market, account: Account) -> list[Reserve]:
    return [
        market.reserves[position.reserve_id]
        for position in account.positions
        if position.is_collateral and position.scaled_supply
    ]


def _only_its_reserves(market: Market, account: Account) -> Market:
    ids = [position.reserve_id for position in account.positions if position.reserve_id in market.reserves]
    return replace(market, reserves={reserve_id: market.reserves[reserve_id] for reserve_id in ids})


def liquidation_price(market: Market, account: Account, reserve: Reserve, at: int) -> int | None:
    """The largest integer price of `reserve` (others equal) at which HF < 1, in base units, found by bisection.

    None when the account is already below 1, or stays at 1 or above down to a price of 0 (1 where an e-mode source
    sets it: a source at 0 is ignored by the contract). The price of an asset that is also borrowed moves both sides.
    """
    source = _source(market, account, reserve)
    lowest = 0 if source is None else 1
    price = reserve.require_price() if source is None else source.require_source_price()
    narrowed = _only_its_reserves(market, account)

    def below_after_fall(fall: int) -> bool:
        return _is_below(_with_price(narrowed, account, reserve, price - fall), account, at)

    fall = first_true(below_after_fall, 0, price - lowest)
    return None if fall is None else price - fall


def _with_fallen_collateral(market: Market, account: Account, drop: int) -> Market:
    """Every collateral's own price, and the e-mode source that prices it, `drop` millionths lower (rounded down)."""
    reserves, categories = dict(market.reserves), dict(market.categories)
    for reserve in _collateral_reserves(market, account):
        source = _source(market, account, reserve)
        if source is not None:
            fallen_source = source.require_source_price() * (PPM - drop) // PPM
            categories[source.id] = replace(source, price=fallen_source)
        if reserve.price is not None:
            reserves[reserve.id] = replace(reserve, price=reserve.price * (PPM - drop) // PPM)
    return replace(market, reserves=reserves, categories=categories)


def uniform_drop_ppm(market: Market, account: Account, at: int) -> int | None:
    """The smallest fall of all collateral prices together, in millionths (prices rounded down), with HF < 1.

    A collateral that is also borrowed moves on both sides.
    """
    narrowed = _only_its_reserves(market, account)

    def below_after_drop(drop: int) -> bool:
        return _is_below(_with_fallen_collateral(narrowed, account, drop), account, at)

    return first_true(below_after_drop, 0, PPM)


def liquidatable_at(market: Market, account: Account, at: int) -> int | None:
    """The first timestamp after `at` at which interest alone, at today's rates and prices, makes HF < 1.

    Supply interest may lift the health factor first: the end of the horizon decides, because debt compounds and
    supply does not (see the module). None when it stays at 1 or above for 50 years, or is below already.
    """
    narrowed = _only_its_reserves(market, account)

    def below_later(when: int) -> bool:
        try:
            return _is_below(narrowed, account, when)
        except ArithmeticOverflow:
            if when == at:
                raise
            return True  # only a debt can grow past uint256, long after it outgrew the collateral

    return first_true(below_later, at, at + HORIZON)


def projections(market: Market, account: Account, at: int) -> Projections | None:
    """All projections of an account with debt at timestamp `at`; None for one without debt.

    Raises UnpricedReserve and ArithmeticOverflow as `account_data` does.
    """
    if account_data(market, account, at).total_debt_base == 0:
        return None
    falls = []
    for reserve in _collateral_reserves(market, account):
        source = _source(market, account, reserve)
        price = reserve.require_price() if source is None else source.require_source_price()
        boundary = liquidation_price(market, account, reserve, at)
        drop = None if boundary is None else (price - boundary) / price
        falls.append(PriceFall(reserve.asset, price, boundary, drop))
    return Projections(tuple(falls), uniform_drop_ppm(market, account, at), liquidatable_at(market, account, at))

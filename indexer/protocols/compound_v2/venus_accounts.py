"""Accounts with no more collateral than the pool's minimum: Venus liquidates them as a whole, or heals them.

`Comptroller.liquidateAccount` where the collateral covers all debts with the incentive, `healAccount` where it does
not. Each is one transaction and several of our terms: an order each, or a market each, all of them or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indexer.errors import ArithmeticOverflow
from indexer.protocols.compound_v2.accrual import accrue, borrow_balance, exchange_rate
from indexer.protocols.compound_v2.liquidation import bonus_bps, may_be_seized, seize_ratio, slot
from indexer.protocols.compound_v2.liquidity import liquidity, token_value
from indexer.protocols.compound_v2.state import Market, Pool, Position, UnpricedMarket, UnreadMarket
from indexer.units import WAD, mul_div_floor, uint256
from indexer.words import Gate, LiquidationKind, Terms


@dataclass(frozen=True, slots=True)
class Part:
    """What happens in one order, or when healing in one market."""

    borrowed: Market
    collateral: Market
    repaid: int
    seized: int
    fee: int
    debt: int
    bad_debt: int = 0


def whole_account_terms(pool: Pool, positions: Sequence[Position], number: int, at: int) -> tuple[Terms, ...]:
    """The parts of the transaction the Comptroller would take; none where it takes neither, or nothing can be read."""
    entered = [position for position in positions if position.is_member]
    if not any(position.debt for position in entered):
        return ()
    try:
        moved = {p.market: _accrued(pool, p.market, number, at) for p in entered}
        accrued = replace(pool, markets={**pool.markets, **moved})
        return _heal(accrued, entered) or _liquidate(pool, accrued, entered)
    except (UnpricedMarket, UnreadMarket, ArithmeticOverflow):
        return ()


def heal_percentage(pool: Pool, collateral: int, debt: int) -> int:
    """`healAccount`: the part of each debt that is repaid, collateral / (debt x incentive), truncated twice."""
    return mul_div_floor(collateral, WAD, pool.rules.multiply(debt, pool.incentive))


def _accrued(pool: Pool, name: str, number: int, at: int) -> Market:
    market = pool.markets[name]
    return accrue(market, pool.rules, slot(market, number, at))


def _heal(accrued: Pool, entered: Sequence[Position]) -> tuple[Terms, ...]:
    """`healAccount`, on accrued markets: all collateral for a part of every debt; the rest becomes bad debt."""
    sums = liquidity(accrued.markets, accrued.rules, entered)
    if sums.collateral > accrued.min_liquidatable_collateral or sums.shortfall == 0:
        return ()
    percentage = heal_percentage(accrued, sums.collateral, sums.debt)
    if percentage > WAD:
        return ()
    parts, gates = [], []
    for position in entered:
        market = accrued.markets[position.market]
        debt = borrow_balance(position, market)
        repaid = mul_div_floor(percentage, debt, WAD)
        fee = _fee(accrued, market, position.supply)
        gates += _heal_gates(market, position, debt, repaid, fee)
        parts.append(Part(market, market, repaid, position.supply, fee, debt, debt - repaid))
    return tuple(_terms(accrued, part, gates, percentage) for part in parts)


def _heal_gates(market: Market, position: Position, debt: int, repaid: int, fee: int) -> list[Gate]:
    gates = []
    if (position.supply and market.seize_paused) or (repaid and market.repay_paused):
        gates.append(Gate.RESERVE_PAUSED)
    if _leaves(market, fee) > market.require("cash") or debt > market.total_borrows:
        gates.append(Gate.INSUFFICIENT_LIQUIDITY)
    return gates


def _liquidate(stored: Pool, accrued: Pool, entered: Sequence[Position]) -> tuple[Terms, ...]:
    """`liquidateAccount`: decided on stored values, executed on accrued ones, all debts repaid to the wei."""
    sums = liquidity(stored.markets, stored.rules, entered)
    wanted = stored.rules.multiply(stored.incentive, sums.debt)
    small = sums.collateral <= stored.min_liquidatable_collateral
    if not small or sums.shortfall == 0 or wanted >= sums.collateral:
        return ()
    parts, gates = _orders(accrued, entered)
    return tuple(_terms(accrued, part, gates) for part in parts)


def _orders(accrued: Pool, entered: Sequence[Position]) -> tuple[list[Part], list[Gate]]:
    """Every debt against the most valuable collateral that is left; no parts where that does not cover all debts."""
    markets = dict(accrued.markets)
    held = {p.market: p.supply for p in entered if p.supply and may_be_seized(accrued.rules, p)}
    best_first = sorted(held, key=lambda name: (-held[name] * token_value(markets[name], accrued.rules), name))
    parts: list[Part] = []
    gates: list[Gate] = []
    for position in entered:
        left = borrow_balance(position, markets[position.market])
        for name in best_first:
            if left == 0:
                break
            part = _order(accrued, markets, position.market, name, left, held[name])
            if part.repaid == 0:
                continue
            gates += _order_gates(part)
            _apply(markets, part)
            held[name] -= part.seized
            left -= part.repaid
            parts.append(part)
        if left:
            return [], []
    return parts, gates


def _order(pool: Pool, markets: Mapping[str, Market], borrowed: str, collateral: str, left: int, held: int) -> Part:
    """The most of a debt that what is left of a collateral pays."""
    owed_in, taken_from = markets[borrowed], markets[collateral]
    ratio = seize_ratio(pool, owed_in, taken_from)
    repaid = min(left, ((held + 1) * WAD - 1) // ratio) if ratio else left
    seized = mul_div_floor(ratio, repaid, WAD)
    return Part(owed_in, taken_from, repaid, seized, _fee(pool, taken_from, seized), left)


def _order_gates(part: Part) -> list[Gate]:
    gates = []
    if part.borrowed.liquidation_paused or part.borrowed.repay_paused or part.collateral.seize_paused:
        gates.append(Gate.RESERVE_PAUSED)
    paid_in = part.repaid if part.borrowed.address == part.collateral.address else 0
    cash = part.collateral.require("cash") + paid_in
    if _leaves(part.collateral, part.fee) > cash or part.repaid > part.borrowed.total_borrows:
        gates.append(Gate.INSUFFICIENT_LIQUIDITY)
    return gates


def _apply(markets: dict[str, Market], part: Part) -> None:
    """What an order changes for the next one: `_repayBorrowFresh`, then `_seize`."""
    name, taken_from = part.borrowed.address, part.collateral.address
    leaves = _leaves(part.collateral, part.fee)
    borrowed = markets[name]
    markets[name] = replace(
        borrowed, cash=borrowed.require("cash") + part.repaid, total_borrows=borrowed.total_borrows - part.repaid
    )
    collateral = markets[taken_from]
    markets[taken_from] = replace(
        collateral, cash=collateral.require("cash") - leaves, total_supply=collateral.total_supply - part.fee
    )


def _fee(pool: Pool, market: Market, seized: int) -> int:
    return pool.rules.protocol_share(seized, market.require("seize_share"), pool.incentive)


def _leaves(market: Market, fee: int) -> int:
    """Underlying of the protocol's part, which goes to its reserve at once."""
    return mul_div_floor(exchange_rate(market), fee, WAD)


def _terms(pool: Pool, part: Part, gates: Sequence[Gate], percentage: int | None = None) -> Terms:
    """One part; the gates are those of the whole transaction."""
    got = mul_div_floor(token_value(part.collateral, pool.rules), part.seized - part.fee, WAD)
    details = {"seize_tokens": part.seized, "debt": part.debt, "exchange_rate": exchange_rate(part.collateral)}
    if percentage is not None:
        details |= {"heal_percentage": percentage, "bad_debt": part.bad_debt}
    return Terms(
        debt_asset=part.borrowed.asset,
        collateral_asset=part.collateral.address,
        max_debt_to_cover=part.repaid,
        collateral_to_liquidator=part.seized - part.fee,
        protocol_fee=part.fee,
        bonus_bps=bonus_bps(pool) if percentage is None else None,
        close_factor_bps=None,
        gross_bonus_value=got - uint256(part.borrowed.require_price() * part.repaid) // WAD,
        gates=tuple(dict.fromkeys(gates)),
        kind=LiquidationKind.WHOLE_ACCOUNT,
        details=details,
    )

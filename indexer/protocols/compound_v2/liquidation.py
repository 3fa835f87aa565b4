"""What `liquidateBorrow` does when asked for the most it takes, for every pair, and every reason it would refuse.

`CToken.liquidateBorrow(Fresh)` accrues the borrowed and the collateral cToken, no other; then the Comptroller's
`liquidateBorrowAllowed`, `liquidateCalculateSeizeTokens` and `seizeAllowed` decide on what is stored. The liquidator
receives cTokens, so a pair's collateral asset is the cToken. Any cToken the borrower holds can be seized, entered or
not (Compound; a descendant's rules may differ).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.errors import ArithmeticOverflow
from indexer.protocols.compound_v2.accrual import accrue, borrow_balance, exchange_rate
from indexer.protocols.compound_v2.liquidity import liquidity, token_value
from indexer.protocols.compound_v2.rules import Rules
from indexer.protocols.compound_v2.state import Market, Pool, Position, UnpricedMarket, UnreadMarket
from indexer.units import PERCENTAGE_FACTOR, WAD, mul_div_floor, uint256, wad_to_bps
from indexer.words import Gate, Terms


@dataclass(frozen=True, slots=True)
class Pair:
    """A borrowed and a collateral market, accrued, and the account's positions in them."""

    borrowed: Market
    collateral: Market
    owed: int
    held: int


def liquidation_terms(pool: Pool, positions: Sequence[Position], number: int, at: int) -> tuple[Terms, ...]:
    """Every pair as a transaction in block `number` at timestamp `at` would find it, best first."""
    owing = [position for position in positions if position.debt]
    holding = [position for position in positions if position.supply and may_be_seized(pool.rules, position)]
    found = [_terms(pool, positions, owed, held, number, at) for owed in owing for held in holding]
    return tuple(sorted(found, key=lambda terms: (not terms.allowed, -terms.gross_bonus_value)))


def may_be_seized(rules: Rules, position: Position) -> bool:
    """`seizeAllowed`: whether membership matters."""
    return position.is_member or not rules.seizes_only_entered


def slot(market: Market, number: int, at: int) -> int:
    """What accrual counts: the block's number, or its timestamp."""
    return at if market.by_seconds else number


def seize_ratio(pool: Pool, borrowed: Market, collateral: Market) -> int:
    """`liquidateCalculateSeizeTokens`: cTokens for 1e18 raw units repaid."""
    numerator = pool.rules.multiply(pool.incentive, borrowed.require_price())
    denominator = pool.rules.multiply(collateral.require_price(), exchange_rate(collateral))
    return mul_div_floor(numerator, WAD, denominator)


def max_repay(pool: Pool, pair: Pair, ratio: int) -> tuple[int, int]:
    """The largest repayment all parts accept, and the cTokens it seizes.

    The close factor (nothing, where the debt is forced), the borrower's cTokens (asking for more reverts), and the
    market's `totalBorrows`, which truncation may leave below the debt of its last borrower.
    """
    allowed = pair.owed if pair.borrowed.forced else mul_div_floor(pool.close_factor, pair.owed, WAD)
    repay = min(allowed, pair.borrowed.total_borrows)
    if ratio:
        repay = min(repay, ((pair.held + 1) * WAD - 1) // ratio)
    return repay, mul_div_floor(ratio, repay, WAD)


def _terms(pool: Pool, positions: Sequence[Position], owed: Position, held: Position, number: int, at: int) -> Terms:
    try:
        pair, accrued = _accrued(pool, owed, held, number, at)
        _require_settings(pool, pair.borrowed)
        gates = _gates(pool, pair, accrued, positions)
        ratio = seize_ratio(pool, pair.borrowed, pair.collateral)
        repay, seized = max_repay(pool, pair, ratio)
        fee = pool.rules.protocol_share(seized, pair.collateral.require("seize_share"), pool.incentive)
        bonus = _bonus_value(pool, pair, repay, seized - fee)
    except UnpricedMarket:
        return _nothing(pool, owed, held, Gate.UNPRICED)
    except (UnreadMarket, ArithmeticOverflow):
        return _nothing(pool, owed, held, Gate.UNREADABLE)
    if repay == 0:
        gates = (*gates, Gate.ZERO_AMOUNT)
    if pool.rules.share_leaves_market and not _cash_covers(pair, repay, fee):
        gates = (*gates, Gate.INSUFFICIENT_LIQUIDITY)
    return Terms(
        debt_asset=pair.borrowed.asset,
        collateral_asset=pair.collateral.address,
        max_debt_to_cover=repay,
        collateral_to_liquidator=seized - fee,
        protocol_fee=fee,
        bonus_bps=bonus_bps(pool),
        close_factor_bps=_close_factor_bps(pool, pair.borrowed),
        gross_bonus_value=bonus,
        gates=gates,
        details={"seize_tokens": seized, "debt": pair.owed, "exchange_rate": exchange_rate(pair.collateral)},
    )


def _require_settings(pool: Pool, borrowed: Market) -> None:
    """Raise `UnreadMarket` where what decides was not read. A Comptroller that works has neither word at 0."""
    if borrowed.forced is None:
        raise UnreadMarket(borrowed.address, "reserve_factor")
    if pool.incentive == 0:
        raise UnreadMarket(borrowed.address, "incentive")
    if pool.close_factor == 0 and not borrowed.forced:
        raise UnreadMarket(borrowed.address, "close_factor")


def _accrued(pool: Pool, owed: Position, held: Position, number: int, at: int) -> tuple[Pair, Pool]:
    """The pair after its accrual, and the pool in which only these two have moved."""
    borrowed, collateral = pool.markets[owed.market], pool.markets[held.market]
    borrowed = accrue(borrowed, pool.rules, slot(borrowed, number, at))
    collateral = accrue(collateral, pool.rules, slot(collateral, number, at))
    moved = {**pool.markets, owed.market: borrowed, held.market: collateral}
    pair = Pair(borrowed, collateral, borrow_balance(owed, borrowed), held.supply)
    return pair, Pool(
        pool.rules, moved, pool.close_factor, pool.incentive, pool.seize_paused, pool.min_liquidatable_collateral
    )


def _gates(pool: Pool, pair: Pair, accrued: Pool, positions: Sequence[Position]) -> tuple[Gate, ...]:
    """Why the Comptroller refuses. Raises `UnpricedMarket` where it gives PRICE_ERROR for any entered market."""
    gates: list[Gate] = []
    if pool.seize_paused or pair.collateral.seize_paused or _cannot_be_repaid(pair.borrowed):
        gates.append(Gate.RESERVE_PAUSED)
    if not (pair.borrowed.is_home and pair.collateral.is_home):
        gates.append(Gate.RESERVE_INACTIVE)
    if pair.borrowed.forced:
        return tuple(gates)
    sums = liquidity(accrued.markets, pool.rules, positions)
    if pool.rules.small_accounts_as_a_whole and sums.collateral <= pool.min_liquidatable_collateral:
        gates.append(Gate.WHOLE_ACCOUNT_ONLY)
    if sums.shortfall == 0:
        gates.append(Gate.NOT_LIQUIDATABLE)
    return tuple(gates)


def _cannot_be_repaid(borrowed: Market) -> bool:
    return borrowed.liquidation_paused or borrowed.repay_paused


def _cash_covers(pair: Pair, repay: int, fee: int) -> bool:
    """Whether the collateral's market can pay the protocol's part, after the repayment where it is the same market."""
    paid_in = repay if pair.borrowed.address == pair.collateral.address else 0
    leaves = mul_div_floor(exchange_rate(pair.collateral), fee, WAD)
    return leaves <= pair.collateral.require("cash") + paid_in


def _bonus_value(pool: Pool, pair: Pair, repay: int, to_liquidator: int) -> int:
    """What the liquidator gets less what it pays, at the Comptroller's prices."""
    got = mul_div_floor(token_value(pair.collateral, pool.rules), to_liquidator, WAD)
    return got - uint256(pair.borrowed.require_price() * repay) // WAD


def bonus_bps(pool: Pool) -> int:
    """What a liquidator gets beyond what is repaid, in basis points."""
    return max(0, wad_to_bps(pool.incentive - WAD))


def _close_factor_bps(pool: Pool, borrowed: Market) -> int:
    return PERCENTAGE_FACTOR if borrowed.forced else wad_to_bps(pool.close_factor)


def _nothing(pool: Pool, owed: Position, held: Position, gate: Gate) -> Terms:
    borrowed, collateral = pool.markets[owed.market], pool.markets[held.market]
    return Terms(
        debt_asset=borrowed.asset,
        collateral_asset=collateral.address,
        max_debt_to_cover=0,
        collateral_to_liquidator=0,
        protocol_fee=0,
        bonus_bps=bonus_bps(pool),
        close_factor_bps=_close_factor_bps(pool, borrowed),
        gross_bonus_value=0,
        gates=(gate,),
    )

"""`Morpho.liquidate` (@morpho-org/morpho-blue 1.0.0): what it takes and gives in both forms, and who bears the rest.

There is no close factor: the whole debt may be repaid, or the whole collateral seized.
"""

from dataclasses import dataclass

from indexer.errors import ArithmeticOverflow
from indexer.protocols.morpho_blue.account import account_data
from indexer.protocols.morpho_blue.shares import (
    ORACLE_PRICE_SCALE,
    mul_div_up,
    to_assets_down,
    to_assets_up,
    to_shares_up,
    uint128,
    w_div_down,
    w_div_up,
    w_mul_down,
)
from indexer.protocols.morpho_blue.state import Market, Position
from indexer.units import PERCENTAGE_FACTOR, WAD, mul_div_floor, wad_to_bps
from indexer.words import Gate, Terms

LIQUIDATION_CURSOR = 3 * WAD // 10
MAX_LIQUIDATION_INCENTIVE_FACTOR = 115 * WAD // 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """One liquidation: its two arguments, and what the log `Liquidate` says of it."""

    seized_argument: int
    shares_argument: int
    repaid_assets: int
    repaid_shares: int
    seized_assets: int
    bad_debt_assets: int
    bad_debt_shares: int


def liquidation_incentive_factor(lltv: int) -> int:
    """min(1.15, 1 / (1 - 0.3 (1 - lltv))) in wad, each step rounded down."""
    return min(MAX_LIQUIDATION_INCENTIVE_FACTOR, w_div_down(WAD, WAD - w_mul_down(LIQUIDATION_CURSOR, WAD - lltv)))


def seize(market: Market, position: Position, seized_assets: int) -> Outcome:
    """`liquidate(params, borrower, seizedAssets, 0, "")` on an accrued market.

    The quote, its division by the incentive and the shares round up. Raises ArithmeticOverflow where it reverts.
    """
    quoted = mul_div_up(seized_assets, market.require_price(), ORACLE_PRICE_SCALE)
    repaid_shares = to_shares_up(
        w_div_up(quoted, liquidation_incentive_factor(market.params.lltv)),
        market.total_borrow_assets,
        market.total_borrow_shares,
    )
    return _outcome(market, position, (seized_assets, 0), repaid_shares, seized_assets)


def repay(market: Market, position: Position, repaid_shares: int) -> Outcome:
    """`liquidate(params, borrower, 0, repaidShares, "")` on an accrued market.

    Assets of the shares, their product with the incentive and the collateral round down. Raises ArithmeticOverflow
    where it reverts: at price 0 for one.
    """
    assets = to_assets_down(repaid_shares, market.total_borrow_assets, market.total_borrow_shares)
    with_incentive = w_mul_down(assets, liquidation_incentive_factor(market.params.lltv))
    seized_assets = mul_div_floor(with_incentive, ORACLE_PRICE_SCALE, market.require_price())
    return _outcome(market, position, (0, repaid_shares), repaid_shares, seized_assets)


def _outcome(
    market: Market, position: Position, arguments: tuple[int, int], repaid_shares: int, seized_assets: int
) -> Outcome:
    repaid_assets = to_assets_up(repaid_shares, market.total_borrow_assets, market.total_borrow_shares)
    shares_left = uint128(position.borrow_shares - uint128(repaid_shares))
    total_shares = uint128(market.total_borrow_shares - repaid_shares)
    total_assets = uint128(max(market.total_borrow_assets - repaid_assets, 0))
    collateral_left = uint128(position.collateral - uint128(seized_assets))
    bad_assets = bad_shares = 0
    if collateral_left == 0:
        bad_shares = shares_left
        bad_assets = min(total_assets, to_assets_up(bad_shares, total_assets, total_shares))
        uint128(market.total_supply_assets - bad_assets)
    return Outcome(*arguments, repaid_assets, repaid_shares, seized_assets, bad_assets, bad_shares)


def largest(market: Market, position: Position) -> Outcome:
    """The most a liquidator can do: repay every share where the collateral pays for it, else seize everything.

    Exactly one of the two fits: where repaying all would seize more than there is, seizing all needs no more shares
    than there are. Raises ArithmeticOverflow where both revert.
    """
    try:
        return repay(market, position, position.borrow_shares)
    except ArithmeticOverflow:
        if position.collateral == 0:
            raise
        return seize(market, position, position.collateral)


def liquidation_terms(market: Market, position: Position) -> tuple[Terms, ...]:
    """The one pair of a position in an accrued market; empty without debt or collateral.

    `details` names the call: `liquidate(params, borrower, seized_assets_argument, repaid_shares_argument, "")`.
    """
    if position.borrow_shares == 0 or position.collateral == 0:
        return ()
    gates = () if not account_data(market, position).is_healthy else (Gate.NOT_LIQUIDATABLE,)
    factor = liquidation_incentive_factor(market.params.lltv)
    try:
        most = largest(market, position)
    except ArithmeticOverflow:
        most, gates = Outcome(0, 0, 0, 0, 0, 0, 0), (*gates, Gate.UNREADABLE)
    value = mul_div_floor(most.seized_assets, market.require_price(), ORACLE_PRICE_SCALE)
    return (
        Terms(
            debt_asset=market.params.loan_token,
            collateral_asset=market.params.collateral_token,
            max_debt_to_cover=most.repaid_assets,
            collateral_to_liquidator=most.seized_assets,
            protocol_fee=0,
            bonus_bps=wad_to_bps(factor - WAD),
            close_factor_bps=PERCENTAGE_FACTOR,
            gross_bonus_value=value - most.repaid_assets,
            gates=gates,
            details={
                "seized_assets_argument": most.seized_argument,
                "repaid_shares_argument": most.shares_argument,
                "repaid_shares": most.repaid_shares,
                "bad_debt_assets": most.bad_debt_assets,
                "bad_debt_shares": most.bad_debt_shares,
                "liquidation_incentive_factor_wad": factor,
            },
        ),
    )

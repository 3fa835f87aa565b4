"""Interest up to a timestamp: `Morpho._accrueInterest` (@morpho-org/morpho-blue 1.0.0)."""

from dataclasses import dataclass, replace

from indexer.errors import ArithmeticOverflow
from indexer.protocols.morpho_blue.adaptive_curve import CurveRate, curve_rate
from indexer.protocols.morpho_blue.shares import to_shares_down, uint128, w_mul_down, w_taylor_compounded
from indexer.protocols.morpho_blue.state import Market, UnreadableRate


@dataclass(frozen=True, slots=True)
class Accrued:
    """A market after an accrual, the interest and the shares the fee recipient got, and the rate (wad a second)."""

    market: Market
    interest: int = 0
    fee_shares: int = 0
    borrow_rate: int = 0


def borrow_rate(market: Market, at: int) -> int:
    """`IIrm.borrowRateView(params, market)` at timestamp `at`, 0 without an IRM. Raises UnreadableRate."""
    if not market.params.bears_interest:
        return 0
    if market.is_adaptive:
        return _adaptive(market, at).borrow_rate
    if market.borrow_rate is None:
        raise UnreadableRate(market.id)
    return market.borrow_rate


def accrued(market: Market, at: int) -> Accrued:
    """The market as any accruing call at timestamp `at` sees it.

    Interest rounds down, the fee's shares round down. Raises UnreadableRate, and ArithmeticOverflow where it reverts.
    """
    elapsed = at - market.last_update
    if elapsed < 0:
        raise ArithmeticOverflow(elapsed)
    if elapsed == 0:
        return Accrued(market)
    if not market.params.bears_interest:
        return Accrued(replace(market, last_update=at))
    rate = borrow_rate(market, at)
    interest = w_mul_down(market.total_borrow_assets, w_taylor_compounded(rate, elapsed))
    borrow_assets = uint128(market.total_borrow_assets + uint128(interest))
    supply_assets = uint128(market.total_supply_assets + interest)
    fee_shares = 0
    if market.fee:
        fee_amount = w_mul_down(interest, market.fee)
        fee_shares = to_shares_down(fee_amount, supply_assets - fee_amount, market.total_supply_shares)
    after = replace(
        market,
        total_supply_assets=supply_assets,
        total_supply_shares=uint128(market.total_supply_shares + fee_shares),
        total_borrow_assets=borrow_assets,
        last_update=at,
        rate_at_target=_adaptive(market, at).rate_at_target if market.is_adaptive else market.rate_at_target,
    )
    return Accrued(after, interest, fee_shares, rate)


def _adaptive(market: Market, at: int) -> CurveRate:
    """Every market has a rate at target since the block of its creation: 0 is one whose log was missed."""
    if market.rate_at_target == 0:
        raise UnreadableRate(market.id)
    elapsed = at - market.last_update
    return curve_rate(market.total_supply_assets, market.total_borrow_assets, market.rate_at_target, elapsed)

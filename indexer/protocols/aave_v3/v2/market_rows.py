"""One row a reserve of Aave V2, and what its tokens say they are worth, for `verify`."""

from collections.abc import Iterator

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import address
from indexer.protocols._interface import Claim, MarketRow, Truth
from indexer.protocols.aave_v3.accrual import normalized_debt, normalized_income
from indexer.protocols.aave_v3.state import Market, Reserve
from indexer.protocols.aave_v3.v2.special_tokens import is_special
from indexer.protocols.aave_v3.v2.token_events import StableSupply
from indexer.units import ray_mul_half_up

_FLAGS = ("active", "frozen", "borrowing", "stable_borrowing")
_TOKENS = {"supplied": "atoken", "borrowed_variable": "vdebt", "borrowed_stable": "sdebt"}


def supplies(market: Market, rows: DeploymentBook, reserve: Reserve, at: int) -> dict[str, int] | None:
    """`totalSupply()` of aToken, variable and stable debt token at `at`, raw token units; None where they revert."""
    fields = rows.markets[reserve.asset]
    stable = StableSupply(
        fields.get("stable_total", 0), fields.get("stable_average", 0), fields.get("stable_total_updated", 0)
    )
    try:
        return {
            "supplied": ray_mul_half_up(fields.get("total_supply", 0), normalized_income(reserve, at)),
            "borrowed_variable": ray_mul_half_up(
                fields.get("total_debt", 0), normalized_debt(reserve, market.rules, at)
            ),
            "borrowed_stable": stable.at(at),
        }
    except ArithmeticOverflow:
        return None


def market_rows(market: Market, rows: DeploymentBook, at: int) -> list[MarketRow]:
    """Reserves by id. Amounts in raw token units accrued to `at`, rates in ray, percentages in basis points."""
    return [_row(market, rows, market.reserves[reserve_id], at) for reserve_id in sorted(market.reserves)]


def _row(market: Market, rows: DeploymentBook, reserve: Reserve, at: int) -> MarketRow:
    sizes: dict[str, int | None] = dict.fromkeys((*_TOKENS, "borrowed"))
    found = None if is_special(reserve.asset) else supplies(market, rows, reserve, at)
    if found is not None:
        sizes.update(found, borrowed=found["borrowed_variable"] + found["borrowed_stable"])
    return MarketRow(
        market=reserve.asset,
        asset=reserve.asset,
        amounts={
            "price": reserve.price,
            **sizes,
            "cash": reserve.cash,
            "liquidity_rate_ray": reserve.liquidity_rate,
            "variable_borrow_rate_ray": reserve.variable_borrow_rate,
            "average_stable_rate_ray": rows.markets[reserve.asset].get("stable_average", 0),
        },
        facts={
            "reserve_id": reserve.id,
            "decimals": reserve.setting("decimals"),
            "ltv_bps": reserve.setting("ltv"),
            "liquidation_threshold_bps": reserve.setting("liquidation_threshold"),
            "liquidation_bonus_bps": max(reserve.setting("liquidation_bonus") - 10_000, 0),
            "reserve_factor_bps": reserve.setting("reserve_factor"),
            "paused": bool(rows.own.get("paused", 0)),
            "grace_until": reserve.grace_until,
            **{name: bool(reserve.setting(name)) for name in _FLAGS},
        },
    )


def supply_claims(market: Market, rows: DeploymentBook, at: int) -> Iterator[Claim]:
    """What each token's `totalSupply()` answers."""
    for reserve in market.reserves.values():
        if is_special(reserve.asset):
            continue
        found = supplies(market, rows, reserve, at)
        for name, token in _TOKENS.items():
            truth = Truth(address(rows.markets[reserve.asset].get(token, 0)), "totalSupply()", (), (name,))
            yield Claim(truth, None if found is None else {name: found[name]}, reserve.asset)

"""Logs of a Venus pool's Comptroller: what differs from Compound's."""

from indexer.evm import Log, address
from indexer.protocols.compound_v2 import comptroller_logs
from indexer.protocols.compound_v2.context import Context
from indexer.protocols.compound_v2.venus_interfaces import EVERY_BLOCK, VTOKEN, WHEN_ABSENT

# `ComptrollerInterface.Action` by number: those a liquidation meets.
PAUSES = {3: "repay_paused", 4: "seize_paused", 5: "liquidate_paused"}

# What only reads fill: kept, it would grow old, and an indexer that came later would not have it.
READ_WHILE_LISTED = ("price", "next_price", "decimals", *EVERY_BLOCK, *WHEN_ABSENT)


def market_supported(context: Context, _: Log, values: dict[str, int]) -> None:
    """`supportMarket`: the vToken becomes a market; its underlying and its clock never change."""
    where = context.market(values["cToken"])
    vtoken = address(where.market)
    context.draft.set(where, "listed", 1)
    context.draft.set(where, "asset", context.fact(VTOKEN.call("underlying", vtoken)) or 0)
    context.draft.set(where, "by_seconds", context.fact(VTOKEN.call("isTimeBased", vtoken)) or 0)
    context.draft.set(where, "accrual", None)
    context.draft.touch(where)


def market_unlisted(context: Context, _: Log, values: dict[str, int]) -> None:
    """`unlistMarket`: what accounts hold and owe there counts no longer, and nothing is read of it any more."""
    where = context.market(values["cToken"])
    context.draft.set(where, "listed", 0)
    for field in READ_WHILE_LISTED:
        context.draft.set(where, field, None)


def new_liquidation_threshold(context: Context, _: Log, values: dict[str, int]) -> None:
    """What collateral of this market counts against a liquidation."""
    where = context.market(values["cToken"])
    context.draft.set(where, "liquidation_threshold", values["newLiquidationThresholdMantissa"])


def new_min_liquidatable_collateral(context: Context, _: Log, values: dict[str, int]) -> None:
    """Up to this much collateral an account is liquidated as a whole."""
    context.draft.set(context.own, "min_collateral", values["newMinLiquidatableCollateral"])


def action_paused(context: Context, _: Log, values: dict[str, int]) -> None:
    """One action of one market, paused or resumed."""
    field = PAUSES.get(values["action"])
    if field is not None:
        context.draft.set(context.market(values["cToken"]), field, values["pauseState"])


def forced_liquidation(context: Context, _: Log, values: dict[str, int]) -> None:
    """Debt of this market may be liquidated without a shortfall, or no longer."""
    context.draft.set(context.market(values["cToken"]), "forced", values["enable"])


HANDLERS = {
    "MarketSupported": market_supported,
    "MarketUnlisted": market_unlisted,
    "MarketEntered": comptroller_logs.market_entered,
    "MarketExited": comptroller_logs.market_exited,
    "NewCloseFactor": comptroller_logs.new_close_factor,
    "NewCollateralFactor": comptroller_logs.new_collateral_factor,
    "NewLiquidationThreshold": new_liquidation_threshold,
    "NewLiquidationIncentive": comptroller_logs.new_liquidation_incentive,
    "NewMinLiquidatableCollateral": new_min_liquidatable_collateral,
    "NewPriceOracle": comptroller_logs.new_price_oracle,
    "ActionPausedMarket": action_paused,
    "IsForcedLiquidationEnabledUpdated": forced_liquidation,
}

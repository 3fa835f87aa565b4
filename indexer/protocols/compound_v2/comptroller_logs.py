"""Logs of the Comptroller: markets, memberships, configuration, pauses, upgrades."""

from indexer.evm import Log, address
from indexer.protocols.compound_v2.context import Context
from indexer.protocols.compound_v2.generations import generation, implementation_probes
from indexer.protocols.compound_v2.interfaces import CTOKEN, NATIVE, NATIVE_DECIMALS

SEIZE, BORROW = b"Seize", b"Borrow"


def market_listed(context: Context, _: Log, values: dict[str, int]) -> None:
    """`_supportMarket`: the cToken becomes a market; without `underlying()` it holds Ether."""
    where = context.market(values["cToken"])
    underlying = context.fact(CTOKEN.call("underlying", address(where.market)))
    asset = address(underlying) if underlying else NATIVE
    context.draft.set(where, "listed", 1)
    context.draft.set(where, "asset", int(asset, 16))
    if asset == NATIVE:
        context.draft.set(where, "decimals", NATIVE_DECIMALS)
    context.draft.touch(where)


def market_entered(context: Context, _: Log, values: dict[str, int]) -> None:
    """The account's cTokens of this market are collateral from now on."""
    context.draft.set(context.position(values["cToken"], values["account"]), "member", 1)


def market_exited(context: Context, _: Log, values: dict[str, int]) -> None:
    """The account's cTokens of this market are no collateral any more."""
    context.draft.set(context.position(values["cToken"], values["account"]), "member", 0)


def new_close_factor(context: Context, _: Log, values: dict[str, int]) -> None:
    """The part of a debt that one liquidation may repay."""
    context.draft.set(context.own, "close_factor", values["newCloseFactorMantissa"])


def new_liquidation_incentive(context: Context, _: Log, values: dict[str, int]) -> None:
    """What a liquidator gets for 1 repaid."""
    context.draft.set(context.own, "incentive", values["newLiquidationIncentiveMantissa"])


def new_collateral_factor(context: Context, _: Log, values: dict[str, int]) -> None:
    """What collateral of this market counts."""
    where = context.market(values["cToken"])
    context.draft.set(where, "collateral_factor", values["newCollateralFactorMantissa"])


def new_price_oracle(context: Context, _: Log, values: dict[str, int]) -> None:
    """All prices come from there from now on."""
    context.draft.set(context.own, "oracle", values["newPriceOracle"])


def action_paused(context: Context, log: Log, values: dict[str, int]) -> None:
    """`ActionPaused(CToken, string, bool)`: borrowing paused is one of the three signs of a deprecated market."""
    if _text(log, 3, 4) == BORROW:
        context.draft.set(context.market(values["cToken"]), "borrow_paused", values["pauseState"])


def action_paused_everywhere(context: Context, log: Log, values: dict[str, int]) -> None:
    """`ActionPaused(string, bool)`: a paused seize forbids every liquidation."""
    if _text(log, 2, 3) == SEIZE:
        context.draft.set(context.own, "seize_paused", values["pauseState"])


def new_implementation(context: Context, _: Log, values: dict[str, int]) -> None:
    """`Unitroller._acceptImplementation`: which generation decides now; the configuration is read again."""
    implementation = address(values["newImplementation"])
    context.draft.set(context.own, "implementation", int(implementation, 16))
    context.draft.set(context.own, "generation", generation_of(context, implementation))
    context.draft.touch(context.own)


def generation_of(context: Context, implementation: str) -> int:
    """The generation of an implementation (`rules.py`) from facts; 0: it is no Comptroller we know."""
    known = [context.fact(call) for call in implementation_probes(address(implementation))]
    return generation(known[1], known[2]) if known[0] == 1 else 0


def _text(log: Log, length_word: int, text_word: int) -> bytes:
    """A short string argument; empty where the log is too short to have one."""
    try:
        return log.word(text_word).to_bytes(32, "big")[: log.word(length_word)]
    except ValueError:
        return b""


HANDLERS = {
    "MarketListed": market_listed,
    "MarketEntered": market_entered,
    "MarketExited": market_exited,
    "NewCloseFactor": new_close_factor,
    "NewCollateralFactor": new_collateral_factor,
    "NewLiquidationIncentive": new_liquidation_incentive,
    "NewPriceOracle": new_price_oracle,
    "ActionPaused": action_paused,
    "NewImplementation": new_implementation,
}
HANDLERS_WIDE = {"ActionPaused": action_paused_everywhere}

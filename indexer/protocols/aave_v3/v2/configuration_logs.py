"""Logs of provider and configurator: which contracts there are, and each reserve's configuration word.

Source: LendingPoolAddressesProvider and LendingPoolConfigurator of protocol-v2 1.0.1. The word's fields lie where V3
has them (`aave_v3.configuration`).
"""

from collections.abc import Callable

from indexer.book import Entity
from indexer.evm import Address, Log
from indexer.protocols.aave_v3.configuration_logs import bits, list_reserve
from indexer.protocols.aave_v3.context import Context, Handler
from indexer.protocols.aave_v3.reads import reserves
from indexer.protocols.aave_v3.v2.discovery import appointed
from indexer.protocols.aave_v3.v2.interfaces import MANAGER, ORACLE, POOL


def apply_provider_log(context: Context, log: Log) -> None:
    """Fold one log of the addresses provider."""
    for field, contract in appointed(log):
        context.draft.set(Entity(context.deployment.name), field, int(contract, 16))
        if field in _APPOINTED:
            _APPOINTED[field](context, contract)
        context.contracts_changed = True


def _implementation(context: Context, contract: Address) -> None:
    own = Entity(context.deployment.name)
    context.draft.set(own, "pool_revision", context.fact(POOL.call("LENDINGPOOL_REVISION", contract)))
    for market in context.draft.markets(context.deployment.name):
        context.draft.touch(Entity(context.deployment.name, market))


def _manager(context: Context, contract: Address) -> None:
    sentinel = context.fact(MANAGER.call("LIQUIDATIONS_GRACE_SENTINEL", contract))
    context.draft.set(Entity(context.deployment.name), "grace_sentinel", sentinel)


def _oracle(context: Context, contract: Address) -> None:
    own = Entity(context.deployment.name)
    for getter, field in (("BASE_CURRENCY", "base_currency"), ("BASE_CURRENCY_UNIT", "base_unit")):
        context.draft.set(own, field, context.fact(ORACLE.call(getter, contract)))
    for market in context.draft.markets(context.deployment.name):
        context.draft.set(Entity(context.deployment.name, market), "source", None)


_APPOINTED: dict[str, Callable[[Context, Address], None]] = {
    "pool_implementation": _implementation,
    "collateral_manager": _manager,
    "oracle": _oracle,
}


def _reserve_initialized(context: Context, _: Log, values: dict[str, int]) -> None:
    listed = reserves(context.deployment, context.draft)
    list_reserve(context, values, len(listed))  # nothing is dropped in V2: `_addReserveToList` counts


CONFIGURATOR_HANDLERS: dict[str, Handler] = {
    "ReserveInitialized": _reserve_initialized,
    "BorrowingEnabledOnReserve": bits(("borrowing", 1), ("stable_borrowing", "stableRateEnabled")),
    "BorrowingDisabledOnReserve": bits(("borrowing", 0)),
    "StableRateEnabledOnReserve": bits(("stable_borrowing", 1)),
    "StableRateDisabledOnReserve": bits(("stable_borrowing", 0)),
    "CollateralConfigurationChanged": bits(
        ("ltv", "ltv"), ("liquidation_threshold", "liquidationThreshold"), ("liquidation_bonus", "liquidationBonus")
    ),
    "ReserveActivated": bits(("active", 1)),
    "ReserveDeactivated": bits(("active", 0)),
    "ReserveFrozen": bits(("frozen", 1)),
    "ReserveUnfrozen": bits(("frozen", 0)),
    "ReserveFactorChanged": bits(("reserve_factor", "factor")),
}

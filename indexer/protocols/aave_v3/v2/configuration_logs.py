"""Logs of provider, configurator and oracle: which contracts there are, and each reserve's configuration word.

Source: LendingPoolAddressesProvider, LendingPoolConfigurator and AaveOracle of protocol-v2 1.0.1. The word's fields
lie where V3 has them (`aave_v3.configuration`).
"""

from collections.abc import Callable

from indexer.book import Entity
from indexer.evm import Address, Log, address
from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.context import Context
from indexer.protocols.aave_v3.v2.discovery import appointed
from indexer.protocols.aave_v3.v2.interfaces import ERC20, MANAGER, ORACLE, POOL
from indexer.units import RAY

Handler = Callable[[Context, Log, dict[str, int]], None]


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
    draft, where = context.draft, context.market(values["asset"])
    decimals = context.fact(ERC20.call("decimals", address(values["asset"]))) or 0
    # Nothing is dropped in V2: `_addReserveToList` counts.
    listed = [m for m in draft.markets(where.deployment) if draft.get(Entity(where.deployment, m), "id") is not None]
    fields = {
        "id": len(listed),
        "configuration": write(write(0, "decimals", decimals), "active", 1),
        "atoken": values["aToken"],
        "vdebt": values["variableDebtToken"],
        "sdebt": values["stableDebtToken"],
        "liquidity_index": RAY,
        "borrow_index": RAY,
        "liquidity_rate": 0,
        "borrow_rate": 0,
        "last_update": 0,
    }
    for field, value in fields.items():
        draft.set(where, field, value)
    draft.touch(where)
    context.contracts_changed = True


def _bits(*fields: tuple[str, str | int]) -> Handler:
    """A handler that writes (configuration field, event value or constant) pairs into the configuration word."""

    def handle(context: Context, _: Log, values: dict[str, int]) -> None:
        where = context.market(values["asset"])
        word = context.draft.number(where, "configuration")
        for name, value in fields:
            word = write(word, name, value if isinstance(value, int) else values[value])
        context.draft.set(where, "configuration", word)
        context.draft.touch(where)

    return handle


def _source_updated(context: Context, _: Log, values: dict[str, int]) -> None:
    where = context.market(values["asset"])
    if context.draft.get(where, "id") is not None:
        context.draft.set(where, "source", values["source"])


CONFIGURATOR_HANDLERS: dict[str, Handler] = {
    "ReserveInitialized": _reserve_initialized,
    "BorrowingEnabledOnReserve": _bits(("borrowing", 1), ("stable_borrowing", "stableRateEnabled")),
    "BorrowingDisabledOnReserve": _bits(("borrowing", 0)),
    "StableRateEnabledOnReserve": _bits(("stable_borrowing", 1)),
    "StableRateDisabledOnReserve": _bits(("stable_borrowing", 0)),
    "CollateralConfigurationChanged": _bits(
        ("ltv", "ltv"), ("liquidation_threshold", "liquidationThreshold"), ("liquidation_bonus", "liquidationBonus")
    ),
    "ReserveActivated": _bits(("active", 1)),
    "ReserveDeactivated": _bits(("active", 0)),
    "ReserveFrozen": _bits(("frozen", 1)),
    "ReserveUnfrozen": _bits(("frozen", 0)),
    "ReserveFactorChanged": _bits(("reserve_factor", "factor")),
}
ORACLE_HANDLERS: dict[str, Handler] = {"AssetSourceUpdated": _source_updated}

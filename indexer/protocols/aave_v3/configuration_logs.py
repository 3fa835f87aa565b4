"""Logs of the pool configurator, folded into each reserve's configuration word and the e-mode categories.

Source: PoolConfigurator and ConfiguratorLogic of 3.0.2 and 3.6; the events of both, and of the revisions between.
"""

from indexer.book import Entity
from indexer.evm import Call, Log, address
from indexer.protocols.aave_v3 import transfer_units
from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.context import Context, Handler
from indexer.protocols.aave_v3.interfaces import ERC20, TOKEN, emode_id, emode_market
from indexer.protocols.aave_v3.revisions import newest_token_revision
from indexer.units import RAY

READ_FIELDS = ("price", "next_price", "source", "cash", "virtual_balance", "grace_until")
"""A reserve's fields that are read each block, not only logged (`reads`)."""


def _next_reserve_id(context: Context) -> int:
    """The first hole, else the count (`PoolLogic.executeInitReserve`)."""
    draft, name = context.draft, context.deployment.name
    taken = {draft.get(Entity(name, market), "id") for market in draft.markets(name) if emode_id(market) is None}
    return next(i for i in range(len(taken) + 1) if i not in taken)


def _reserve_initialized(context: Context, _: Log, values: dict[str, int]) -> None:
    where = context.market(values["asset"])
    revisions = {
        "atoken_revision": TOKEN.call("ATOKEN_REVISION", address(values["aToken"])),
        "vdebt_revision": TOKEN.call("DEBT_TOKEN_REVISION", address(values["variableDebtToken"])),
    }
    list_reserve(context, values, _next_reserve_id(context))
    for field, call in revisions.items():
        context.draft.set(where, field, _first_revision(context, call))
    context.draft.set(where, transfer_units.FIELD, None)


def list_reserve(context: Context, values: dict[str, int], reserve_id: int) -> None:
    """A new reserve from its ReserveInitialized: active, its tokens known, with indices of one."""
    where = context.market(values["asset"])
    decimals = context.fact(ERC20.call("decimals", address(values["asset"]))) or 0
    fields = {
        "id": reserve_id,
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
        context.draft.set(where, field, value)
    context.draft.touch(where)
    context.contracts_changed = True


def _first_revision(context: Context, call: Call) -> int | None:
    """A token's revision when it was listed; later ones come with their upgrade's log.

    The proxy answers the revision of the block it is asked at, so it is cut to what the pool of that time goes with.
    """
    answered = context.fact(call)
    newest = newest_token_revision(context.draft.number(Entity(context.deployment.name), "pool_revision"))
    return answered if answered is None or newest is None else min(answered, newest)


def _reserve_dropped(context: Context, _: Log, values: dict[str, int]) -> None:
    """Forget what is no longer true, what was only read included; tokens and positions keep their names."""
    where = context.market(values["asset"])
    for field in ("id", "configuration", *READ_FIELDS):
        context.draft.set(where, field, None)


def bits(*fields: tuple[str, str | int]) -> Handler:
    """A handler that writes (configuration field, event value or constant) pairs into the configuration word."""

    def handle(context: Context, _: Log, values: dict[str, int]) -> None:
        where = context.market(values["asset"])
        word = context.draft.number(where, "configuration")
        for name, value in fields:
            word = write(word, name, value if isinstance(value, int) else values[value])
        context.draft.set(where, "configuration", word)
        context.draft.touch(where)

    return handle


def _emode_category_added(context: Context, _: Log, values: dict[str, int]) -> None:
    where = Entity(context.deployment.name, emode_market(values["categoryId"]))
    names = {"ltv": "ltv", "threshold": "liquidationThreshold", "bonus": "liquidationBonus", "price_source": "oracle"}
    for field, value in names.items():
        context.draft.set(where, field, values[value])
    if not values["oracle"]:
        for price in ("price", "next_price"):
            context.draft.set(where, price, None)
    context.draft.touch(where)


def _bitmap(field: str, value: str) -> Handler:
    """A handler that sets or clears a reserve's bit in one of a category's bitmaps."""

    def handle(context: Context, _: Log, values: dict[str, int]) -> None:
        where = Entity(context.deployment.name, emode_market(values["categoryId"]))
        reserve_id = context.draft.get(context.market(values["asset"]), "id")
        if reserve_id is None:
            return
        bit, bitmap = 1 << reserve_id, context.draft.number(where, field)
        context.draft.set(where, field, bitmap | bit if values[value] else bitmap & ~bit)
        context.draft.touch(where)

    return handle


def _emode_isolation(context: Context, _: Log, values: dict[str, int]) -> None:
    where = Entity(context.deployment.name, emode_market(values["categoryId"]))
    context.draft.set(where, "isolated", values["isolated"])
    context.draft.touch(where)


def _grace_period(context: Context, _: Log, values: dict[str, int]) -> None:
    where = context.market(values["asset"])
    context.draft.set(where, "grace_until", values.get("gracePeriodUntil", 0))
    context.draft.touch(where)


def _token_upgraded(field: str, getter: str) -> Handler:
    def handle(context: Context, _: Log, values: dict[str, int]) -> None:
        revision = context.fact(TOKEN.call(getter, address(values["implementation"])))
        context.draft.set(context.market(values["asset"]), field, revision)
        context.contracts_changed = True

    return handle


HANDLERS: dict[str, Handler] = {
    "ReserveInitialized": _reserve_initialized,
    "ReserveDropped": _reserve_dropped,
    "CollateralConfigurationChanged": bits(
        ("ltv", "ltv"), ("liquidation_threshold", "liquidationThreshold"), ("liquidation_bonus", "liquidationBonus")
    ),
    "ReserveBorrowing": bits(("borrowing", "enabled")),
    "ReserveStableRateBorrowing": bits(("stable_borrowing", "enabled")),
    "ReserveFlashLoaning": bits(("flashloan", "enabled")),
    "ReserveActive": bits(("active", "active")),
    "ReserveFrozen": bits(("frozen", "frozen")),
    "ReservePaused": bits(("paused", "paused")),
    "ReserveFactorChanged": bits(("reserve_factor", "newReserveFactor")),
    "BorrowCapChanged": bits(("borrow_cap", "newBorrowCap")),
    "SupplyCapChanged": bits(("supply_cap", "newSupplyCap")),
    "LiquidationProtocolFeeChanged": bits(("protocol_fee", "newFee")),
    "UnbackedMintCapChanged": bits(("unbacked_cap", "newUnbackedMintCap")),
    "DebtCeilingChanged": bits(("debt_ceiling", "newDebtCeiling")),
    "SiloedBorrowingChanged": bits(("siloed", "newState")),
    "BorrowableInIsolationChanged": bits(("borrowable_in_isolation", "borrowable")),
    "EModeAssetCategoryChanged": bits(("emode_category", "newCategoryId")),
    "EModeCategoryAdded": _emode_category_added,
    "AssetCollateralInEModeChanged": _bitmap("collateral_bitmap", "collateral"),
    "AssetBorrowableInEModeChanged": _bitmap("borrowable_bitmap", "borrowable"),
    "AssetLtvzeroInEModeChanged": _bitmap("ltvzero_bitmap", "ltvzero"),
    "EModeCategoryIsolationChanged": _emode_isolation,
    "LiquidationGracePeriodChanged": _grace_period,
    "LiquidationGracePeriodDisabled": _grace_period,
    "ATokenUpgraded": _token_upgraded("atoken_revision", "ATOKEN_REVISION"),
    "VariableDebtTokenUpgraded": _token_upgraded("vdebt_revision", "DEBT_TOKEN_REVISION"),
}

"""One block's logs, in order, folded into the draft: who changed, and the exact new integer where the log gives it."""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3 import configuration_logs, provider_logs, token_logs
from indexer.protocols.aave_v3.accrual import normalized_debt, normalized_income
from indexer.protocols.aave_v3.context import Context, Handler, routes
from indexer.protocols.aave_v3.interfaces import CONFIGURATOR, ORACLE, POOL, PROVIDER
from indexer.protocols.aave_v3.revisions import RULES
from indexer.protocols.aave_v3.stored import stored_reserve
from indexer.protocols.aave_v3.token_logs import Token, tokens_by_address


def reserve_data_updated(context: Context, log: Log, values: dict[str, int]) -> None:
    """Rates and indices of a reserve, as the pool has just stored them."""
    where = context.market(values["reserve"])
    context.draft.touch(where)
    fields = {
        "liquidity_rate": values["liquidityRate"],
        "liquidity_index": values["liquidityIndex"],
        "borrow_rate": values["variableBorrowRate"],
        "borrow_index": values["variableBorrowIndex"],
        "last_update": context.timestamp(log),
    }
    for field, value in fields.items():
        context.draft.set(where, field, value)


def collateral(flag: int) -> Handler:
    """A handler that sets whether a user's supply counts as collateral."""

    def handle(context: Context, _: Log, values: dict[str, int]) -> None:
        context.draft.set(context.position(values["reserve"], values["user"]), "collateral", flag)

    return handle


def _emode_set(context: Context, _: Log, values: dict[str, int]) -> None:
    where = Entity(context.deployment.name, "", address(values["user"]))
    context.draft.set(where, "emode", values["categoryId"])


def _liquidation(context: Context, log: Log, values: dict[str, int]) -> None:
    """Accrue the collateral reserve of a liquidation paid in aTokens: from 3.5 on it is stored without any log.

    `LiquidationLogic.executeLiquidationCall` calls `collateralReserve.updateState` first, and with `receiveAToken` no
    rate changes, so no ReserveDataUpdated follows. The borrow index moves only where there is variable debt.
    """
    where, at, draft = context.market(values["collateralAsset"]), context.timestamp(log), context.draft
    rules = RULES.get(draft.number(Entity(context.deployment.name), "pool_revision"))
    if not values["receiveAToken"] or rules is None or not rules.accrues_collateral_unlogged:
        return
    reserve = stored_reserve(where.market, lambda field: draft.get(where, field), None)
    if reserve is None:
        return
    draft.set(where, "liquidity_index", normalized_income(reserve, at))
    if draft.number(where, "total_debt"):
        draft.set(where, "borrow_index", normalized_debt(reserve, rules, at))
    draft.set(where, "last_update", at)
    draft.touch(where)


def _deficit_created(context: Context, _: Log, values: dict[str, int]) -> None:
    where = context.market(values["debtAsset"])
    context.draft.set(where, "deficit", context.draft.number(where, "deficit") + values["amountCreated"])


def _deficit_covered(context: Context, _: Log, values: dict[str, int]) -> None:
    where = context.market(values["reserve"])
    context.draft.set(where, "deficit", context.draft.number(where, "deficit") - values["amountCovered"])


_POOL = routes(
    POOL,
    {
        "ReserveDataUpdated": reserve_data_updated,
        "ReserveUsedAsCollateralEnabled": collateral(1),
        "ReserveUsedAsCollateralDisabled": collateral(0),
        "UserEModeSet": _emode_set,
        "LiquidationCall": _liquidation,
        "DeficitCreated": _deficit_created,
        "DeficitCovered": _deficit_covered,
    },
)
_BY_EMITTER = {
    "provider": routes(PROVIDER, provider_logs.HANDLERS),
    "pool": _POOL,
    "configurator": routes(CONFIGURATOR, configuration_logs.HANDLERS),
    "oracle": routes(ORACLE, provider_logs.ORACLE_HANDLERS),
}


def apply_logs(deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
    """Fold the logs of one block. Raises `DecodeError` for a log that is not what its topic says."""
    context = Context(deployment, draft, facts)
    emitters = _emitters(context)
    tokens = tokens_by_address(context)
    for log in logs:
        token = tokens.get(log.address)
        if token is not None:
            _apply_token_log(context, token, log)
            continue
        route = _BY_EMITTER[emitters[log.address]].get(log.topics[0]) if log.address in emitters else None
        if route is None:
            continue
        route.handle(context, log, route.event.decode(log))
        if context.contracts_changed:
            emitters, tokens = _emitters(context), tokens_by_address(context)
            context.contracts_changed = False


def _apply_token_log(context: Context, token: Token, log: Log) -> None:
    event = token.events.get(log.topics[0])
    if event is not None:
        token_logs.apply(context, token, log, event.name, event.decode(log))


def _emitters(context: Context) -> dict[Address, str]:
    own = Entity(context.deployment.name)
    found = {context.deployment.entry: "provider"}
    for name in ("pool", "configurator", "oracle"):
        if value := context.draft.number(own, name):
            found[address(value)] = name
    return found

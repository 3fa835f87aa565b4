"""One block's logs, in order, folded into the draft."""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3 import provider_logs
from indexer.protocols.aave_v3.block_logs import collateral, reserve_data_updated
from indexer.protocols.aave_v3.context import Context, Handler, Route, routes
from indexer.protocols.aave_v3.v2 import configuration_logs, token_logs
from indexer.protocols.aave_v3.v2.interfaces import CONFIGURATOR, ORACLE, POOL
from indexer.protocols.aave_v3.v2.token_logs import tokens_by_address


def _liquidation(context: Context, _: Log, values: dict[str, int]) -> None:
    """The one repayment that leaves the borrowing bit set when nothing is owed any more (logged after the burns)."""
    where = context.position(values["debtAsset"], values["user"])
    if not context.draft.number(where, "debt") and not context.draft.number(where, "stable"):
        context.draft.set(where, "left_borrowing", 1)


def _paused(flag: int) -> Handler:
    def handle(context: Context, _: Log, values: dict[str, int]) -> None:
        del values
        context.draft.set(Entity(context.deployment.name), "paused", flag)

    return handle


_BY_EMITTER: dict[str, dict[str, Route]] = {
    "pool": routes(
        POOL,
        {
            "ReserveDataUpdated": reserve_data_updated,
            "ReserveUsedAsCollateralEnabled": collateral(1),
            "ReserveUsedAsCollateralDisabled": collateral(0),
            "LiquidationCall": _liquidation,
            "Paused": _paused(1),
            "Unpaused": _paused(0),
        },
    ),
    "configurator": routes(CONFIGURATOR, configuration_logs.CONFIGURATOR_HANDLERS),
    "oracle": routes(ORACLE, provider_logs.ORACLE_HANDLERS),
}


def apply_logs(deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
    """Fold the logs of one block. Raises `DecodeError` for a log that is not what its topic says."""
    context = Context(deployment, draft, facts)
    emitters, tokens = _emitters(context), tokens_by_address(context)
    for log in logs:
        token = tokens.get(log.address)
        if token is not None:
            token_logs.apply(context, token, log)
        elif log.address == deployment.entry:
            configuration_logs.apply_provider_log(context, log)
        elif (route := emitters.get(log.address, {}).get(log.topics[0])) is not None:
            route.handle(context, log, route.event.decode(log))
        if context.contracts_changed:
            emitters, tokens = _emitters(context), tokens_by_address(context)
            context.contracts_changed = False


def _emitters(context: Context) -> dict[Address, dict[str, Route]]:
    own = Entity(context.deployment.name)
    return {address(value): found for name, found in _BY_EMITTER.items() if (value := context.draft.number(own, name))}

"""Logs of the addresses provider and the oracle: which contracts a deployment is made of."""

from indexer.book import Entity
from indexer.evm import Log, address
from indexer.protocols.aave_v3.context import Context
from indexer.protocols.aave_v3.discovery import PROXY_IDS
from indexer.protocols.aave_v3.interfaces import POOL, emode_id


def _proxy_created(context: Context, _: Log, values: dict[str, int]) -> None:
    name = PROXY_IDS.get(values["id"])
    if name is not None:
        context.draft.set(Entity(context.deployment.name), name, values["proxyAddress"])
        context.contracts_changed = True


def _pool_updated(context: Context, _: Log, values: dict[str, int]) -> None:
    implementation = address(values["newAddress"])
    revision = context.fact(POOL.call("POOL_REVISION", implementation))
    context.draft.set(Entity(context.deployment.name), "pool_implementation", values["newAddress"])
    context.draft.set(Entity(context.deployment.name), "pool_revision", revision)
    for market in context.draft.markets(context.deployment.name):
        context.draft.touch(Entity(context.deployment.name, market))  # an upgrade may rewrite what no log carries
    context.contracts_changed = True


def _oracle_updated(context: Context, _: Log, values: dict[str, int]) -> None:
    context.draft.set(Entity(context.deployment.name), "oracle", values["newAddress"])
    for market in context.draft.markets(context.deployment.name):
        if emode_id(market) is None:
            context.draft.set(Entity(context.deployment.name, market), "source", None)
    context.contracts_changed = True


def _sentinel_updated(context: Context, _: Log, values: dict[str, int]) -> None:
    own = Entity(context.deployment.name)
    context.draft.set(own, "sentinel", values["newAddress"])
    context.draft.set(own, "sequencer", None)


def _source_updated(context: Context, _: Log, values: dict[str, int]) -> None:
    where = context.market(values["asset"])
    if context.draft.get(where, "id") is not None:
        context.draft.set(where, "source", values["source"])


HANDLERS = {
    "ProxyCreated": _proxy_created,
    "PoolUpdated": _pool_updated,
    "PriceOracleUpdated": _oracle_updated,
    "PriceOracleSentinelUpdated": _sentinel_updated,
}
ORACLE_HANDLERS = {"AssetSourceUpdated": _source_updated}

"""Which contracts belong to a deployment: from the addresses provider's logs, outwards."""

from collections.abc import Iterable, Iterator, Sequence

from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.discovery import OWN_CONTRACTS, name_of, tokens_in, topics_of
from indexer.protocols.aave_v3.v2.interfaces import (
    ATOKEN,
    CONFIGURATOR,
    ERC20,
    MANAGER,
    ORACLE,
    POOL,
    PROVIDER,
    STABLE_DEBT,
    VARIABLE_DEBT,
)

TOPICS = topics_of(PROVIDER, POOL, CONFIGURATOR, ATOKEN, VARIABLE_DEBT, STABLE_DEBT, ORACLE)
PROXIES = {name_of("LENDING_POOL"): "pool", name_of("LENDING_POOL_CONFIGURATOR"): "configurator"}
PLAIN = {name_of("COLLATERAL_MANAGER"): "collateral_manager", name_of("PRICE_ORACLE"): "oracle"}
_SETTERS = {
    PROVIDER.topic("LendingPoolUpdated"): ("LendingPoolUpdated", "pool_implementation"),
    PROVIDER.topic("LendingPoolCollateralManagerUpdated"): (
        "LendingPoolCollateralManagerUpdated",
        "collateral_manager",
    ),
    PROVIDER.topic("PriceOracleUpdated"): ("PriceOracleUpdated", "oracle"),
}


def appointed(log: Log) -> Iterator[tuple[str, Address]]:
    """(deployment field, address) that a log of the provider sets, by whichever of its setters."""
    topic = log.topics[0]
    if topic in _SETTERS:
        event, field = _SETTERS[topic]
        yield field, address(PROVIDER.events[event].decode(log)["newAddress"])
    elif topic == PROVIDER.topic("ProxyCreated"):
        values = PROVIDER.events["ProxyCreated"].decode(log)
        if values["id"] in PROXIES:
            yield PROXIES[values["id"]], address(values["newAddress"])
    elif topic == PROVIDER.topic("AddressSet"):
        values = PROVIDER.events["AddressSet"].decode(log)
        behind_proxy = {name_of("LENDING_POOL"): "pool_implementation"}
        field_of = behind_proxy if values["hasProxy"] else {**PROXIES, **PLAIN}
        if values["id"] in field_of:
            yield field_of[values["id"]], address(values["newAddress"])


def discover(logs: Iterable[Log]) -> set[Address]:
    """Emitters introduced by these logs."""
    found: set[Address] = set()
    for log in logs:
        found.update(contract for field, contract in appointed(log) if field in OWN_CONTRACTS)
        if log.topics[0] == CONFIGURATOR.topic("ReserveInitialized"):
            found.update(tokens_in(CONFIGURATOR.events["ReserveInitialized"].decode(log)))
    return found - {ZERO_ADDRESS}


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """What never changes and the logs do not say: decimals, an implementation's revision, what an oracle counts in."""
    del deployment
    calls: list[Call] = []
    for log in logs:
        for field, contract in appointed(log):
            if field == "pool_implementation":
                calls.append(POOL.call("LENDINGPOOL_REVISION", contract))
            elif field == "collateral_manager":
                calls.append(MANAGER.call("LIQUIDATIONS_GRACE_SENTINEL", contract))
            elif field == "oracle":
                calls += [ORACLE.call(name, contract) for name in ("BASE_CURRENCY", "BASE_CURRENCY_UNIT")]
        if log.topics[0] == CONFIGURATOR.topic("ReserveInitialized"):
            asset = CONFIGURATOR.events["ReserveInitialized"].decode(log)["asset"]
            calls.append(ERC20.call("decimals", address(asset)))
    return list(dict.fromkeys(calls))

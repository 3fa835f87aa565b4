"""Which contracts belong to a deployment: from the addresses provider's logs, outwards."""

from collections.abc import Iterable, Sequence

from indexer.book import Book, Draft
from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.interfaces import CONFIGURATOR, ERC20, ORACLE, POOL, PROVIDER, STABLE_TOKEN, TOKEN

OWN_CONTRACTS = ("pool", "configurator", "oracle")
TOKENS = ("atoken", "vdebt", "sdebt")

_POOL_ID = "0x" + b"POOL".hex().ljust(64, "0")
_CONFIGURATOR_ID = "0x" + b"POOL_CONFIGURATOR".hex().ljust(64, "0")
PROXY_IDS = {int(_POOL_ID, 16): "pool", int(_CONFIGURATOR_ID, 16): "configurator"}

TOPICS = tuple(
    dict.fromkeys(
        event.topic
        for interface in (PROVIDER, POOL, CONFIGURATOR, TOKEN, STABLE_TOKEN, ORACLE)
        for event in interface.events.values()
    )
)


def addresses(deployment: Deployment, book: Book | Draft) -> set[Address]:
    """Emitters known so far: the entry, its contracts, and every reserve's tokens."""
    rows = (book.book if isinstance(book, Draft) else book)[deployment.name]
    found = {deployment.entry}
    found.update(address(rows.own[name]) for name in OWN_CONTRACTS if name in rows.own)
    for fields in rows.markets.values():
        found.update(address(fields[token]) for token in TOKENS if fields.get(token))
    return found


def discover(logs: Iterable[Log]) -> set[Address]:
    """Emitters introduced by these logs."""
    found: set[Address] = set()
    for log in logs:
        topic = log.topics[0]
        if topic == PROVIDER.topic("ProxyCreated"):
            values = PROVIDER.events["ProxyCreated"].decode(log)
            if values["id"] in PROXY_IDS:
                found.add(address(values["proxyAddress"]))
        elif topic == PROVIDER.topic("PriceOracleUpdated"):
            found.add(address(PROVIDER.events["PriceOracleUpdated"].decode(log)["newAddress"]))
        elif topic == CONFIGURATOR.topic("ReserveInitialized"):
            values = CONFIGURATOR.events["ReserveInitialized"].decode(log)
            tokens = (values["aToken"], values["stableDebtToken"], values["variableDebtToken"])
            found.update(address(token) for token in tokens)
    return found - {ZERO_ADDRESS}


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """What never changes and the logs do not say: decimals, names, and the revision inside an implementation."""
    del deployment
    calls: list[Call] = []
    for log in logs:
        topic = log.topics[0]
        if topic == CONFIGURATOR.topic("ReserveInitialized"):
            values = CONFIGURATOR.events["ReserveInitialized"].decode(log)
            calls.append(ERC20.call("decimals", address(values["asset"])))
            calls.append(TOKEN.call("ATOKEN_REVISION", address(values["aToken"])))
            calls.append(TOKEN.call("DEBT_TOKEN_REVISION", address(values["variableDebtToken"])))
        elif topic == PROVIDER.topic("PoolUpdated"):
            values = PROVIDER.events["PoolUpdated"].decode(log)
            calls.append(POOL.call("POOL_REVISION", address(values["newAddress"])))
        elif topic == CONFIGURATOR.topic("ATokenUpgraded"):
            values = CONFIGURATOR.events["ATokenUpgraded"].decode(log)
            calls.append(TOKEN.call("ATOKEN_REVISION", address(values["implementation"])))
        elif topic == CONFIGURATOR.topic("VariableDebtTokenUpgraded"):
            values = CONFIGURATOR.events["VariableDebtTokenUpgraded"].decode(log)
            calls.append(TOKEN.call("DEBT_TOKEN_REVISION", address(values["implementation"])))
    return list(dict.fromkeys(calls))

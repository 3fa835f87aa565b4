"""Which contracts belong to a deployment: from the addresses provider's logs, outwards."""

from collections.abc import Iterable, Sequence

from indexer.abi import Interface
from indexer.book import Book, Draft
from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.interfaces import CONFIGURATOR, ERC20, ORACLE, POOL, PROVIDER, STABLE_TOKEN, TOKEN

OWN_CONTRACTS = ("pool", "configurator", "oracle")
TOKENS = ("atoken", "vdebt", "sdebt")


def topics_of(*interfaces: Interface) -> tuple[str, ...]:
    """Every topic0 of these contracts, each once."""
    return tuple(dict.fromkeys(topic for interface in interfaces for topic in interface.by_topic()))


def name_of(text: str) -> int:
    """The id under which the provider keeps an address: ASCII, filled with zeros to the right."""
    return int.from_bytes(text.encode().ljust(32, b"\0"), "big")


PROXY_IDS = {name_of("POOL"): "pool", name_of("POOL_CONFIGURATOR"): "configurator"}
TOPICS = topics_of(PROVIDER, POOL, CONFIGURATOR, TOKEN, STABLE_TOKEN, ORACLE)


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
            found.update(tokens_in(CONFIGURATOR.events["ReserveInitialized"].decode(log)))
    return found - {ZERO_ADDRESS}


def tokens_in(initialized: dict[str, int]) -> list[Address]:
    """The tokens that a ReserveInitialized names."""
    return [address(initialized[name]) for name in ("aToken", "stableDebtToken", "variableDebtToken")]


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

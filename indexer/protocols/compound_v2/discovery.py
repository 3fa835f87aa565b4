"""Which contracts belong to a deployment: the Comptroller, and every cToken it lists."""

from collections.abc import Iterable, Sequence

from indexer.book import Book
from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v2.generations import implementation_probes
from indexer.protocols.compound_v2.interfaces import COMPTROLLER, CTOKEN
from indexer.protocols.compound_v2.lineage import Lineage


def topics(lineage: Lineage) -> tuple[str, ...]:
    """Every topic0 the lineage understands."""
    return tuple(dict.fromkeys((*lineage.comptroller_routes, *lineage.ctoken_routes)))


def addresses(deployment: Deployment, book: Book) -> set[Address]:
    """Emitters known so far."""
    return {deployment.entry, *(address(market) for market in book[deployment.name].markets)}


def discover(lineage: Lineage, logs: Iterable[Log]) -> set[Address]:
    """The cTokens these logs introduce."""
    name = lineage.listing.inputs[0][0]
    listed = (log for log in logs if log.topics and log.topics[0] == lineage.listing.topic)
    return {address(lineage.listing.decode(log)[name]) for log in listed} - {ZERO_ADDRESS}


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """A listed cToken's underlying, and what a new implementation of the Comptroller is."""
    calls: list[Call] = []
    for log in logs:
        if log.address != deployment.entry or not log.topics:
            continue
        if log.topics[0] == COMPTROLLER.topic("MarketListed"):
            ctoken = address(COMPTROLLER.events["MarketListed"].decode(log)["cToken"])
            calls.append(CTOKEN.call("underlying", ctoken))
        elif log.topics[0] == COMPTROLLER.topic("NewImplementation"):
            event = COMPTROLLER.events["NewImplementation"]
            calls.extend(implementation_probes(address(event.decode(log)["newImplementation"])))
    return list(dict.fromkeys(calls))

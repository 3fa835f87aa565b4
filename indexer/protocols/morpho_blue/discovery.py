"""Which contracts belong to a deployment: the singleton, and the AdaptiveCurveIrm once its owner enabled it.

IRMs are enabled by the owner alone, so nobody can make this set grow by creating markets. An IRM that is not known to
be an AdaptiveCurveIrm is not followed: its rate is read (`reads`).
"""

from collections.abc import Iterable, Sequence

from indexer.book import Book
from indexer.evm import Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.morpho_blue.deployments import ADAPTIVE_CURVE_IRMS
from indexer.protocols.morpho_blue.interfaces import IRM, MORPHO

TOPICS = (*(event.topic for event in MORPHO.events.values()), IRM.topic("BorrowRateUpdate"))


def addresses(deployment: Deployment, book: Book) -> set[Address]:
    """Emitters known so far."""
    adaptive = book[deployment.name].own.get("adaptive_irm")
    return {deployment.entry, address(adaptive)} if adaptive else {deployment.entry}


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """None: logs say everything."""
    del deployment, logs
    return []


def discover(logs: Iterable[Log]) -> set[Address]:
    """Emitters introduced by these logs."""
    enabled = {address(int(log.topics[1], 16)) for log in logs if log.topics[0] == MORPHO.topic("EnableIrm")}
    return enabled & ADAPTIVE_CURVE_IRMS

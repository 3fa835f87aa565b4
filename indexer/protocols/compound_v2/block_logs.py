"""One block's logs into the draft: who emitted, which event, what it changes."""

from collections.abc import Sequence

from indexer.book import Draft
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v2.context import Context
from indexer.protocols.compound_v2.discovery import discover
from indexer.protocols.compound_v2.lineage import Lineage


def apply_logs(lineage: Lineage, deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
    """Fold the logs of one block. Raises `DecodeError` for a log that is not what its topic says.

    A cToken listed in this block counts from its first log on: it may have accrued before it was listed.
    """
    context = Context(deployment, draft, facts)
    ctokens: set[Address] = {address(market) for market in draft.markets(deployment.name)}
    ctokens |= discover(lineage, (log for log in logs if log.address == deployment.entry))
    for log in logs:
        if log.address == deployment.entry:
            known = lineage.comptroller_routes
        elif log.address in ctokens:
            known = lineage.ctoken_routes
        else:
            continue
        route = known.get(log.topics[0]) if log.topics else None
        if route is not None:
            route.handle(context, log, route.event.decode(log))

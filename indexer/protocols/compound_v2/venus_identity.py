"""Whether an entry is the Comptroller of a Venus isolated pool."""

from indexer.abi import word_of
from indexer.evm import ZERO_ADDRESS, Call
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.compound_v2.venus_interfaces import COMPTROLLER
from indexer.protocols.compound_v2.venus_rules import VENUS


def plan_identity(deployment: Deployment, known: Facts) -> list[Call]:
    """What only these Comptrollers answer together."""
    del known
    entry = deployment.entry
    return [
        COMPTROLLER.call("isComptroller", entry),
        COMPTROLLER.call("poolRegistry", entry),
        COMPTROLLER.call("minLiquidatableCollateral", entry),
        COMPTROLLER.call("isForcedLiquidationEnabled", entry, ZERO_ADDRESS),
    ]


def identity(deployment: Deployment, known: Facts) -> Identity:
    """What the answers say the entry is: a beacon's implementation has no getter, so its functions tell."""
    answers = [word_of(known.get(call)) for call in plan_identity(deployment, known)]
    if answers[0] != 1 or not answers[1]:
        return Identity("it is not the Comptroller of a Venus isolated pool: it names no pool registry")
    if answers[2] is None or answers[3] is None:
        return Identity("it is an older Comptroller of Venus, without a minimum of collateral or forced liquidations")
    return Identity(None, VENUS.revision, supported=True, contracts=(deployment.entry,))

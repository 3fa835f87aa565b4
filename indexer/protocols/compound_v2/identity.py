"""Whether an entry is a Comptroller behind its Unitroller, and which generation stands behind it now."""

from indexer.abi import word_of
from indexer.evm import Address, Call
from indexer.protocols._adapter import contract_in
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.compound_v2.generations import generation, implementation_probes
from indexer.protocols.compound_v2.interfaces import COMPTROLLER
from indexer.protocols.compound_v2.rules import COMPOUND

_GETTERS = ("comptrollerImplementation", "oracle")


def plan_identity(deployment: Deployment, known: Facts) -> list[Call]:
    """The Unitroller's getters first, then what its implementation answers."""
    calls = [COMPTROLLER.call(getter, deployment.entry) for getter in _GETTERS]
    implementation = _contract(deployment, known, "comptrollerImplementation")
    return calls if implementation is None else [*calls, *implementation_probes(implementation)]


def identity(deployment: Deployment, known: Facts) -> Identity:
    """What the answers say the entry is."""
    for getter in _GETTERS:
        if _contract(deployment, known, getter) is None:
            return Identity(f"it is not a Compound V2 Comptroller: {getter}() names no contract")
    implementation = _contract(deployment, known, "comptrollerImplementation")
    if implementation is None:
        return Identity("it is not a Compound V2 Comptroller")
    comptroller, deprecated, contributors = (word_of(known.get(c)) for c in implementation_probes(implementation))
    if comptroller != 1:
        return Identity("its implementation does not answer isComptroller(): this is not Compound V2")
    rules = COMPOUND[generation(deprecated, contributors)]
    return Identity(None, rules.revision, supported=True, contracts=(deployment.entry,))


def _contract(deployment: Deployment, known: Facts, getter: str) -> Address | None:
    return contract_in(known.get(COMPTROLLER.call(getter, deployment.entry)))

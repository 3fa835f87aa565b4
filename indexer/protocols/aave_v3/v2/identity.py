"""Whether an entry is an Aave V2 LendingPoolAddressesProvider, and which revision stands behind it now."""

from indexer.abi import word_of
from indexer.evm import Address, Call
from indexer.protocols._adapter import contract_in
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.aave_v3.v2.interfaces import POOL, PROVIDER
from indexer.protocols.aave_v3.v2.revisions import rules_for

_GETTERS = ("getLendingPool", "getPriceOracle", "getLendingPoolCollateralManager")


def plan_identity(deployment: Deployment, known: Facts) -> list[Call]:
    """The provider's getters first, then what its pool says."""
    calls = [PROVIDER.call(getter, deployment.entry) for getter in _GETTERS]
    pool = _contract(deployment, known, "getLendingPool")
    return calls if pool is None else [*calls, POOL.call("LENDINGPOOL_REVISION", pool)]


def identity(deployment: Deployment, known: Facts) -> Identity:
    """What the answers say the entry is."""
    for getter in _GETTERS:
        if _contract(deployment, known, getter) is None:
            return Identity(f"it is not an Aave V2 LendingPoolAddressesProvider: {getter}() names no contract")
    pool = _contract(deployment, known, "getLendingPool")
    revision = None if pool is None else word_of(known.get(POOL.call("LENDINGPOOL_REVISION", pool)))
    if pool is None or revision is None:
        return Identity("its pool does not answer LENDINGPOOL_REVISION(): this is not Aave V2")
    return Identity(None, str(revision), supported=rules_for(revision) is not None, contracts=(pool,))


def _contract(deployment: Deployment, known: Facts, getter: str) -> Address | None:
    return contract_in(known.get(PROVIDER.call(getter, deployment.entry)))

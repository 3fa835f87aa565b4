"""Whether an entry is an Aave V3 PoolAddressesProvider, and which revision stands behind it now.

`PoolAddressesProvider.getPool()` and `getPriceOracle()`, then the pool's `POOL_REVISION()` (all revisions).
"""

from indexer.abi import word_of
from indexer.evm import Address, Call
from indexer.protocols._adapter import contract_in
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.aave_v3.interfaces import POOL, PROVIDER
from indexer.protocols.aave_v3.revisions import rules_for
from indexer.protocols.aave_v3.spark import Implementations

_GETTERS = ("getPool", "getPriceOracle")


def plan_identity(deployment: Deployment, known: Facts) -> list[Call]:
    """The provider's getters first, then what its pool says."""
    calls = [PROVIDER.call(getter, deployment.entry) for getter in _GETTERS]
    pool = _contract(deployment, known, "getPool")
    return calls if pool is None else [*calls, POOL.call("POOL_REVISION", pool)]


def identity(deployment: Deployment, known: Facts, implementations: Implementations | None) -> Identity:
    """What the answers say the entry is.

    Where the implementation decides (`implementations`), no call tells which one stands behind the proxy now: supported
    then means that one with this revision is known. The view, which has read the provider's logs, knows.
    """
    for getter in _GETTERS:
        if _contract(deployment, known, getter) is None:
            return Identity(f"it is not an Aave V3 PoolAddressesProvider: {getter}() names no contract")
    pool = _contract(deployment, known, "getPool")
    revision = None if pool is None else word_of(known.get(POOL.call("POOL_REVISION", pool)))
    if pool is None or revision is None:
        return Identity("its pool does not answer POOL_REVISION(): this is not Aave V3")
    if implementations is None:
        supported = rules_for(revision) is not None
    else:
        supported = any(rules.pool_revision == revision for rules in implementations.values())
    return Identity(None, str(revision), supported=supported, contracts=(pool,))


def _contract(deployment: Deployment, known: Facts, getter: str) -> Address | None:
    return contract_in(known.get(PROVIDER.call(getter, deployment.entry)))

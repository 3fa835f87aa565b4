"""SparkLend: Aave 3.0.2 under its own upgrades, so its rules are chosen by the pool's implementation.

`sparkdotfi/sparklend-v1-core` v1.0.0 differs from core 1.19.4 in the flash loan that opens debt, in comments and in one
getter: every rule here is that of 3.0.2. A newer tree brings the directional rounding of 3.5 to it (its own event
amounts, an un-averaged health factor, debt rounded up) and need not change POOL_REVISION. Its address is not known,
so an implementation that is not listed is `unknown: unsupported_revision`.
"""

from collections.abc import Mapping

from indexer.evm import Address, address
from indexer.protocols.aave_v3.revisions import RULES, Rules

Implementations = Mapping[Address, Rules]
"""The rules of each pool implementation that is known by its address."""

_V3_0_2 = RULES[1]
_ETHEREUM = address("0x02C3eA4e34C0cBd694D2adFa2c690EECbC1793eE")
_GNOSIS = address("0xA98DaCB3fC964A6A0d2ce3B77294241585EAbA6d")
DEPLOYMENTS: Mapping[Address, Implementations] = {
    _ETHEREUM: {address("0x5aE329203E00f76891094DcfedD5Aca082a50e1b"): _V3_0_2},  # registry 5348de20, since April 2024
    _GNOSIS: {},  # no source names its implementation
}
"""PoolAddressesProvider -> implementations."""

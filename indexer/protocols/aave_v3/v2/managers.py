"""Which part of a debt one liquidation may repay: a constant inside the collateral manager, without a getter.

`LendingPoolCollateralManager` is called by delegatecall and replaced through the provider. Up to 2025 every one had
`LIQUIDATION_CLOSE_FACTOR_PERCENT` = 5000; proposal 378 (September 2025, bgd-labs/v2-deprecation) took the factor out:
all of the debt. Both kinds have the same functions, so a manager is told by its address. One that is not listed and
has no `LIQUIDATIONS_GRACE_SENTINEL` is older than November 2023 and halves; one that has, may be of either kind.
All three kinds were run: 1.0.1's on the devnet, Ethereum's of 2023 and 2025 in tests/golden/aave_v2.
"""

from collections.abc import Mapping

from indexer.evm import Address, address
from indexer.units import PERCENTAGE_FACTOR

HALF = 5_000
CLOSE_FACTORS: Mapping[Address, int] = {
    address("0x368e6441bB27159c6e8e6d3bbd9147BEcBA915E3"): HALF,  # Ethereum, November 2023
    address("0xcc9632725266473ab5d42320E8Ae00437A1df3bB"): PERCENTAGE_FACTOR,  # Ethereum, September 2025
    address("0xAdDb96Fb6A795faf042DD25BD4710267C41D1F74"): HALF,  # Polygon
    address("0x94d977c42C7880EC05aF5Ba6d913785462bf9346"): PERCENTAGE_FACTOR,
    address("0x69A45013F047A65422deFdD0C43f09530D7025c0"): HALF,  # Avalanche
    address("0xd01607c3C5eCABa394D8be377a08590149325722"): PERCENTAGE_FACTOR,
}


def close_factor(own: Mapping[str, int], known: Mapping[Address, int] = CLOSE_FACTORS) -> int | None:
    """The close factor of a deployment's manager in basis points; None where it cannot be told.

    `own` are the deployment's fields: `grace_sentinel` is absent where the manager has no such getter.
    """
    manager = own.get("collateral_manager")
    if not manager:
        return None
    found = known.get(address(manager))
    return HALF if found is None and "grace_sentinel" not in own else found

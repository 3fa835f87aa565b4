"""Reserves whose tokens are of their own kind: balances that rebase, so no formula of this folder says them.

AMPL (aToken and debt count shares of a rebasing supply) and stETH (its aToken counts stETH's own shares). Their
events do not carry scaled balances. Who ever touched one is `unknown: unsupported_revision`, never a guess.
"""

from indexer.evm import Address, address

SPECIAL_ASSETS: frozenset[Address] = frozenset(
    address(asset)
    for asset in (
        "0xD46bA6D942050d489DBd938a2C909A5d5039A161",  # AMPL on Ethereum
        "0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84",  # stETH on Ethereum
    )
)


def is_special(asset: str) -> bool:
    """Whether the reserve of this asset has tokens of its own kind."""
    return asset in SPECIAL_ASSETS

"""The deployments built in, by chain id, and the IRMs whose rate is computed instead of read.

Addresses: morpho-org/sdks packages/morpho-ts/src/addresses.ts cdff8c45; first blocks: those of the contract's creation.
"""

from indexer.evm import address
from indexer.protocols._adapter import BuiltIn

_MORPHO = "0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb"
BUILT_IN: BuiltIn = {
    1: (("morpho_blue", _MORPHO, 18_883_124),),
    8453: (("morpho_blue", _MORPHO, 13_977_148),),
}
ADAPTIVE_CURVE_IRMS = frozenset(
    address(irm)
    for irm in (
        "0x870aC11D48B15DB9a138Cf899d20F13F79Ba00BC",  # Ethereum
        "0x46415998764C29aB2a25CbeA6254146D50D22687",  # Base
    )
)
"""Contracts known to be the AdaptiveCurveIrm of morpho-blue-irm. Any other IRM is asked for its rate every block."""

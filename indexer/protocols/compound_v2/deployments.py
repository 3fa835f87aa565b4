"""The deployments built in, by chain id: name, Comptroller, first block to read.

compound-finance/compound-config networks/mainnet.json: the Unitroller and the block that created it.
"""

from indexer.protocols._adapter import BuiltIn

COMPOUND: BuiltIn = {
    1: (("compound_v2", "0x3d9819210A31b4961b30EF54bE2aeD79B9c9Cd3B", 7_710_671),),
}

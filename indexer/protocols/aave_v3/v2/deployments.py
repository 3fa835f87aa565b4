"""The deployments built in, by chain id: name, LendingPoolAddressesProvider, first block to read.

Addresses and blocks: the guide's sources (address book 4.68.1, aave/protocol-subgraphs 975b22e9). Of the AMM market
only messari/subgraphs has a block (11,998,190), which is not said to be the creation's: that of the main market is a
lower bound.
"""

from indexer.protocols._adapter import BuiltIn

BUILT_IN: BuiltIn = {
    1: (
        ("aave_v2_main", "0xB53C1a33016B2DC2fF3653530bfF1848a515c8c5", 11_360_920),
        ("aave_v2_amm", "0xAcc030EF66f9dFEAE9CbB0cd1B25654b82cFA8d5", 11_360_920),
    ),
    137: (("aave_v2_main", "0xd05e3E715d945B59290df0ae8eF85c1BdB684744", 12_687_211),),
    43114: (("aave_v2_main", "0xb6A86025F0FE1862B372cb0ca18CE3EDe02A318f", 4_606_870),),
}

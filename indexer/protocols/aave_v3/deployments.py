"""The deployments built in, by chain id: name, PoolAddressesProvider, first block to read.

Addresses: @aave-dao/aave-address-book 4.68.1. First blocks: aave/protocol-subgraphs 975b22e9; none is later than
the provider's creation. For Horizon none is published: a lower bound (the provider is younger). Nor for SparkLend
(sparkdotfi/spark-address-registry 5348de20), a fork younger than Aave V3 on Ethereum and than 2022: lower bounds too.
"""

from indexer.protocols._adapter import BuiltIn

_SHARED_PROVIDER = "0xa97684ead0e402dC232d5A977953DF7ECBaB3CDb"
BUILT_IN: BuiltIn = {
    1: (
        ("aave_v3_main", "0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e", 16_291_006),
        ("aave_v3_lido", "0xcfBf336fe147D643B9Cb705648500e101504B16d", 20_262_370),
        ("aave_v3_etherfi", "0xeBa440B438Ad808101d1c451C1C5322c90BEFCdA", 20_625_517),
        ("aave_v3_horizon", "0x5D39E06b825C1F2B80bf2756a73e28eFAA128ba0", 20_625_517),
        ("spark", "0x02C3eA4e34C0cBd694D2adFa2c690EECbC1793eE", 16_291_006),
    ),
    10: (("aave_v3_main", _SHARED_PROVIDER, 4_364_782),),
    56: (("aave_v3_main", "0xff75B6da14FfbbfD355Daf7a2731456b3562Ba6D", 33_571_624),),
    100: (
        ("aave_v3_main", "0x36616cf17557639614c1cdDb356b1B83fc0B2132", 30_293_054),
        ("spark", "0xA98DaCB3fC964A6A0d2ce3B77294241585EAbA6d", 26_000_000),
    ),
    137: (("aave_v3_main", _SHARED_PROVIDER, 25_824_300),),
    146: (("aave_v3_main", "0x5C2e738F6E27bCE0F7558051Bf90605dD6176900", 7_986_569),),
    8453: (("aave_v3_main", "0xe20fCBdBfFC4Dd138cE8b2E6FBb6CB49777ad64D", 2_357_105),),
    42161: (("aave_v3_main", _SHARED_PROVIDER, 7_736_400),),
    43114: (("aave_v3_main", _SHARED_PROVIDER, 11_970_000),),
    59144: (("aave_v3_main", "0x89502c3731F69DDC95B65753708A07F8Cd0373F4", 12_430_823),),
    534352: (("aave_v3_main", "0x69850D0B276776781C063771b161bd8894BCdD04", 2_618_760),),
}

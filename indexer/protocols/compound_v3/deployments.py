"""The deployments built in, by chain id: name, the Comet proxy, first block to read.

Addresses: compound-finance/comet d5a30b0a, deployments/mainnet/*/roots.json. No block of creation is published there:
each first block is only a safe earlier one, at least a week before the first migration the repository has for the
market (deployments/mainnet/*/migrations, named by timestamps), at twelve seconds or more a block. messari/subgraphs
follows the Configurator from 15,331,590: no block of creation of a Comet, but no hint of an earlier market either.
"""

from indexer.protocols._adapter import BuiltIn

BUILT_IN: BuiltIn = {
    1: (
        ("compound_v3_usdc", "0xc3d688B66703497DAA19211EEdff47f25384cdc3", 15_200_000),
        ("compound_v3_weth", "0xA17581A9E3356d9A858b789D68B4d866e593aE94", 15_700_000),
        ("compound_v3_usdt", "0x3Afdc9BCA9213A35503b077a6072F3D0d5AB0840", 19_900_000),
        ("compound_v3_wsteth", "0x3D0bb1ccaB520A66e607822fC55BC921738fAFE3", 20_400_000),
        ("compound_v3_usds", "0x5D409e56D886231aDAf00c8775665AD0f9897b56", 20_700_000),
        ("compound_v3_wbtc", "0xe85Dc543813B8c2CFEaAc371517b925a166a9293", 21_400_000),
    ),
}

"""Upgrade the devnet's 3.0.2 market to 3.6 behind its proxies, in one block.

Governance went through six upgrades, whose own pool implementations rewrote storage in their `initialize`. Here the
same words are rewritten directly before the block (`anvil_setStorageAt`): virtual balances become the aTokens' cash,
what was the stable rate becomes a deficit of 0, e-mode categories lose their price source.
"""

from dataclasses import replace

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from scripts.devnet import Devnet
from scripts.devnet.aave_main import rate_data
from scripts.devnet.aave_setup import ZERO, Ground
from scripts.devnet.manifest import Deployment
from scripts.devnet.plan import LEGACY, LEGACY_EMODES, LEGACY_RESERVES

LIBRARIES = ("BorrowLogic", "LiquidationLogic", "PoolLogic", "SupplyLogic", "ConfiguratorLogic")
RESERVES_SLOT, CATEGORIES_SLOT = 52, 55
LOW_HALF = 2**128 - 1
CATEGORY_WORD = 2**48 - 1  # ltv, threshold and bonus; the price source stood above them


def upgrade_legacy(devnet: Devnet) -> int:
    """Upgrade the pool, its configurator and all tokens; the number of the block in which it happens."""
    ground, market = devnet.world.site.ground, devnet.manifest.deployment(LEGACY)
    pool, configurator, a_token, debt_token = _implementations(ground, market)
    devnet.mine()
    _rewrite_storage(devnet, market)
    ground.admin_send(market.entry, "setPoolImpl(address)", [pool])
    ground.admin_send(market.entry, "setPoolConfiguratorImpl(address)", [configurator])
    for plan in LEGACY_RESERVES:
        asset = ground.tokens[plan.symbol]
        for name, code in (("updateAToken", a_token), ("updateVariableDebtToken", debt_token)):
            args = [(asset, f"{plan.symbol} 3.6", plan.symbol, code, b"")]
            ground.admin_send(market.configurator, f"{name}((address,string,string,address,bytes))", args)
        ground.admin_send(market.configurator, "setReserveInterestRateData(address,bytes)", [asset, rate_data(plan)])
    _restore_categories(ground, market)
    helper = ground.deploy("AaveProtocolDataProvider", ["address"], [market.entry])  # only the story reads through it
    world = devnet.world
    world.legacy = replace(world.legacy, deployment=replace(market, data_provider=helper))
    return devnet.mine()


def _implementations(ground: Ground, market: Deployment) -> tuple[str, str, str, str]:
    libraries = {name: ground.deploy(name) for name in LIBRARIES}
    libraries["FlashLoanLogic"] = ground.deploy("FlashLoanLogic", libraries=libraries)
    strategy = ground.deploy("DefaultReserveInterestRateStrategyV2", ["address"], [market.entry])
    return (
        ground.deploy("PoolInstance", ["address", "address"], [market.entry, strategy], libraries),
        ground.deploy("PoolConfiguratorInstance", libraries=libraries),
        ground.deploy("ATokenInstance", ["address"] * 3, [market.pool, ZERO, ground.treasury]),
        ground.deploy("VariableDebtTokenInstance", ["address"] * 2, [market.pool, ZERO]),
    )


def _restore_categories(ground: Ground, market: Deployment) -> None:
    for emode in LEGACY_EMODES:
        args = [emode.category, emode.ltv, emode.threshold, emode.bonus, emode.label]
        ground.admin_send(market.configurator, "setEModeCategory(uint8,uint16,uint16,uint16,string)", args)
    for plan in LEGACY_RESERVES:
        if plan.emode:
            for switch in ("setAssetCollateralInEMode", "setAssetBorrowableInEMode"):
                args = [ground.tokens[plan.symbol], plan.emode, True]
                ground.admin_send(market.configurator, f"{switch}(address,uint8,bool)", args)


def _rewrite_storage(devnet: Devnet, market: Deployment) -> None:
    def rewrite(slot: int, value: int) -> None:
        devnet.rpc("anvil_setStorageAt", [market.pool, hex(slot), f"0x{value:064x}"])

    def stored(slot: int) -> int:
        return int(devnet.rpc("eth_getStorageAt", [market.pool, hex(slot), "latest"]), 16)

    for asset in devnet.call(market.pool, "getReservesList()", returns="address[]"):
        first = _slot("address", asset, RESERVES_SLOT)
        a_token = f"0x{stored(first + 4):040x}"
        cash = devnet.call(asset, "balanceOf(address)", [a_token])
        rewrite(first + 3, stored(first + 3) & ~LOW_HALF)
        rewrite(first + 8, stored(first + 8) & LOW_HALF | cash << 128)
    for emode in LEGACY_EMODES:
        first = _slot("uint8", emode.category, CATEGORIES_SLOT)
        rewrite(first, stored(first) & CATEGORY_WORD)
        rewrite(first + 2, 0)


def _slot(kind: str, key: object, mapping: int) -> int:
    return int.from_bytes(keccak(encode([kind, "uint256"], [key, mapping])), "big")

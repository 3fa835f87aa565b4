"""Deploys Aave V3 3.0.2 from the artifacts of @aave/core-v3@1.19.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.devnet.aave_setup import (
    ZERO,
    Ground,
    configure_reserve,
    deploy_oracle,
    deploy_roles,
    deploy_sentinel,
)
from scripts.devnet.manifest import Deployment
from scripts.devnet.plan import LEGACY, LEGACY_EMODES, LEGACY_RESERVES

if TYPE_CHECKING:
    from scripts.devnet.plan import EmodePlan, ReservePlan

PREFIX = "legacy:"
BPS_IN_RAY = 10**23
INIT_RESERVES = (
    "initReserves((address,address,address,uint8,address,address,address,address,"
    "string,string,string,string,string,string,bytes)[])"
)
SET_SOURCES = "setAssetSources(address[],address[])"
SET_EMODE = "setEModeCategory(uint8,uint16,uint16,uint16,address,string)"


@dataclass(frozen=True)
class TokenCode:
    """Implementations behind the token proxies of every reserve."""

    a_token: str
    stable_debt: str
    variable_debt: str


def deploy_legacy(ground: Ground) -> tuple[Deployment, TokenCode]:
    """Deploy the whole market in a few blocks."""
    chain = ground.chain
    libraries = {
        name: ground.deploy(PREFIX + name)
        for name in (
            *("BorrowLogic", "BridgeLogic", "EModeLogic", "LiquidationLogic"),
            *("PoolLogic", "SupplyLogic", "ConfiguratorLogic"),
        )
    }
    libraries["FlashLoanLogic"] = ground.deploy(PREFIX + "FlashLoanLogic", libraries=libraries)
    first_block = chain.block_number + 1
    provider = ground.deploy(PREFIX + "PoolAddressesProvider", ["string", "address"], ["Devnet 3.0.2", ground.admin])
    pool_code = ground.deploy(PREFIX + "Pool", ["address"], [provider], libraries)
    configurator_code = ground.deploy(PREFIX + "PoolConfigurator", libraries=libraries)
    deploy_roles(ground, PREFIX, provider)
    oracle = deploy_oracle(ground, PREFIX, provider, LEGACY_RESERVES)
    ground.admin_send(provider, "setPoolImpl(address)", [pool_code])
    ground.admin_send(provider, "setPoolConfiguratorImpl(address)", [configurator_code])
    sentinel, sequencer = deploy_sentinel(ground, PREFIX, provider)
    data_provider = ground.deploy(PREFIX + "AaveProtocolDataProvider", ["address"], [provider])
    ground.admin_send(provider, "setPoolDataProvider(address)", [data_provider])
    chain.mine()
    pool = chain.call(provider, "getPool()", returns="address")
    configurator = chain.call(provider, "getPoolConfigurator()", returns="address")
    code = TokenCode(
        *(
            ground.deploy(PREFIX + name, ["address"], [pool])
            for name in ("AToken", "StableDebtToken", "VariableDebtToken")
        )
    )
    market = Deployment(
        name=LEGACY,
        protocol="aave_v3",
        revision="3.0.2",
        entry=provider,
        pool=pool,
        configurator=configurator,
        oracle=oracle,
        sentinel=sentinel,
        sequencer=sequencer,
        data_provider=data_provider,
        treasury=ground.treasury,
        first_block=first_block,
    )
    _configure(ground, market, code)
    return market, code


def _configure(ground: Ground, market: Deployment, code: TokenCode) -> None:
    ground.admin_send(market.configurator, "updateFlashloanPremiumTotal(uint128)", [9])
    ground.admin_send(market.configurator, "updateFlashloanPremiumToProtocol(uint128)", [4])
    for emode in LEGACY_EMODES:
        set_legacy_emode(ground, market, emode)
    for plan in LEGACY_RESERVES:
        list_legacy_reserve(ground, market, code, plan)
        ground.chain.mine()


def set_legacy_emode(ground: Ground, market: Deployment, emode: EmodePlan) -> None:
    """Queue a new or changed category; with a price feed the category has a price of its own.

    The category's "oracle" is no feed but a key: 3.0.2 asks AaveOracle for the price of that address
    as if it were an asset. So the proxy is registered as the source of its own address.
    """
    source = ground.feeds[emode.price_feed] if emode.price_feed else ZERO
    if emode.price_feed:
        ground.admin_send(market.oracle, SET_SOURCES, [[source], [source]])
    ground.admin_send(
        market.configurator,
        SET_EMODE,
        [emode.category, emode.ltv, emode.threshold, emode.bonus, source, emode.label],
    )


def list_legacy_reserve(ground: Ground, market: Deployment, code: TokenCode, plan: ReservePlan) -> None:
    """Queue a reserve with a rate strategy of its own; its price source must be set."""
    asset = ground.tokens[plan.symbol]
    decimals = ground.chain.call(asset, "decimals()", returns="uint8")
    names = []
    for kind, sign in (("", "a"), (" Variable Debt", "variableDebt"), (" Stable Debt", "stableDebt")):
        names += [f"Devnet{kind} {plan.symbol}", f"{sign}{plan.symbol}"]
    ground.admin_send(
        market.configurator,
        INIT_RESERVES,
        [
            [
                (
                    *(code.a_token, code.stable_debt, code.variable_debt),
                    *(decimals, deploy_strategy(ground, market, plan), asset),
                    *(ground.treasury, ZERO, *names, b""),
                )
            ]
        ],
    )
    configure_reserve(ground, market.configurator, plan)
    if plan.stable:
        ground.admin_send(market.configurator, "setReserveStableRateBorrowing(address,bool)", [asset, True])
    if plan.emode:
        ground.admin_send(market.configurator, "setAssetEModeCategory(address,uint8)", [asset, plan.emode])


def deploy_strategy(ground: Ground, market: Deployment, plan: ReservePlan) -> str:
    """Queue an interest rate strategy from the plan's rates."""
    stable = (200, 5000, 300, 800, 2000)
    rates = (plan.optimal, plan.base_rate, plan.slope1, plan.slope2, *stable)
    return ground.deploy(
        PREFIX + "DefaultReserveInterestRateStrategy",
        ["address", *["uint256"] * 9],
        [market.entry, *(rate * BPS_IN_RAY for rate in rates)],
    )

"""Deploys Aave V3 3.6 compiled from @aave-dao/aave-v3-origin@3.6.0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eth_abi.abi import encode as abi_encode

from scripts.devnet.aave_setup import (
    ZERO,
    Ground,
    configure_reserve,
    deploy_oracle,
    deploy_roles,
    deploy_sentinel,
)
from scripts.devnet.manifest import Deployment
from scripts.devnet.plan import MAIN, MAIN_EMODES, MAIN_RESERVES

if TYPE_CHECKING:
    from scripts.devnet.plan import EmodePlan, ReservePlan

INIT_RESERVES = "initReserves((address,address,address,string,string,string,string,bytes,bytes)[])"


@dataclass(frozen=True)
class TokenCode:
    """Implementations behind the token proxies of every reserve."""

    a_token: str
    variable_debt: str


def deploy_main(ground: Ground) -> tuple[Deployment, TokenCode]:
    """Deploy the whole market in a few blocks."""
    chain = ground.chain
    libraries = {
        name: ground.deploy(name)
        for name in (*("BorrowLogic", "LiquidationLogic", "PoolLogic", "SupplyLogic", "ConfiguratorLogic"),)
    }
    libraries["FlashLoanLogic"] = ground.deploy("FlashLoanLogic", libraries=libraries)
    first_block = chain.block_number + 1
    provider = ground.deploy("PoolAddressesProvider", ["string", "address"], ["Devnet 3.6", ground.admin])
    strategy = ground.deploy("DefaultReserveInterestRateStrategyV2", ["address"], [provider])
    pool_code = ground.deploy("PoolInstance", ["address", "address"], [provider, strategy], libraries)
    configurator_code = ground.deploy("PoolConfiguratorInstance", libraries=libraries)
    deploy_roles(ground, "", provider)
    oracle = deploy_oracle(ground, "", provider, MAIN_RESERVES)
    ground.admin_send(provider, "setPoolImpl(address)", [pool_code])
    ground.admin_send(provider, "setPoolConfiguratorImpl(address)", [configurator_code])
    sentinel, sequencer = deploy_sentinel(ground, "", provider)
    data_provider = ground.deploy("AaveProtocolDataProvider", ["address"], [provider])
    ground.admin_send(provider, "setPoolDataProvider(address)", [data_provider])
    chain.mine()
    pool = chain.call(provider, "getPool()", returns="address")
    configurator = chain.call(provider, "getPoolConfigurator()", returns="address")
    code = TokenCode(
        ground.deploy("ATokenInstance", ["address", "address", "address"], [pool, ZERO, ground.treasury]),
        ground.deploy("VariableDebtTokenInstance", ["address", "address"], [pool, ZERO]),
    )
    market = Deployment(
        name=MAIN,
        protocol="aave_v3",
        revision="3.6",
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
    ground.admin_send(market.configurator, "updateFlashloanPremium(uint128)", [5])
    for plan in MAIN_RESERVES:
        list_main_reserve(ground, market, code, plan)
        ground.chain.mine()
    for emode in MAIN_EMODES:
        set_main_emode(ground, market, emode)
    ground.chain.mine()


def list_main_reserve(ground: Ground, market: Deployment, code: TokenCode, plan: ReservePlan) -> None:
    """Queue a reserve; its price source must be set."""
    asset = ground.tokens[plan.symbol]
    names = []
    for kind, sign in (("", "a"), (" Variable Debt", "variableDebt")):
        names += [f"Devnet{kind} {plan.symbol}", f"{sign}{plan.symbol}"]
    ground.admin_send(
        market.configurator,
        INIT_RESERVES,
        [[(code.a_token, code.variable_debt, asset, *names, b"", rate_data(plan))]],
    )
    configure_reserve(ground, market.configurator, plan)


def rate_data(plan: ReservePlan) -> bytes:
    """The plan's rates as DefaultReserveInterestRateStrategyV2 takes them, in basis points."""
    return abi_encode(
        ["(uint16,uint32,uint32,uint32)"],
        [(plan.optimal, plan.base_rate, plan.slope1, plan.slope2)],
    )


def set_main_emode(ground: Ground, market: Deployment, emode: EmodePlan) -> None:
    """Queue a new or changed category and its members."""
    ground.admin_send(
        market.configurator,
        "setEModeCategory(uint8,uint16,uint16,uint16,string)",
        [emode.category, emode.ltv, emode.threshold, emode.bonus, emode.label],
    )
    members = [("Collateral", symbol) for symbol in emode.collateral]
    members += [("Borrowable", symbol) for symbol in emode.borrowable]
    for kind, symbol in members:
        ground.admin_send(
            market.configurator,
            f"setAsset{kind}InEMode(address,uint8,bool)",
            [ground.tokens[symbol], emode.category, True],
        )

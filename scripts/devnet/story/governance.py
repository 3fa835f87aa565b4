"""Governance changes the markets while they are in use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scripts.devnet.aave_legacy import deploy_strategy, list_legacy_reserve, set_legacy_emode
from scripts.devnet.aave_main import list_main_reserve, rate_data, set_main_emode
from scripts.devnet.plan import (
    DROPPED,
    LATE_LEGACY_RESERVE,
    LATE_MAIN_EMODE,
    LATE_MAIN_RESERVE,
    LEGACY_RESERVES,
    MAIN_RESERVES,
    SECOND_DAI_FEED,
    EmodePlan,
)
from scripts.devnet.story.calm import calm_beat, random_life
from scripts.devnet.story.specialists import borrow_share
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from scripts.devnet.market import Market
    from scripts.devnet.plan import ReservePlan

SET_SOURCES = "setAssetSources(address[],address[])"
SET_COLLATERAL = "configureReserveAsCollateral(address,uint256,uint256,uint256)"
PAUSE_WITH_GRACE = "setReservePause(address,bool,uint40)"
GRACE_SECONDS = 7_200
# Just above a dollar: the adapter cuts the stable coin's price now and then.
STABLE_CAP = 1_00020000
PHASE_CHANGES = ("ETH / USD", "USDC / USD")


def _configure(world: World, market: Market, signature: str, symbol: str, *values: object) -> None:
    args = [world.site.ground.tokens[symbol], *values]
    world.site.ground.admin_send(market.deployment.configurator, signature, args)


def thresholds(world: World) -> None:
    """LINK counts for less from one block to the next: some accounts get unhealthy without a price."""
    _configure(world, world.legacy, SET_COLLATERAL, "LINK", 5_000, 6_400, 10_700)
    _configure(world, world.main, SET_COLLATERAL, "LINK", 6_300, 6_800, 10_750)
    random_life(world, 2)


def emode_parameters(world: World) -> None:
    """Categories change; one asset of 3.6 stays collateral in its category but gives no credit."""
    ground, site = world.site.ground, world.site
    legacy, main = (market.deployment for market in world.markets)
    stables = EmodePlan(1, "Stablecoins", 9_200, 9_450, 10_150, price_feed="USDC / USD")
    set_legacy_emode(ground, legacy, stables)
    set_legacy_emode(ground, legacy, EmodePlan(3, "Bitcoin and LINK", 7_500, 8_000, 10_500))
    _configure(world, world.legacy, "setAssetEModeCategory(address,uint8)", "LINK", 3)
    set_main_emode(ground, main, EmodePlan(2, "Stablecoins", 9_100, 9_350, 10_150))
    _configure(world, world.main, "setAssetLtvzeroInEMode(address,uint8,bool)", "DAI", 2, True)
    _configure(world, world.main, "setAssetBorrowableInEMode(address,uint8,bool)", "DAI", 2, True)
    site.feeds.move("USDC / USD", 2)


def protocol_fees(world: World) -> None:
    """Liquidation protocol fees and flash loan premiums change."""
    _configure(world, world.legacy, "setLiquidationProtocolFee(address,uint256)", "WETH", 1_700)
    _configure(world, world.main, "setLiquidationProtocolFee(address,uint256)", "USDC", 500)
    _configure(world, world.main, "setReserveFactor(address,uint256)", "WBTC", 4_000)
    _configure(world, world.legacy, "setReserveFactor(address,uint256)", "WBTC", 2_500)
    ground = world.site.ground
    main = world.main.deployment.configurator
    ground.admin_send(main, "updateFlashloanPremium(uint128)", [7])
    random_life(world, 2)


def pause(world: World) -> None:
    """LINK is paused on both markets."""
    for market in world.markets:
        _configure(world, market, "setReservePause(address,bool)", "LINK", True)


def while_paused(world: World) -> None:
    """A price falls while nobody can act on it."""
    world.feeds.move("LINK / USD", -300)


def unpause(world: World) -> None:
    """LINK returns; on 3.6 its users have two hours before anybody may liquidate them."""
    _configure(world, world.legacy, "setReservePause(address,bool)", "LINK", False)
    _configure(world, world.main, PAUSE_WITH_GRACE, "LINK", False, GRACE_SECONDS)


def freeze(world: World) -> None:
    """Frozen: on 3.6 that also takes the reserve's LTV away and keeps it for later."""
    _configure(world, world.legacy, "setReserveFreeze(address,bool)", "EURS", True)
    _configure(world, world.main, "setReserveFreeze(address,bool)", "DAI", True)


def unfreeze(world: World) -> None:
    """Back to normal, except inside e-mode on 3.6."""
    _configure(world, world.legacy, "setReserveFreeze(address,bool)", "EURS", False)
    _configure(world, world.main, "setReserveFreeze(address,bool)", "DAI", False)


def price_sources(world: World) -> None:
    """DAI gets another proxy on 3.0.2; USDT a capping adapter, which is no Chainlink proxy, on 3.6."""
    ground, tokens = world.site.ground, world.site.ground.tokens
    ground.admin_send(
        world.legacy.deployment.oracle,
        SET_SOURCES,
        [[tokens["DAI"]], [ground.feeds[SECOND_DAI_FEED]]],
    )
    adapter = ground.deploy("CappedFeed", ["address", "int256"], [ground.feeds["USDT / USD"], STABLE_CAP])
    ground.admin_send(world.main.deployment.oracle, SET_SOURCES, [[tokens["USDT"]], [adapter]])


def drop_reserve(world: World) -> None:
    """The unused reserve goes: 3.0.2 will reuse its id, 3.6 keeps the hole (there it goes later)."""
    args = [world.site.ground.tokens[DROPPED]]
    world.site.ground.admin_send(world.legacy.deployment.configurator, "dropReserve(address)", args)


def list_aave(world: World) -> None:
    """A new reserve in both markets; on 3.6 it is collateral only inside the new e-mode category."""
    site, ground = world.site, world.site.ground
    tokens = [[ground.tokens["AAVE"]], [ground.sources["AAVE"]]]
    for market in world.markets:
        ground.admin_send(market.deployment.oracle, SET_SOURCES, tokens)
    legacy, main = (market.deployment for market in world.markets)
    list_legacy_reserve(ground, legacy, site.legacy_code, LATE_LEGACY_RESERVE)
    list_main_reserve(ground, main, site.main_code, LATE_MAIN_RESERVE)
    set_main_emode(ground, main, LATE_MAIN_EMODE)


def use_aave(world: World) -> None:
    """Users of the new reserve; the hole of the dropped reserve opens on 3.6."""
    for market in world.markets:
        movers = world.cast(market).movers
        for who in movers[14:16]:
            if not market.legacy:
                market.set_emode(who, LATE_MAIN_EMODE.category)
            market.supply(who, "AAVE", market.units("AAVE", world.size(3_000, 30_000)))
        supplier = world.cast(market).suppliers[0]
        market.supply(supplier, "AAVE", market.units("AAVE", 400_000))
    args = [world.site.ground.tokens[DROPPED]]
    world.site.ground.admin_send(world.main.deployment.configurator, "dropReserve(address)", args)


def borrow_with_aave(world: World) -> None:
    """Debt against the new collateral."""
    for market in world.markets:
        borrow_share(market, world.cast(market).movers[14:16], "USDC", 0.9)


def rates_and_caps(world: World) -> None:
    """USDC gets dearer: a new strategy contract on 3.0.2, new data on 3.6. Caps change."""
    ground = world.site.ground
    plan = next(item for item in LEGACY_RESERVES if item.symbol == "USDC")
    strategy = deploy_strategy(ground, world.legacy.deployment, _dearer(plan))
    signature = "setReserveInterestRateStrategyAddress(address,address)"
    _configure(world, world.legacy, signature, "USDC", strategy)
    plan = next(item for item in MAIN_RESERVES if item.symbol == "USDC")
    signature = "setReserveInterestRateData(address,bytes)"
    _configure(world, world.main, signature, "USDC", rate_data(_dearer(plan)))
    for market in world.markets:
        _configure(world, market, "setSupplyCap(address,uint256)", "WBTC", 1_000_000)
        _configure(world, market, "setBorrowCap(address,uint256)", "WETH", 2_000_000)
        _configure(world, market, "setDebtCeiling(address,uint256)", "CRV", 550_000_00)


def sequencer_down(world: World) -> None:
    """The sequencers stop: no borrowing, and liquidation only below health factor 0.95."""
    for market in world.markets:
        _set_sequencer(world, market, down=True)


def sequencer_up(world: World) -> None:
    """They are back; the sentinels' grace period begins."""
    for market in world.markets:
        _set_sequencer(world, market, down=False)


def nothing(_world: World) -> None:
    """An empty block."""


def bridge_in(world: World) -> None:
    """A bridge may mint unbacked aTokens on 3.0.2: supply without underlying."""
    ground, legacy = world.site.ground, world.legacy
    acl = world.chain.call(legacy.deployment.entry, "getACLManager()", returns="address")
    ground.admin_send(acl, "addBridge(address)", [ground.admin])
    ground.admin_send(legacy.deployment.configurator, "updateBridgeProtocolFee(uint256)", [2_000])
    _configure(world, legacy, "setUnbackedMintCap(address,uint256)", "USDT", 1_000_000)
    args = [ground.tokens["USDT"], legacy.units("USDT", 120_000), world.cast(legacy).suppliers[1], 0]
    ground.admin_send(legacy.pool, "mintUnbacked(address,uint256,address,uint16)", args)


def bridge_back(world: World) -> None:
    """Most of it is backed later; the fee lifts the liquidity index."""
    ground, legacy = world.site.ground, world.legacy
    amount, fee = legacy.units("USDT", 90_000), legacy.units("USDT", 300)
    legacy.pay(ground.admin, "USDT", amount + fee)
    args = [ground.tokens["USDT"], amount, fee]
    ground.admin_send(legacy.pool, "backUnbacked(address,uint256,uint256)", args)


def mint_to_treasury(world: World) -> None:
    """The treasuries collect their share of every reserve."""
    for market in world.markets:
        assets = [world.site.ground.tokens[symbol] for symbol in market.listed()]
        world.site.ground.admin_send(market.pool, "mintToTreasury(address[])", [assets])


def _dearer(plan: ReservePlan) -> ReservePlan:
    return replace(plan, base_rate=plan.base_rate + 300, slope1=plan.slope1 + 200)


def _set_sequencer(world: World, market: Market, *, down: bool) -> None:
    args = [down, world.chain.timestamp]
    world.site.ground.admin_send(market.deployment.sequencer, "setAnswer(bool,uint256)", args)


def governance() -> Chapter:
    """One decision a block, with life in between."""
    acts = (
        *((thresholds, 12), (calm_beat, 12), (emode_parameters, 12), (protocol_fees, 12)),
        *((pause, 12), (while_paused, 12), (unpause, 3_600), (calm_beat, 12), (freeze, 12)),
        *((nothing, 12), (unfreeze, 12), (price_sources, 12), (drop_reserve, 12)),
        *((list_aave, 12), (use_aave, 12), (borrow_with_aave, 12), (rates_and_caps, 3_600)),
        *((sequencer_down, 12), (nothing, 600), (sequencer_up, 12), (nothing, 2_400)),
        *((bridge_in, 12), (calm_beat, 3_600), (bridge_back, 12)),
        *((mint_to_treasury, 12), (calm_beat, 86_400)),
    )
    return Chapter("governance", tuple(Beat(act, seconds) for act, seconds in acts))


def propose_aggregators(world: World) -> None:
    """New aggregators for ether and USDC report and are proposed to their proxies."""
    for name in PHASE_CHANGES:
        world.feeds.prepare_phase(name)


def confirm_ether(world: World) -> None:
    """The proxy of ether moves to its second phase, without a log."""
    world.feeds.confirm_phase("ETH / USD")


def confirm_dollar(world: World) -> None:
    """So does USDC's, while ether's new aggregator gives its next answer."""
    world.feeds.confirm_phase("USDC / USD")
    world.feeds.move("ETH / USD", -45)


def phase_change() -> Chapter:
    """Two feeds change their aggregators."""
    acts = (propose_aggregators, calm_beat, confirm_ether, confirm_dollar, calm_beat, calm_beat)
    return Chapter("phase change", tuple(Beat(act) for act in acts))

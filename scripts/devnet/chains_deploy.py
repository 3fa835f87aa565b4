"""Puts on the chain what the collateral chains need: wrappers, the static aToken, a vault, a late reserve, a market."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scripts.devnet.aave_main import list_main_reserve, set_main_emode
from scripts.devnet.abi import address_of
from scripts.devnet.chains_plan import (
    EMODE,
    FEED,
    MARKET,
    RESERVE,
    SHARES,
    STAKED,
    STAKED_AT_FIRST,
    STATIC,
    WORTH_AT_FIRST,
    WRAPPED,
)
from scripts.devnet.feeds import Feeds
from scripts.devnet.market import MAX
from scripts.devnet.morpho_deploy import BASIS_POINT, PARAMS, MorphoSite
from scripts.devnet.morpho_market import MorphoMarket
from scripts.devnet.plan import token_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.manifest import Feed
    from scripts.devnet.story.world import World

SAMPLE = 10**18


class ChainsSite:
    """Addresses, known once the two deploying beats were lived."""

    def __init__(self, world: World) -> None:
        ground = world.site.ground
        self.ground = ground
        self.chain = world.chain
        self.admin = address_of("devnet chains admin")
        self.feeds = Feeds(self.chain, ground.contracts, self.admin, ground.tokens["LINK"])
        self.morpho = MorphoSite.standing(ground)
        self.market = MorphoMarket(self.chain, self.morpho, MARKET)
        self.looper = self.vault = self.oracle = self._static_factory = ""
        self.tokens: dict[str, str] = {}

    @property
    def feed(self) -> Feed:
        """The feed of wrapped staked ether."""
        return self.feeds.feeds[FEED.name]

    def deploy(self, world: World) -> None:
        """Queue the contracts; staked ether begins with a pool that has grown."""
        ether = self.ground.tokens["WETH"]
        staked = self._create("StakedEther", ["address"], [ether])
        self.tokens[STAKED] = staked
        self.tokens[WRAPPED] = self._create("WrappedStakedEther", ["address"], [staked])
        self.looper = self._create("Looper")
        receipt, _, _ = world.legacy.reserve_tokens("WETH")
        vault = self._create("LoopVault", ["address"] * 3, [ether, world.legacy.pool, receipt])
        self.vault = self.tokens[SHARES] = vault
        self._deploy_static(world.main.pool)
        self.send(ether, "mint(address,uint256)", [self.admin, STAKED_AT_FIRST])
        self.send(ether, "approve(address,uint256)", [staked, MAX])
        self.send(staked, "submit(uint256)", [STAKED_AT_FIRST])
        self.send(staked, "rebase(uint256)", [WORTH_AT_FIRST])
        self.feeds.deploy(FEED, world.feeds.visible("ETH / USD") * WORTH_AT_FIRST // STAKED_AT_FIRST)

    def _deploy_static(self, pool: str) -> None:
        """Queue static aTokens as Aave deploys them: a factory that puts proxies before one implementation."""
        rewards = self._create("RewardsController", ["address"], [self.admin])
        proxies = self._create("TransparentProxyFactory")
        code = self._create("StataTokenV2", ["address", "address"], [pool, rewards])
        self._static_factory = self._create("StataTokenFactory", ["address"] * 4, [pool, self.admin, proxies, code])
        self.send(self._static_factory, "createStataTokens(address[])", [[self.ground.tokens["WETH"]]])

    def list(self, world: World) -> None:
        """Queue the reserve of wrapped staked ether with its e-mode, and the Morpho market of the static aToken."""
        ether = self.ground.tokens["WETH"]
        self.tokens[STATIC] = str(
            self.chain.call(self._static_factory, "getStataToken(address)", [ether], "address"),
        )
        wrapped, main = self.tokens[WRAPPED], world.main.deployment
        world.main.tokens[WRAPPED] = wrapped
        ground = replace(self.ground, tokens={**self.ground.tokens, WRAPPED: wrapped})
        ground.admin_send(main.oracle, "setAssetSources(address[],address[])", [[wrapped], [self.feed.proxy]])
        list_main_reserve(ground, main, world.site.main_code, RESERVE)
        set_main_emode(ground, main, EMODE)
        self._create_market()

    def _create_market(self) -> None:
        loan, ether = token_plan(MARKET.loan), token_plan("WETH")
        feeds = [self.ground.feeds[token.feed] for token in (ether, loan)]
        self.oracle = self._create(
            "MorphoVaultOracle",
            ["address", "uint256", "address", "address", "uint256", "uint256"],
            [self.tokens[STATIC], SAMPLE, *feeds, ether.decimals, loan.decimals],
        )
        tokens, irm = (self.ground.tokens[MARKET.loan], self.tokens[STATIC]), self.morpho.irms[MARKET.irm]
        params = (*tokens, self.oracle, irm, MARKET.lltv * BASIS_POINT)
        self.morpho.params[MARKET.name] = params
        self.send(self.morpho.morpho, f"createMarket({PARAMS})", [params])

    def report_staking(self, world: World, grown_ppm: int) -> None:
        """Queue that staked ether grew by so many millionths, and the answer of its wrapper's feed that follows."""
        staked = self.tokens[STAKED]
        shares, pool = self.chain.calls(
            [(staked, f"{name}()", [], "uint256") for name in ("getTotalShares", "getTotalPooledEther")]
        )
        grown = pool + pool * grown_ppm // 10**6
        self.send(staked, "rebase(uint256)", [grown])
        self.feeds.publish(FEED.name, world.feeds.visible("ETH / USD") * grown // shares)

    def send(self, to: str, signature: str, args: Sequence[object]) -> None:
        """Queue a call by the owner of these contracts, who also manages the vault."""
        self.chain.send(self.admin, to, signature, args)

    def _create(self, name: str, types: Sequence[str] = (), args: Sequence[object] = ()) -> str:
        return self.chain.deploy(self.admin, self.ground.contracts.creation(name, types, args), name)

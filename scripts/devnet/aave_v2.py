"""Aave V2 joins the devnet: deployed from the artifacts of @aave/protocol-v2@1.0.1 over Chainlink feeds in ether."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.devnet.aave_v2_market import V2Market
from scripts.devnet.aave_v2_plan import NAME, RESERVES, V2Reserve, feed_plan, first_answer
from scripts.devnet.abi import address_of, created_address
from scripts.devnet.feeds import Feeds
from scripts.devnet.manifest import Deployment, JoinedDeployment
from scripts.devnet.plan import token_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.story.world import World

PREFIX = "v2:"
ZERO = "0x" + "00" * 20
BPS_IN_RAY = 10**23
ADMIN_GAS = 16_000_000


class V2Site:
    """The deployed market, found again from the chain: the provider is the admin's first contract."""

    def __init__(self, world: World) -> None:
        self.chain = world.chain
        self.contracts = world.site.ground.contracts
        self.tokens = dict(world.site.ground.tokens)
        self.admin = address_of("devnet aave_v2 admin")
        self.treasury = address_of("devnet aave_v2 treasury")
        self.provider = created_address(self.admin, 0)
        self.feeds = Feeds(self.chain, self.contracts, self.admin, self.tokens["LINK"])
        self._first_block = 0

    @property
    def deployed(self) -> bool:
        """Whether the provider is on the chain now."""
        return str(self.chain.rpc.request("eth_getCode", [self.provider, "latest"])) != "0x"

    @property
    def joined(self) -> JoinedDeployment:
        """The deployment as the manifest names it."""
        return JoinedDeployment(NAME, NAME, self.provider, self._first_block, {"admin": self.admin})

    @property
    def market(self) -> V2Market:
        """The market's users' view."""
        return V2Market(self.chain, self.deployment, self.tokens)

    @property
    def deployment(self) -> Deployment:
        """Every address, read from the provider."""
        return Deployment(
            name=NAME,
            protocol=NAME,
            revision="2",
            entry=self.provider,
            pool=self.named("getLendingPool()"),
            configurator=self.named("getLendingPoolConfigurator()"),
            oracle=self.named("getPriceOracle()"),
            sentinel=ZERO,
            sequencer=ZERO,
            data_provider=self.chain.call(self.provider, "getAddress(bytes32)", [b"\1" + bytes(31)], "address"),
            treasury=self.treasury,
            first_block=self._first_block,
        )

    def named(self, getter: str) -> str:
        """One address the provider names."""
        return str(self.chain.call(self.provider, getter, returns="address"))

    def deploy(
        self,
        name: str,
        types: Sequence[str] = (),
        args: Sequence[object] = (),
        libraries: dict[str, str] | None = None,
    ) -> str:
        """Queue a contract creation by the admin; the address it will have."""
        code = self.contracts.creation(PREFIX + name, types, args, libraries)
        return self.chain.deploy(self.admin, code, f"{PREFIX}{name}")

    def send(self, to: str, signature: str, args: Sequence[object] = ()) -> None:
        """Queue a call by the admin."""
        self.chain.send(self.admin, to, signature, args, gas=ADMIN_GAS)

    def configure(self, signature: str, *args: object) -> None:
        """Queue a call of the configurator."""
        self.send(self.named("getLendingPoolConfigurator()"), signature, args)

    def deploy_contracts(self, world: World) -> None:
        """One block: feeds, provider, pool, configurator, collateral manager, oracles."""
        del world
        self._first_block = self.chain.block_number + 1
        provider = self.deploy("LendingPoolAddressesProvider", ["string"], ["Devnet V2"])
        self.send(provider, "setPoolAdmin(address)", [self.admin])
        self.send(provider, "setEmergencyAdmin(address)", [self.admin])
        libraries = {"GenericLogic": self.deploy("GenericLogic"), "ReserveLogic": self.deploy("ReserveLogic")}
        libraries["ValidationLogic"] = self.deploy("ValidationLogic", libraries=libraries)
        pool = self.deploy("LendingPool", libraries=libraries)
        self.send(provider, "setLendingPoolImpl(address)", [pool])
        self.send(provider, "setLendingPoolConfiguratorImpl(address)", [self.deploy("LendingPoolConfigurator")])
        self.set_collateral_manager(provider)
        priced = [reserve for reserve in RESERVES if reserve.symbol != "WETH"]
        sources = [self.feeds.deploy(feed_plan(one), first_answer(one.symbol)).proxy for one in priced]
        oracle = self.deploy(
            "AaveOracle",
            ["address[]", "address[]", "address", "address"],
            [[self.tokens[one.symbol] for one in priced], sources, ZERO, self.tokens["WETH"]],
        )
        self.send(provider, "setPriceOracle(address)", [oracle])
        self.send(provider, "setLendingRateOracle(address)", [self.deploy("LendingRateOracle")])
        data_provider = self.deploy("AaveProtocolDataProvider", ["address"], [provider])
        self.send(provider, "setAddress(bytes32,address)", [b"\1" + bytes(31), data_provider])

    def set_collateral_manager(self, provider: str) -> None:
        """Queue a new collateral manager of the same code."""
        self.send(provider, "setLendingPoolCollateralManager(address)", [self.deploy("LendingPoolCollateralManager")])

    def list_reserve(self, plan: V2Reserve) -> None:
        """Queue a reserve: its three tokens, its rates, its configuration. Its price source must be set."""
        pool, asset = self.named("getLendingPool()"), self.tokens[plan.symbol]
        names = ["address", "address", "string", "string", "address"]
        treasury = [*names[:2], "address", *names[2:]]
        a_token = self.deploy("AToken", treasury, [pool, asset, self.treasury, *_named("a", plan), ZERO])
        stable = self.deploy("StableDebtToken", names, [pool, asset, *_named("stableDebt", plan), ZERO])
        variable = self.deploy("VariableDebtToken", names, [pool, asset, *_named("variableDebt", plan), ZERO])
        rates = (plan.optimal, plan.base_rate, plan.slope1, plan.slope2, 200, 6000)
        strategy = self.deploy(
            "DefaultReserveInterestRateStrategy",
            ["address", *["uint256"] * 6],
            [self.provider, *(rate * BPS_IN_RAY for rate in rates)],
        )
        rate_oracle = self.named("getLendingRateOracle()")
        self.send(rate_oracle, "setMarketBorrowRate(address,uint256)", [asset, plan.market_rate * BPS_IN_RAY])
        decimals = token_plan(plan.symbol).decimals
        tokens = (a_token, stable, variable)
        self.configure("initReserve(address,address,address,uint8,address)", *tokens, decimals, strategy)
        if plan.threshold:
            self.configure_collateral(plan.symbol, plan.ltv, plan.threshold, plan.bonus)
        self.configure("enableBorrowingOnReserve(address,bool)", asset, plan.stable)
        self.configure("setReserveFactor(address,uint256)", asset, plan.reserve_factor)

    def configure_collateral(self, symbol: str, ltv: int, threshold: int, bonus: int) -> None:
        """Queue what a reserve counts as collateral."""
        signature = "configureReserveAsCollateral(address,uint256,uint256,uint256)"
        self.configure(signature, self.tokens[symbol], ltv, threshold, bonus)


def _named(sign: str, plan: V2Reserve) -> tuple[str, str]:
    return (f"Devnet V2 {sign} {plan.symbol}", f"{sign}{plan.symbol}")

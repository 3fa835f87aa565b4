"""Puts Venus isolated pools on the chain, with their oracle: two blocks, from an account of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scripts.devnet.abi import address_of, encode_call
from scripts.devnet.chain import TRANSACTION_GAS
from scripts.devnet.plan import token_plan
from scripts.devnet.tarballs import artifacts, creation
from scripts.devnet.venus_plan import (
    BLOCKS_PER_YEAR,
    CLOSE_FACTOR,
    LIQUIDATION_INCENTIVE,
    MAX_BORROW_RATE,
    OF_THE_REGISTRY,
    PAY_OUT_BLOCKS,
    PAY_OUT_SECONDS,
    PERMISSIONS,
    POOLS,
    WAD,
    VenusMarketPlan,
    VenusPoolPlan,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.devnet.chain import Chain

ZERO = "0x" + "00" * 20
MAX = 2**256 - 1
LOOPS = 100
PACKAGES = ("@venusprotocol/isolated-pools", "@venusprotocol/oracle")
INITIALIZE_MARKET = (
    "initialize(address,address,address,uint256,string,string,uint8,address,address,(address,address),uint256)"
)


def load_artifacts(report: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """The artifacts of both packages by contract name."""
    found: dict[str, dict[str, Any]] = {}
    for package in PACKAGES:
        found |= artifacts(package, report)
    return found


@dataclass
class VenusSite:
    """Addresses of a pool and of what the pools share; its markets by the symbol of what they lend."""

    admin: str
    shortfall: str
    access: str = ""
    oracle: str = ""
    chainlink: str = ""
    bounds: str = ""
    registry: str = ""
    treasury: str = ""
    comptroller: str = ""
    markets: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)


class VenusDeployer:
    """Queues the deployment. Addresses follow from the deployer's nonces, so a replay gives the same ones."""

    def __init__(self, chain: Chain, tokens: dict[str, str], feeds: dict[str, str]) -> None:
        self._chain = chain
        self._tokens = tokens
        self._feeds = feeds
        self._artifacts = load_artifacts(lambda _line: None)
        self._admin = address_of("devnet venus admin")
        # Larger than mainnet allows, see README.md: it does not come from a creation.
        self._comptroller_code = address_of("devnet venus comptroller implementation")
        self._shortfall = address_of("devnet venus shortfall")
        self._vtoken_code: dict[bool, str] = {}
        self._access = self._oracle = self._chainlink = self._registry = self._treasury = ""
        self.sites = {plan.name: VenusSite(self._admin, self._shortfall) for plan in POOLS}

    def _deploy(self, name: str, types: Sequence[str] = (), args: Sequence[Any] = ()) -> str:
        return self._chain.deploy(self._admin, creation(self._artifacts[name], types, args), f"Venus {name}")

    def _send(self, to: str, signature: str, *args: object) -> None:
        self._chain.send(self._admin, to, signature, args, gas=TRANSACTION_GAS)

    def _proxied(
        self, name: str, call: str, *args: object, types: Sequence[str] = (), built: Sequence[Any] = ()
    ) -> str:
        """An implementation behind a proxy that is initialised at once."""
        data = bytes.fromhex(encode_call(call, args)[2:])
        return self._deploy("ERC1967Proxy", ["address", "bytes"], [self._deploy(name, types, built), data])

    # First block: what the pool stands on, and the implementations

    def ground(self) -> None:
        """Access control, oracles, registry, treasury, implementations."""
        self._access = self._deploy("AccessControlManager")
        start = ("initialize(address)", self._access)
        built = [ZERO, ZERO, self._proxied("BoundValidator", *start)]
        self._oracle = self._proxied("ResilientOracle", *start, types=["address"] * 3, built=built)
        self._chainlink = self._proxied("ChainlinkOracle", *start)
        self._registry = self._proxied("PoolRegistry", *start)
        nobody = [address_of(f"devnet venus {name}") for name in ("core pool", "native token", "native market")]
        call = "initialize(address,uint256)"
        types = ["address"] * 3
        self._treasury = self._proxied("ProtocolShareReserve", call, self._access, LOOPS, types=types, built=nobody)
        self._send(self._treasury, "setPoolRegistry(address)", self._registry)
        for timed in (False, True):
            args = [timed, 0 if timed else BLOCKS_PER_YEAR, MAX_BORROW_RATE]
            self._vtoken_code[timed] = self._deploy("VToken", ["bool", "uint256", "uint256"], args)
        self._construct_comptroller()

    def _construct_comptroller(self) -> None:
        """Run the Comptroller's constructor without a creation: its creation code is the code for one block.

        The transaction writes what the constructor writes; the code it returns is put in place afterwards.
        """
        code = creation(self._artifacts["Comptroller"], ["address"], [self._registry])
        self._chain.rpc.request("anvil_setCode", [self._comptroller_code, code])
        self._chain.send_raw(self._admin, self._comptroller_code, "0x", "construct Venus Comptroller")

    # Second block: the pools

    def pools(self) -> None:
        """Prices, Comptrollers, rate models, markets."""
        call = [{"to": self._comptroller_code, "data": "0x"}, "latest"]
        code = self._chain.rpc.request("eth_call", call)
        self._chain.rpc.request("anvil_setCode", [self._comptroller_code, code])
        self._permit()
        for market in {plan.symbol: plan for pool in reversed(POOLS) for plan in pool.markets}.values():
            self._price(market)
        beacon = self._deploy("UpgradeableBeacon", ["address"], [self._comptroller_code])
        for plan in POOLS:
            self._pool(plan, beacon)

    def _pool(self, plan: VenusPoolPlan, beacon: str) -> None:
        site = self.sites[plan.name]
        site.access, site.oracle, site.chainlink = self._access, self._oracle, self._chainlink
        site.registry, site.treasury = self._registry, self._treasury
        site.comptroller = self._behind(beacon, "initialize(uint256,address)", [LOOPS, site.access])
        self._send(site.comptroller, "setPriceOracle(address)", site.oracle)
        settings = (CLOSE_FACTOR, LIQUIDATION_INCENTIVE, plan.min_collateral)
        signature = "addPool(string,address,uint256,uint256,uint256)"
        self._send(site.registry, signature, plan.name, site.comptroller, *settings)
        markets = self._deploy("UpgradeableBeacon", ["address"], [self._vtoken_code[plan.timed]])
        for market in plan.markets:
            self._market(site, market, markets, plan.timed)

    def _permit(self) -> None:
        for who, functions in ((self._admin, PERMISSIONS), (self._registry, OF_THE_REGISTRY)):
            for function in functions:
                self._send(self._access, "giveCallPermission(address,string,address)", ZERO, function, who)

    def _behind(self, beacon: str, call: str, args: Sequence[Any]) -> str:
        data = bytes.fromhex(encode_call(call, args)[2:])
        return self._deploy("BeaconProxy", ["address", "bytes"], [beacon, data])

    def _price(self, plan: VenusMarketPlan) -> None:
        """The main oracle reads the devnet's Chainlink proxy; there is no second one."""
        token, feed = self._tokens[plan.symbol], self._feeds[token_plan(plan.symbol).feed]
        self._send(self._chainlink, "setTokenConfig((address,address,uint256))", (token, feed, plan.stale_s))
        oracles, enabled = [self._chainlink, ZERO, ZERO], [True, False, False]
        self._send(
            self._oracle,
            "setTokenConfig((address,address[3],bool[3],bool))",
            (token, oracles, enabled, False),
        )

    def _market(self, site: VenusSite, plan: VenusMarketPlan, beacon: str, timed: bool) -> None:
        token = token_plan(plan.symbol)
        underlying = self._tokens[plan.symbol]
        model = site.models[plan.symbol] = self._model(plan.model, timed)
        # One vToken is worth about a fiftieth of the token at first, whatever the decimals of both.
        first_rate = WAD * 10**token.decimals // (50 * 10**plan.decimals)
        risk = (site.shortfall, site.treasury)
        names = (f"Venus {plan.symbol}", f"v{plan.symbol}", plan.decimals)
        args = [underlying, site.comptroller, model, first_rate, *names, self._admin, site.access, risk]
        market = self._behind(beacon, INITIALIZE_MARKET, [*args, plan.reserve_factor * 10**14])
        site.markets[plan.symbol] = market
        amount = plan.first_supply * 10**token.decimals
        self._send(underlying, "mint(address,uint256)", self._admin, amount)
        self._send(underlying, "approve(address,uint256)", site.registry, amount)
        factors = (plan.collateral_factor * 10**14, plan.liquidation_threshold * 10**14)
        given = (market, *factors, amount, self._admin, MAX, MAX)
        self._send(site.registry, "addMarket((address,uint256,uint256,uint256,address,uint256,uint256))", given)
        delay = PAY_OUT_SECONDS if timed else PAY_OUT_BLOCKS
        self._send(market, "setReduceReservesBlockDelta(uint256)", delay)

    def _model(self, kind: str, timed: bool) -> str:
        clock = [timed, 0 if timed else BLOCKS_PER_YEAR]
        clock_types = ["bool", "uint256"]
        share = WAD // 100
        if kind == "white_paper":
            args = [2 * share, 15 * share, *clock]
            return self._deploy("WhitePaperInterestRateModel", ["uint256", "uint256", *clock_types], args)
        if kind == "two_kinks":
            kinks = [0, 6 * share, 60 * share, 12 * share, 2 * share, 85 * share, 250 * share]
            return self._deploy("TwoKinksInterestRateModel", [*["int256"] * 7, *clock_types], [*kinks, *clock])
        rates = [2 * share, 10 * share, 250 * share, 80 * share, self._access]
        types = [*["uint256"] * 4, "address", *clock_types]
        return self._deploy("JumpRateModelV2", types, [*rates, *clock])

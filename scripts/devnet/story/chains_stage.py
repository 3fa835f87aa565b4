"""Who takes part in the collateral chains, and the moves they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.devnet.abi import address_of
from scripts.devnet.chains_plan import STATIC
from scripts.devnet.market import MAX
from scripts.devnet.morpho_deploy import PARAMS

if TYPE_CHECKING:
    from scripts.devnet.chains_deploy import ChainsSite
    from scripts.devnet.market import Market
    from scripts.devnet.morpho_market import MorphoPosition
    from scripts.devnet.story.world import World

SUPPLY = "supply(address,uint256,address,uint16)"
SUPPLY_COLLATERAL = f"supplyCollateral({PARAMS},uint256,address,bytes)"
DOLLAR = 10**8


@dataclass(frozen=True)
class ChainsStage:
    """What a step acts on. Actors post what they hold; only what they begin with is minted."""

    site: ChainsSite
    seed: int

    def who(self, name: str) -> str:
        """The address of an actor."""
        return address_of(f"devnet {self.seed} chains {name}")

    def token(self, symbol: str) -> str:
        """The address of a token, old or new."""
        return self.site.tokens.get(symbol) or self.site.ground.tokens[symbol]

    def held(self, who: str, symbol: str) -> int:
        """What somebody holds of a token."""
        return int(self.site.chain.call(self.token(symbol), "balanceOf(address)", [who]))

    def send(self, who: str, to: str, signature: str, *args: object) -> None:
        """Queue a transaction that must succeed."""
        self.site.chain.send(who, to, signature, args)

    def allow(self, who: str, symbol: str, spender: str, amount: int = MAX) -> None:
        """Queue an approval."""
        self.send(who, self.token(symbol), "approve(address,uint256)", spender, amount)

    def mint(self, who: str, symbol: str, amount: int) -> None:
        """Queue minting of a token that everybody may mint."""
        self.send(who, self.token(symbol), "mint(address,uint256)", who, amount)

    def position(self, name: str) -> MorphoPosition:
        """What an actor has in the market of the static aToken."""
        return self.site.market.positions([self.who(name)])[0]


def market_of(world: World, legacy: bool) -> Market:
    """Aave 3.0.2, or 3.6."""
    return world.legacy if legacy else world.main


def bring(stage: ChainsStage, world: World, name: str, symbol: str, *, legacy: bool) -> None:
    """Somebody supplies tokens of their own."""
    market = market_of(world, legacy)
    market.supply(stage.who(name), symbol, market.units(symbol, world.size(150_000, 300_000)))


def borrow(stage: ChainsStage, world: World, name: str, symbol: str, *, legacy: bool) -> None:
    """Somebody borrows a part of what is available to them."""
    market, who = market_of(world, legacy), stage.who(name)
    dollars = market.account(who).available_base / DOLLAR * world.dice.uniform(0.4, 0.6)
    market.borrow(who, symbol, market.units(symbol, dollars))


def post(stage: ChainsStage, world: World, name: str, symbol: str, *, legacy: bool) -> None:
    """Somebody supplies everything they hold of a token."""
    market, who = market_of(world, legacy), stage.who(name)
    amount = stage.held(who, symbol)
    stage.allow(who, symbol, market.pool, amount)
    stage.send(who, market.pool, SUPPLY, stage.token(symbol), amount, who, 0)


def post_static(stage: ChainsStage, _world: World, name: str) -> None:
    """Somebody posts all their static aTokens on Morpho Blue."""
    who, morpho = stage.who(name), stage.site.morpho.morpho
    amount = stage.held(who, STATIC)
    stage.allow(who, STATIC, morpho, amount)
    stage.send(who, morpho, SUPPLY_COLLATERAL, stage.site.market.params, amount, who, b"")

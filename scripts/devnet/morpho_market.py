"""One market of Morpho Blue as its users meet it: every action as a queued transaction, and the reads of a story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.devnet.morpho_deploy import PARAMS, MorphoSite, Params, market_id
from scripts.devnet.morpho_plan import WAD, MorphoMarketPlan
from scripts.devnet.plan import token_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.chain import Chain, Transaction
    from scripts.devnet.story.world import World

PRICE_SCALE = 10**36
LIQUIDATE = f"liquidate({PARAMS},address,uint256,uint256,bytes)"


@dataclass(frozen=True)
class MorphoPosition:
    """One account in one market, with its debt in assets as of the last accrual, and what it may owe."""

    who: str
    supply_shares: int
    borrow_shares: int
    collateral: int
    owed: int
    limit: int


@dataclass(frozen=True)
class MorphoMarket:
    """A market. `strict`: its transactions must succeed, else the story is wrong."""

    chain: Chain
    site: MorphoSite
    plan: MorphoMarketPlan
    strict: bool = True

    def lenient(self) -> MorphoMarket:
        """The same market for actions that may fail, like those of random life."""
        return replace(self, strict=False)

    @property
    def params(self) -> Params:
        """Its parameters."""
        return self.site.params[self.plan.name]

    @property
    def id(self) -> bytes:
        """Its id."""
        return market_id(self.params)

    # Reading

    def price(self) -> int:
        """What its oracle says; 0 while it reverts."""
        if self.chain.call(self.params[2], "broken()", returns="bool"):
            return 0
        return int(self.chain.call(self.params[2], "price()"))

    def totals(self) -> tuple[int, ...]:
        """Supply assets and shares, borrow assets and shares, last update, fee."""
        return tuple(self.chain.call(self.site.morpho, "market(bytes32)", [self.id], ",".join(["uint128"] * 6)))

    def positions(self, users: Sequence[str]) -> list[MorphoPosition]:
        """What these accounts have."""
        returns = "uint256,uint128,uint128"
        rows = self.chain.calls(
            [(self.site.morpho, "position(bytes32,address)", [self.id, who], returns) for who in users]
        )
        totals, price = self.totals(), self.price()
        found = []
        for who, (supply_shares, borrow_shares, collateral) in zip(users, rows, strict=True):
            owed = -(-borrow_shares * (totals[2] + 1) // (totals[3] + 10**6))
            limit = collateral * price // PRICE_SCALE * self.params[4] // WAD
            found.append(MorphoPosition(who, supply_shares, borrow_shares, collateral, owed, limit))
        return found

    def idle(self) -> int:
        """What can be borrowed or withdrawn."""
        supplied, _, borrowed, *_ = self.totals()
        return supplied - borrowed

    # Acting

    def _send(self, who: str, name: str, types: str, args: list[object]) -> Transaction:
        signature = f"{name}({PARAMS},{types})"
        return self.chain.send(who, self.site.morpho, signature, [self.params, *args], must_succeed=self.strict)

    def _pay(self, who: str, token: str, amount: int) -> None:
        self.chain.send(who, token, "mint(address,uint256)", [who, amount])
        self.chain.send(who, token, "approve(address,uint256)", [self.site.morpho, amount])

    def supply(self, who: str, assets: int) -> None:
        """Queue a supply of the loan token."""
        self._pay(who, self.params[0], assets)
        self._send(who, "supply", "uint256,uint256,address,bytes", [assets, 0, who, b""])

    def supply_shares(self, who: str, shares: int) -> None:
        """Queue a supply that names shares."""
        supplied, total, *_ = self.totals()
        self._pay(who, self.params[0], shares * (supplied + 1) // (total + 10**6) * 2 + 10**6)
        self._send(who, "supply", "uint256,uint256,address,bytes", [0, shares, who, b""])

    def withdraw(self, who: str, assets: int, shares: int = 0) -> None:
        """Queue a withdrawal of assets, or (assets 0) of shares."""
        self._send(who, "withdraw", "uint256,uint256,address,address", [assets, shares, who, who])

    def add_collateral(self, who: str, amount: int) -> None:
        """Queue collateral."""
        self._pay(who, self.params[1], amount)
        self._send(who, "supplyCollateral", "uint256,address,bytes", [amount, who, b""])

    def take_collateral(self, who: str, amount: int) -> None:
        """Queue a withdrawal of collateral."""
        self._send(who, "withdrawCollateral", "uint256,address,address", [amount, who, who])

    def borrow(self, who: str, assets: int, shares: int = 0) -> None:
        """Queue a borrow of assets, or (assets 0) of shares."""
        self._send(who, "borrow", "uint256,uint256,address,address", [assets, shares, who, who])

    def repay(self, who: str, assets: int) -> None:
        """Queue a repayment of assets."""
        self._pay(who, self.params[0], assets)
        self._send(who, "repay", "uint256,uint256,address,bytes", [assets, 0, who, b""])

    def repay_all(self, position: MorphoPosition) -> None:
        """Queue a repayment of every share."""
        self._pay(position.who, self.params[0], position.owed * 2 + 10**6)
        args = [0, position.borrow_shares, position.who, b""]
        self._send(position.who, "repay", "uint256,uint256,address,bytes", args)

    def accrue(self, who: str) -> None:
        """Queue a bare accrual."""
        self.chain.send(who, self.site.morpho, f"accrueInterest({PARAMS})", [self.params])

    def liquidate(self, liquidator: str, who: str, seized: int, shares: int) -> Transaction:
        """Queue a liquidation that names the collateral to seize, or (0) the shares to repay."""
        self._pay(liquidator, self.params[0], 2 * self.totals()[2] + 10**6)
        return self._send(liquidator, "liquidate", "address,uint256,uint256,bytes", [who, seized, shares, b""])

    def allocate(self, who: str, assets: int) -> None:
        """Queue that the vault supplies, or (below zero) withdraws."""
        name = "allocate" if assets > 0 else "deallocate"
        args = [self.params, abs(assets)]
        self.chain.send(who, self.site.vault, f"{name}({PARAMS},uint256)", args, must_succeed=self.strict)


def units(world: World, symbol: str, dollars: float) -> int:
    """How many of a token's smallest units that many dollars buy at its feed's price."""
    plan = token_plan(symbol)
    amount: int = int(dollars * 10**8) * 10**plan.decimals // world.feeds.visible(plan.feed)
    return max(1, amount)

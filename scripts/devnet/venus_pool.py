"""The Venus pool as its users meet it: every action as a queued transaction, and the reads of a story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.devnet.abi import encode_call
from scripts.devnet.venus_plan import WAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.chain import Chain
    from scripts.devnet.venus_deploy import VenusSite

# What `actionPaused` counts, in the contract's order.
MINT, REDEEM, BORROW, REPAY, SEIZE, LIQUIDATE, TRANSFER, ENTER, EXIT = range(9)


@dataclass(frozen=True)
class VenusPosition:
    """One account in one market, as the vToken's stored values say it."""

    symbol: str
    v_tokens: int
    debt: int
    exchange_rate: int

    @property
    def supplied(self) -> int:
        """What the vTokens are worth in the token."""
        return self.v_tokens * self.exchange_rate // WAD


@dataclass(frozen=True)
class VenusPool:
    """The pool. `strict`: its transactions must succeed, else the story is wrong."""

    chain: Chain
    site: VenusSite
    tokens: dict[str, str]
    strict: bool = True

    def lenient(self) -> VenusPool:
        """The same pool for actions that may fail, like those of random life."""
        return replace(self, strict=False)

    # Reading

    def units(self, symbol: str, dollars: float) -> int:
        """How many of the token's smallest units that many dollars buy: price times unit is 10 ** 36 for one dollar."""
        price: int = self.chain.call(self.site.oracle, "getUnderlyingPrice(address)", [self.site.markets[symbol]])
        return max(1, int(dollars * 10**6) * 10**30 // price)

    def positions(self, who: str) -> list[VenusPosition]:
        """What an account has in each market where it has anything."""
        symbols = list(self.site.markets)
        returns = "uint256,uint256,uint256,uint256"
        rows = self.chain.calls(
            [(self.site.markets[symbol], "getAccountSnapshot(address)", [who], returns) for symbol in symbols]
        )
        found = [VenusPosition(symbol, *row[1:]) for symbol, row in zip(symbols, rows, strict=True)]
        return [item for item in found if item.v_tokens or item.debt]

    def position(self, who: str, symbol: str) -> VenusPosition:
        """What an account has in one market."""
        empty = VenusPosition(symbol, 0, 0, 0)
        return next((item for item in self.positions(who) if item.symbol == symbol), empty)

    def liquidity(self, who: str, *, borrowing: bool = False) -> int:
        """Dollars with 18 decimals above the limit of liquidation, or of borrowing; below zero when under it."""
        name = "getBorrowingPower" if borrowing else "getAccountLiquidity"
        _, above, below = self.chain.call(self.site.comptroller, f"{name}(address)", [who], "uint256,uint256,uint256")
        return int(above) - int(below)

    def entered(self, who: str) -> list[str]:
        """Symbols of the markets an account has entered."""
        by_address = {address.lower(): symbol for symbol, address in self.site.markets.items()}
        listed = self.chain.call(self.site.comptroller, "getAssetsIn(address)", [who], "address[]")
        return [by_address[address.lower()] for address in listed]

    def debt_next(self, who: str, symbol: str, seconds: int) -> int:
        """An account's debt in the next block, so many seconds from now, with its interest."""
        data = encode_call("borrowBalanceCurrent(address)", [who])
        moment = {"number": hex(self.chain.block_number + 1), "time": hex(self.chain.timestamp + seconds)}
        call = [{"to": self.site.markets[symbol], "data": data}, "latest", {}, moment]
        return int(self.chain.rpc.request("eth_call", call), 16)

    # Acting

    def send(self, who: str, to: str, signature: str, *args: object) -> None:
        """Queue a transaction, strict or not as the pool is."""
        self.chain.send(who, to, signature, args, must_succeed=self.strict)

    def govern(self, to: str, signature: str, *args: object) -> None:
        """Queue a decision of governance."""
        self.chain.send(self.site.admin, to, signature, args)

    def pay(self, who: str, symbol: str, amount: int) -> None:
        """Queue minting tokens to the account and their approval for the market."""
        token = self.tokens[symbol]
        self.chain.send(who, token, "mint(address,uint256)", [who, amount])
        self.chain.send(who, token, "approve(address,uint256)", [self.site.markets[symbol], amount])

    def supply(self, who: str, symbol: str, amount: int, owner: str | None = None) -> None:
        """Queue a supply with freshly minted tokens, for another account when `owner` is given."""
        self.pay(who, symbol, amount)
        market = self.site.markets[symbol]
        if owner is None:
            self.send(who, market, "mint(uint256)", amount)
        else:
            self.send(who, market, "mintBehalf(address,uint256)", owner, amount)

    def enter(self, who: str, symbols: Sequence[str]) -> None:
        """Queue entering markets: only there do vTokens count as collateral."""
        markets = [self.site.markets[symbol] for symbol in symbols]
        self.send(who, self.site.comptroller, "enterMarkets(address[])", markets)

    def leave(self, who: str, symbol: str) -> None:
        """Queue leaving a market."""
        self.send(who, self.site.comptroller, "exitMarket(address)", self.site.markets[symbol])

    def borrow(self, who: str, symbol: str, amount: int) -> None:
        """Queue a borrow; the account enters the market by it."""
        self.send(who, self.site.markets[symbol], "borrow(uint256)", amount)

    def repay(self, who: str, symbol: str, amount: int, debtor: str | None = None) -> None:
        """Queue a repayment with freshly minted tokens; at most the debt is taken."""
        self.pay(who, symbol, amount)
        self.send(who, self.site.markets[symbol], "repayBorrowBehalf(address,uint256)", debtor or who, amount)

    def redeem(self, who: str, symbol: str, v_tokens: int) -> None:
        """Queue giving back vTokens."""
        self.send(who, self.site.markets[symbol], "redeem(uint256)", v_tokens)

    def withdraw(self, who: str, symbol: str, amount: int) -> None:
        """Queue taking out an amount of the token."""
        self.send(who, self.site.markets[symbol], "redeemUnderlying(uint256)", amount)

    def transfer(self, who: str, symbol: str, to: str, v_tokens: int) -> None:
        """Queue a transfer of vTokens."""
        self.send(who, self.site.markets[symbol], "transfer(address,uint256)", to, v_tokens)

    def liquidate(self, liquidator: str, who: str, debt: str, collateral: str, amount: int) -> None:
        """Queue an ordinary liquidation with freshly minted tokens."""
        self.pay(liquidator, debt, amount)
        seized = self.site.markets[collateral]
        self.send(liquidator, self.site.markets[debt], "liquidateBorrow(address,uint256,address)", who, amount, seized)

    def provide(self, liquidator: str, who: str) -> None:
        """Queue tokens and approvals for a little more than all debts of an account."""
        for item in self.positions(who):
            if item.debt:
                self.pay(liquidator, item.symbol, item.debt + item.debt // 20 + 10)

    def heal(self, liquidator: str, who: str) -> None:
        """Queue healing an account that is too small for ordinary liquidations and cannot pay its debts."""
        self.provide(liquidator, who)
        self.send(liquidator, self.site.comptroller, "healAccount(address)", who)

    def liquidate_account(self, liquidator: str, who: str, orders: Sequence[tuple[str, str, int]]) -> None:
        """Queue the liquidation of a whole small account: (collateral, debt, amount) each, exact to the wei."""
        self.provide(liquidator, who)
        markets = self.site.markets
        given = [(markets[collateral], markets[debt], amount) for collateral, debt, amount in orders]
        self.send(
            liquidator, self.site.comptroller, "liquidateAccount(address,(address,address,uint256)[])", who, given
        )

    def pause(self, symbol: str, actions: Sequence[int], paused: bool = True) -> None:
        """Queue pausing actions of a market, or resuming them."""
        signature = "setActionsPaused(address[],uint8[],bool)"
        self.govern(self.site.comptroller, signature, [self.site.markets[symbol]], list(actions), paused)

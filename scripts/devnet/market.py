"""One Aave market as its users meet it: every user action as a queued transaction, and the reads of a story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.devnet.plan import LEGACY, token_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.chain import Chain
    from scripts.devnet.manifest import Deployment

MAX = 2**256 - 1
WAD = 10**18
STABLE, VARIABLE = 1, 2
LIQUIDATION = "liquidationCall(address,address,address,uint256,bool)"


@dataclass(frozen=True)
class AccountState:
    """Pool.getUserAccountData of one account. Base amounts are dollars with 8 decimals."""

    address: str
    collateral_base: int
    debt_base: int
    available_base: int
    threshold_bps: int
    ltv_bps: int
    health_wad: int

    @property
    def liquidatable(self) -> bool:
        """Whether the health factor is below one."""
        return self.health_wad < WAD


@dataclass(frozen=True)
class Position:
    """One account in one reserve, in the token's smallest units."""

    symbol: str
    supplied: int
    stable_debt: int
    variable_debt: int
    used_as_collateral: bool

    @property
    def debt(self) -> int:
        """Stable and variable debt together."""
        return self.stable_debt + self.variable_debt


@dataclass(frozen=True)
class Market:
    """A deployment with its tokens. `strict`: its transactions must succeed, else the story is wrong."""

    chain: Chain
    deployment: Deployment
    tokens: dict[str, str]
    strict: bool = True

    @property
    def legacy(self) -> bool:
        """Whether this is Aave 3.0.2."""
        return self.deployment.name == LEGACY

    @property
    def pool(self) -> str:
        """The pool's address."""
        return self.deployment.pool

    def lenient(self) -> Market:
        """The same market for actions that may fail, like those of random life."""
        return replace(self, strict=False)

    # Reading

    def listed(self) -> list[str]:
        """Symbols of the listed reserves in reserve order."""
        addresses = self.chain.call(self.pool, "getReservesList()", returns="address[]")
        by_address = {address.lower(): symbol for symbol, address in self.tokens.items()}
        return [by_address[address.lower()] for address in addresses]

    def units(self, symbol: str, dollars: float) -> int:
        """How many of the token's smallest units that many dollars buy at the market's price."""
        price: int = self.chain.call(self.deployment.oracle, "getAssetPrice(address)", [self.tokens[symbol]])
        unit: int = 10 ** token_plan(symbol).decimals
        return max(1, int(dollars * 10**8) * unit // price)

    def reserve_tokens(self, symbol: str) -> tuple[str, str, str]:
        """Addresses of aToken, stable and variable debt token."""
        found: tuple[str, str, str] = self.chain.call(
            self.deployment.data_provider,
            "getReserveTokensAddresses(address)",
            [self.tokens[symbol]],
            "address,address,address",
        )
        return found

    def accounts(self, addresses: Sequence[str]) -> list[AccountState]:
        """State of many accounts in one request."""
        words = ",".join(["uint256"] * 6)
        rows = self.chain.calls([(self.pool, "getUserAccountData(address)", [who], words) for who in addresses])
        return [AccountState(who, *row) for who, row in zip(addresses, rows, strict=True)]

    def account(self, who: str) -> AccountState:
        """State of one account."""
        return self.accounts([who])[0]

    def positions(self, who: str) -> list[Position]:
        """What one account has in each reserve where it has anything."""
        symbols = self.listed()
        returns = "uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint40,bool"
        rows = self.chain.calls(
            [
                (
                    self.deployment.data_provider,
                    "getUserReserveData(address,address)",
                    [self.tokens[symbol], who],
                    returns,
                )
                for symbol in symbols
            ]
        )
        found = [Position(symbol, row[0], row[1], row[2], row[8]) for symbol, row in zip(symbols, rows, strict=True)]
        return [item for item in found if item.supplied or item.debt]

    def position(self, who: str, symbol: str) -> Position:
        """What one account has in one reserve."""
        empty = Position(symbol, 0, 0, 0, False)
        return next((item for item in self.positions(who) if item.symbol == symbol), empty)

    # Acting

    def send(self, who: str, to: str, signature: str, args: Sequence[object]) -> None:
        """Queue a transaction, strict or not as the market is."""
        self.chain.send(who, to, signature, args, must_succeed=self.strict)

    def _pool(self, who: str, signature: str, args: Sequence[object]) -> None:
        self.send(who, self.pool, signature, args)

    def pay(self, who: str, symbol: str, amount: int) -> None:
        """Queue minting an amount to the account and its approval for the pool."""
        self.chain.send(who, self.tokens[symbol], "mint(address,uint256)", [who, amount])
        self.chain.send(who, self.tokens[symbol], "approve(address,uint256)", [self.pool, amount])

    def supply(self, who: str, symbol: str, amount: int, to: str | None = None) -> None:
        """Queue a supply with freshly minted tokens, for another account when `to` is given."""
        self.pay(who, symbol, amount)
        self._pool(
            who,
            "supply(address,uint256,address,uint16)",
            [self.tokens[symbol], amount, to or who, 0],
        )

    def withdraw(self, who: str, symbol: str, amount: int = MAX, to: str | None = None) -> None:
        """Queue a withdrawal; all of it by default."""
        self._pool(who, "withdraw(address,uint256,address)", [self.tokens[symbol], amount, to or who])

    def borrow(self, who: str, symbol: str, amount: int, debtor: str | None = None, mode: int = VARIABLE) -> None:
        """Queue a borrow, with another account's credit when `debtor` is given."""
        self._pool(
            who,
            "borrow(address,uint256,uint256,uint16,address)",
            [self.tokens[symbol], amount, mode, 0, debtor or who],
        )

    def repay(self, who: str, symbol: str, amount: int, debtor: str | None = None, mode: int = VARIABLE) -> None:
        """Queue a repayment with freshly minted tokens; repays at most the whole debt."""
        self.pay(who, symbol, amount)
        self._pool(
            who,
            "repay(address,uint256,uint256,address)",
            [self.tokens[symbol], amount, mode, debtor or who],
        )

    def repay_with_a_tokens(self, who: str, symbol: str, amount: int = MAX) -> None:
        """Queue a repayment out of the account's own supply."""
        self._pool(
            who,
            "repayWithATokens(address,uint256,uint256)",
            [self.tokens[symbol], amount, VARIABLE],
        )

    def use_as_collateral(self, who: str, symbol: str, used: bool) -> None:
        """Queue turning the collateral flag on or off."""
        self._pool(who, "setUserUseReserveAsCollateral(address,bool)", [self.tokens[symbol], used])

    def set_emode(self, who: str, category: int) -> None:
        """Queue a switch of the e-mode category, 0 to leave."""
        self._pool(who, "setUserEMode(uint8)", [category])

    def transfer(self, who: str, symbol: str, to: str, amount: int) -> None:
        """Queue a transfer of aTokens."""
        a_token, _, _ = self.reserve_tokens(symbol)
        self.send(who, a_token, "transfer(address,uint256)", [to, amount])

    def delegate(self, who: str, symbol: str, to: str, amount: int, mode: int = VARIABLE) -> None:
        """Queue a credit delegation: `to` may borrow that much on this account's credit."""
        _, stable, variable = self.reserve_tokens(symbol)
        debt_token = variable if mode == VARIABLE else stable
        self.send(who, debt_token, "approveDelegation(address,uint256)", [to, amount])

    def swap_rate(self, who: str, symbol: str, current_mode: int) -> None:
        """Queue a switch between stable and variable debt (3.0.2 only)."""
        self._pool(who, "swapBorrowRateMode(address,uint256)", [self.tokens[symbol], current_mode])

    def flash_loan(self, who: str, receiver: str, symbol: str, amount: int, *, into_debt: bool) -> None:
        """Queue a flash loan: it becomes the caller's variable debt, or is repaid with its premium."""
        mode, params = (VARIABLE, b"") if into_debt else (0, b"repay")
        self._pool(
            who,
            "flashLoan(address,address[],uint256[],uint256[],address,bytes,uint16)",
            [receiver, [self.tokens[symbol]], [amount], [mode], who, params, 0],
        )

    def liquidate(
        self,
        liquidator: str,
        who: str,
        collateral: str,
        debt: str,
        amount: int,
        *,
        receive_a_token: bool = False,
    ) -> None:
        """Queue a liquidation of up to `amount` of debt with freshly minted tokens."""
        self.pay(liquidator, debt, amount)
        args = [self.tokens[collateral], self.tokens[debt], who, amount, receive_a_token]
        self._pool(liquidator, LIQUIDATION, args)

"""The Aave V2 market as its users meet it: what differs from V3 in name or in unit."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.devnet.aave_v2_plan import ETHER, ETHER_USD
from scripts.devnet.market import VARIABLE, Market
from scripts.devnet.plan import token_plan


@dataclass(frozen=True)
class V2Market(Market):
    """An Aave V2 deployment. Base amounts (`collateral_base`, ..) are wei."""

    def units(self, symbol: str, dollars: float) -> int:
        """How many of the token's smallest units that many dollars buy, ether taken at its first price."""
        price: int = self.chain.call(self.deployment.oracle, "getAssetPrice(address)", [self.tokens[symbol]])
        wei = int(dollars * 10**8) * ETHER // (ETHER_USD * 10**8)
        unit: int = 10 ** token_plan(symbol).decimals
        return max(1, wei * unit // price)

    def available(self, who: str) -> float:
        """What an account may still borrow, in dollars at ether's first price."""
        return self.account(who).available_base / ETHER * ETHER_USD

    def supply(self, who: str, symbol: str, amount: int, to: str | None = None) -> None:
        """Queue a deposit with freshly minted tokens, for another account when `to` is given."""
        self.pay(who, symbol, amount)
        args = [self.tokens[symbol], amount, to or who, 0]
        self.send(who, self.pool, "deposit(address,uint256,address,uint16)", args)

    def rebalance(self, who: str, symbol: str, debtor: str) -> None:
        """Queue bringing a debtor's stable rate to the present one."""
        args = [self.tokens[symbol], debtor]
        self.send(who, self.pool, "rebalanceStableBorrowRate(address,address)", args)

    def flash_loan_as(self, who: str, receiver: str, symbol: str, amount: int, *, mode: int = VARIABLE) -> None:
        """Queue a flash loan nobody pays back: it becomes the caller's debt at that rate mode."""
        self.send(
            who,
            self.pool,
            "flashLoan(address,address[],uint256[],uint256[],address,bytes,uint16)",
            [receiver, [self.tokens[symbol]], [amount], [mode], who, b"", 0],
        )

"""Pond's arithmetic, revision 1, with the contract's own roundings."""

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.units import WAD, mul_div_ceil, mul_div_floor, uint256

BPS = 10_000
CLOSE_BPS, BONUS_BPS = 5_000, 10_500


@dataclass(frozen=True, slots=True)
class Token:
    """One collateral token of an account: its amount, its price (coin, 18 decimals), its factor in basis points."""

    market: str
    amount: int
    price: int
    factor: int

    @property
    def value(self) -> int:
        """In coin: `Pond.accountOf`, rounded down."""
        return mul_div_floor(self.amount, self.price, WAD)

    @property
    def weighted(self) -> int:
        """What the contract compares with the debt: `Pond.accountOf`, rounded down per token."""
        return mul_div_floor(self.value, self.factor, BPS)


def current_index(coin: Mapping[str, int], at: int) -> int:
    """`Pond.currentIndex`: linear since the last accrual, rounded down."""
    index = coin.get("index", WAD)
    return uint256(index + mul_div_floor(index * coin.get("rate", 0), at - coin.get("accrued", at), WAD))


def debt_of(shares: int, index: int) -> int:
    """`Pond.accountOf`: rounded up."""
    return mul_div_ceil(shares, index, WAD)


def seizure(debt: int, token: Token) -> tuple[int, int]:
    """`Pond.liquidate`: what is repaid and what is seized; all that is held where half of the debt is worth more."""
    repaid = mul_div_floor(debt, CLOSE_BPS, BPS)
    seized = mul_div_floor(repaid * BONUS_BPS, WAD, BPS * token.price)
    if seized > token.amount:
        return mul_div_ceil(token.amount * token.price, BPS, BONUS_BPS * WAD), token.amount
    return repaid, seized

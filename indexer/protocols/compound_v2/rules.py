"""What differs between generations of the Comptroller, and between descendants: one row each.

Compound's Comptroller has no version number. Its implementations are told apart by functions they answer to, asked at
the implementation itself, where all storage is zero: `isDeprecated(0)` (2.9, July 2021, and later) and
`compContributorSpeeds(0)` (G6, December 2020, and later).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indexer.units import HALF_WAD, WAD, mul_div_floor, uint256

Fields = Mapping[str, int]


def mul_exp(a: int, b: int) -> int:
    """`ExponentialNoError.mul_(Exp, Exp)`, G6 and later: truncated."""
    return mul_div_floor(a, b, WAD)


def mul_exp_half_up(a: int, b: int) -> int:
    """`Exponential.mulExp`, G1 to G5: half rounds up. Their MATH_ERROR is an overflow here."""
    return uint256(uint256(a * b) + HALF_WAD) // WAD


def own_share(seize_tokens: int, share: int, incentive: int) -> int:
    """`CToken.seizeInternal`, 2.9 and later: the protocol's part of what is seized, truncated."""
    del incentive
    return mul_div_floor(seize_tokens, share, WAD)


def never_forced(own: Fields, market: Fields) -> bool | None:
    """Before 2.9 nothing is liquidated without a shortfall."""
    del own, market
    return False


def is_deprecated(own: Fields, market: Fields) -> bool | None:
    """`Comptroller.isDeprecated`, 2.9 and later: a full liquidation needs no shortfall then.

    None where the other two signs are there and the reserve factor was not read.
    """
    del own
    if market.get("collateral_factor", 0) or market.get("borrow_paused", 0) != 1:
        return False
    factor = market.get("reserve_factor")
    return None if factor is None else factor == WAD


@dataclass(frozen=True, slots=True)
class Rules:
    """One generation of one descendant."""

    revision: str
    multiply: Callable[[int, int], int] = mul_exp
    """Exp x Exp, with this generation's rounding."""
    value_before_weight: bool = False
    """Whether exchange rate x price comes first and the factor second (Venus), or factor x exchange rate, x price."""
    threshold_field: str = "collateral_factor"
    """The market field that weighs collateral in a liquidation."""
    is_forced: Callable[[Fields, Fields], bool | None] = is_deprecated
    """Whether debt of a market is liquidated without a shortfall, wholly: from deployment and market fields. None:
    what decides it was not read."""
    forced_getter: str = ""
    """The Comptroller's function of a cToken that says the same; "": it has none."""
    protocol_share: Callable[[int, int, int], int] = own_share
    """The protocol's part of seized tokens, from (seized, share, incentive)."""
    seizes_only_entered: bool = False
    """Whether only collateral of an entered market can be seized. Compound's seize asks nobody."""
    share_leaves_market: bool = False
    """Whether the protocol's part of a seize is paid out at once, so that the market's cash must cover it."""
    counts_bad_debt: bool = False
    """Whether cTokens keep a sum of the bad debt that was written off."""
    small_accounts_as_a_whole: bool = False
    """Whether accounts with no more collateral than the pool's minimum are not liquidated pair by pair."""
    max_borrow_rate: int = 5 * 10**12
    """`borrowRateMaxMantissa`: above it accrual reverts."""


G1 = Rules("G1-G5", multiply=mul_exp_half_up, is_forced=never_forced)
G6 = Rules("G6-G7", is_forced=never_forced)
V2_9 = Rules("2.9", forced_getter="isDeprecated(address)")
COMPOUND: dict[int, Rules] = {1: G1, 6: G6, 9: V2_9}
"""By the deployment field `generation`."""


def compound_rules(own: Fields) -> Rules | None:
    """The rules of Compound's Comptroller; None for an implementation that is none of them."""
    return COMPOUND.get(own.get("generation", 0))

"""The rules of Venus' isolated pools (`Comptroller` and `VToken` of @venusprotocol/isolated-pools 4.4.0)."""

from indexer.protocols.compound_v2.rules import Fields, Rules
from indexer.units import WAD, mul_div_floor


def share_of_incentive(seize_tokens: int, share: int, incentive: int) -> int:
    """`VToken._seize`: the protocol's part of the incentive: seized x share, then / incentive, truncated twice."""
    return mul_div_floor(mul_div_floor(seize_tokens, share, WAD), WAD, incentive)


def is_forced(own: Fields, market: Fields) -> bool | None:
    """`Comptroller.isForcedLiquidationEnabled` of the borrowed market."""
    del own
    return market.get("forced", 0) == 1


VENUS = Rules(
    "isolated-pools 4",
    value_before_weight=True,
    threshold_field="liquidation_threshold",
    is_forced=is_forced,
    protocol_share=share_of_incentive,
    seizes_only_entered=True,
    share_leaves_market=True,
    counts_bad_debt=True,
    small_accounts_as_a_whole=True,
)

"""How each revision of Aave V3 computes: one row of flags per `POOL_REVISION`.

The maths modules ask these flags and never a version number. A new revision is a new row (and, where it brings
a new rule, a new flag). Only rows that were compared with a deployed contract are handed out by `rules_for`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Rounding(StrEnum):
    """How scaled balances and balances are converted."""

    HALF_UP = "half_up"
    """`WadRayMath.rayMul` / `rayDiv`, up to 3.4."""
    DIRECTIONAL = "directional"
    """`TokenMath`, 3.5 and later: always in favour of the protocol."""


class Compounding(StrEnum):
    """`MathUtils.calculateCompoundedInterest`."""

    BINOMIAL = "binomial"
    """3.0 to 3.3: three terms of the binomial expansion, per second."""
    TAYLOR = "taylor"
    """3.4 and later: three terms of e**x."""
    TRUNCATED = "truncated"
    """Aave V2: the binomial terms of a rate per second that is truncated first."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a pool revision does. Field comments name the first (or last) version that does it."""

    pool_revision: int
    version: str
    tested: bool
    """Compared with the contract (tests/golden/aave_v3); `rules_for` hands out no other."""
    rounding: Rounding = Rounding.HALF_UP
    compounding: Compounding = Compounding.BINOMIAL
    health_from_weighted_sum: bool = False
    """3.5+: HF from the un-averaged sum of value x LT; before, from the average truncated to basis points."""
    counts_zero_threshold_collateral: bool = False
    """3.6+: a flagged reserve whose own LT is 0 still counts; before, it is skipped and cannot be liquidated."""
    emode_by_bitmap: bool = False
    """3.2+: a category has bitmaps; before, a reserve has one category in its configuration word."""
    emode_overrides_ltv: bool = False
    """3.6+: the category's LTV (0 by its ltvzero bitmap) replaces the reserve's even when that is 0."""
    emode_price_source: bool = False
    """3.1 and before: a category may have its own price source."""
    account_close_factor: bool = False
    """3.3+: the half applies to the account's debt, small positions close whole, no dust may be left."""
    burns_bad_debt: bool = False
    """3.3+: when no collateral is left all debt of the account is burnt as deficit."""
    directional_liquidation: bool = False
    """3.7: floors and ceilings in the liquidation amounts."""
    consumption_in_scaled_units: bool = False
    """3.7: "no collateral is left" is asked of scaled amounts; before, of the value of the seized amount."""
    accrues_collateral_unlogged: bool = False
    """3.5+: a liquidation paid in aTokens stores the collateral reserve's accrued indices, and no log carries them."""
    isolated_emodes: bool = False
    """3.7: in an isolated category every asset outside its bitmap has LTV 0."""
    borrow_index_needs_liquidity_rate: bool = False
    """3.0.0: `updateState` leaves the borrow index as it is while the liquidity rate is 0; the views compound it."""
    discounts_account_debt: bool = False
    """3.3 alone: the health factor asks GHO's debt token for the balance; before, scaled balance x index."""
    discounts_liquidated_debt: bool = False
    """3.3 and before: a liquidation asks every debt token for the balance, GHO's with its discount."""
    caps_protocol_fee: bool = True
    """3.0.1+: a fee of one scaled wei more than is left is cut; in 3.0.0 the call reverts."""
    stable_debt: bool = False
    """3.1 and before."""
    sentinel: bool = True
    """3.6 and before: a PriceOracleSentinel may forbid liquidations with HF >= 0.95."""
    grace_period: bool = False
    """3.1+: liquidations are forbidden for a time after a reserve is unpaused."""
    virtual_balance: bool = False
    """3.1+: liquidity is `virtualUnderlyingBalance`; before, the aToken's balance of the underlying."""
    forbids_self_liquidation: bool = False
    """3.4+: borrower and liquidator must differ."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """How the events of an aToken or variable debt token tell the scaled balance."""

    is_debt: bool
    rounding: Rounding
    transfers_scaled: bool = True
    """False on 3.0.0 only: `BalanceTransfer.value` is unscaled and the users' indices are not refreshed."""


_V3_0 = Rules(1, "3.0.2", tested=True, emode_price_source=True, stable_debt=True, discounts_liquidated_debt=True)
_V3_1 = replace(_V3_0, pool_revision=4, version="3.1", grace_period=True, virtual_balance=True)
_V3_2 = replace(
    _V3_1, pool_revision=5, version="3.2", emode_by_bitmap=True, emode_price_source=False, stable_debt=False
)
_V3_3 = replace(
    _V3_2,
    pool_revision=7,
    version="3.3",
    account_close_factor=True,
    burns_bad_debt=True,
    discounts_account_debt=True,
)
_V3_4 = replace(
    _V3_3,
    pool_revision=8,
    version="3.4",
    compounding=Compounding.TAYLOR,
    forbids_self_liquidation=True,
    discounts_account_debt=False,
    discounts_liquidated_debt=False,
)
_V3_5 = replace(
    _V3_4,
    pool_revision=9,
    version="3.5",
    rounding=Rounding.DIRECTIONAL,
    health_from_weighted_sum=True,
    accrues_collateral_unlogged=True,
)
_V3_6 = replace(
    _V3_5,
    pool_revision=10,
    version="3.6",
    counts_zero_threshold_collateral=True,
    emode_overrides_ltv=True,
)
_V3_7 = replace(
    _V3_6,
    pool_revision=11,
    version="3.7",
    directional_liquidation=True,
    consumption_in_scaled_units=True,
    isolated_emodes=True,
    sentinel=False,
)

RULES: dict[int, Rules] = {
    rules.pool_revision: rules
    for rules in (
        _V3_0,
        _V3_1,
        _V3_2,
        replace(_V3_2, pool_revision=6, version="3.2.1"),
        _V3_3,
        _V3_4,
        _V3_5,
        _V3_6,
        _V3_7,
    )
}
"""Every revision the sources describe, by `POOL_REVISION`; 2 and 3 were never read."""

V3_0_0 = replace(_V3_0, version="3.0.0", borrow_index_needs_liquidity_rate=True, caps_protocol_fee=False)
"""Says POOL_REVISION 1 as 3.0.2 does: its aTokens tell it apart (`transfer_units`)."""

REVISION_OF_3_0_0 = "1-3.0.0"
"""The adapter's revision of 3.0.0; every other one is its POOL_REVISION as text, so "1" is 3.0.1 or 3.0.2."""

FIRST_DIRECTIONAL_TOKEN_REVISION = 4
"""`ATOKEN_REVISION` and `DEBT_TOKEN_REVISION` of 3.5 (the GHO debt token is one ahead, so 4 in 3.4 too)."""
FIRST_DIRECTIONAL_POOL_REVISION = 9


def rules_for(pool_revision: int, *, is_3_0_0: bool = False) -> Rules | None:
    """The rules of a `POOL_REVISION`, or None where nothing was compared with a deployed contract."""
    rules = V3_0_0 if pool_revision == V3_0_0.pool_revision and is_3_0_0 else RULES.get(pool_revision)
    return rules if rules is not None and rules.tested else None


def newest_token_revision(pool_revision: int) -> int | None:
    """The newest revision a token can have had when a pool of this revision listed its reserve; None: any.

    A proxy asked today answers what it was upgraded to since. 3.0 tokens are 1 and those up to 3.4 less than 4; later
    revisions read their logs alike.
    """
    if pool_revision == V3_0_0.pool_revision:
        return 1
    return None if pool_revision >= FIRST_DIRECTIONAL_POOL_REVISION else FIRST_DIRECTIONAL_TOKEN_REVISION - 1


def token_rules_for(kind: str, token_revision: int, pool_revision: int) -> TokenRules:
    """How to decode the events of a token by its own revision, also where the pool's revision is not supported.

    `kind` is "supply" (aToken) or "debt" (variable debt token). Governance upgrades pool and tokens in one
    transaction; a token that lags behind its pool still logs as its own code does. Below 3.5 no pool has a
    directional token, whatever the token's number. 0 is a pool of unknown revision.
    """
    pool_allows = pool_revision == 0 or pool_revision >= FIRST_DIRECTIONAL_POOL_REVISION
    directional = pool_allows and token_revision >= FIRST_DIRECTIONAL_TOKEN_REVISION
    return TokenRules(kind == "debt", Rounding.DIRECTIONAL if directional else Rounding.HALF_UP)

"""Accounts: the rows of every list, one owner's, and the terms of a liquidation."""

from typing import Annotated, Any, Literal

from pydantic import Field

from indexer.api.models.base import Envelope, Integer, Model, Paged, StateName, Timestamp


class NextBlock(Model):
    """The account in the next block, at the prices that will hold then."""

    timestamp: Timestamp
    state: StateName
    health_factor_wad: Integer | None


class Terms(Model):
    """What the contract takes and gives for one pair, when it is asked for the most."""

    kind: Literal["fixed_bonus", "auction", "absorption", "whole_account"]
    debt_asset: str
    debt_symbol: str | None
    debt_decimals: int | None
    collateral_asset: str
    collateral_symbol: str | None
    collateral_decimals: int | None
    max_debt_to_cover: Integer
    collateral_to_liquidator: Integer
    protocol_fee: Integer
    bonus_bps: int | None
    close_factor_bps: int | None
    gross_bonus_usd: float | None
    allowed: bool
    gates: Annotated[list[str], Field(description="What forbids it; empty when it is allowed.")]
    details: Annotated[dict[str, Integer], Field(description="Integers only this protocol has.")]


class Projection(Model):
    """How far the account is from liquidation."""

    liquidation_prices: dict[str, Integer | None]
    price_drops: Annotated[dict[str, float | None], Field(description="Fractions of 1, by market.")]
    uniform_drop: Annotated[float | None, Field(description="Of all collateral together.")]
    interest_timestamp: int | None


class Position(Model):
    """One market of an account."""

    market: str
    asset: str
    symbol: str | None
    decimals: int | None
    supplied: Integer
    borrowed: Integer
    is_collateral: bool
    supplied_usd: float | None
    borrowed_usd: float | None
    price: Integer | None


class Standing(Model):
    """What a liquidator asks of an account first."""

    deployment: str
    protocol: str
    revision: str
    account: str
    owner: str
    market: str | None
    state: StateName
    reason: str | None
    health_factor_wad: Integer | None
    liquidatable_after_accrual: bool | None
    next_block: NextBlock
    liquidation: list[Terms]


class AccountRow(Standing):
    """One account as the contract sees it. `projection` and `positions` where they are asked for."""

    collateral_value: Integer | None
    weighted_collateral_value: Integer | None
    debt_value: Integer | None
    value_unit: str
    collateral_usd: float | None
    debt_usd: float | None
    collateralization_ratio: float | None
    ltv: float | None
    stale_feeds: list[str]
    liquidatable_since: Annotated[int | None, Field(description="The block since which it is; null: it is not.")]
    verified_block: int | None
    projection: Projection | None = None


class OwnRow(AccountRow):
    """The same with its positions."""

    positions: list[Position]


class MeasuredRow(OwnRow):
    """The same with its measures: volatility, distance to liquidation, efficiency, diversification (concepts)."""

    metrics: dict[str, Any]
    target_health_factor_wad: Annotated[Integer | None, Field(description="Where `target` was given.")] = None
    repay_to_target: Annotated[list["ToTarget"] | None, Field(description="Each alone reaches it. Null: unknown.")] = (
        None
    )
    add_to_target: Annotated[list["ToTarget"] | None, Field(description="Each alone reaches it. Null: unknown.")] = None


class ToTarget(Model):
    """What of one token reaches the target, and the health factor then."""

    market: str
    asset: str
    symbol: str | None
    decimals: int | None
    amount: Annotated[Integer | None, Field(description="Raw units; null: no amount of this one does.")]
    health_factor_wad: Integer | None


class Explained(OwnRow):
    """The same with every step to its health factor."""

    steps: list["Step"]
    ours: dict[str, Integer] | None
    contract: Annotated[dict[str, Integer] | None, Field(description="Null without a node, or where it reverts.")]
    matches: bool | None
    reproduce: str
    eth_call: dict[str, Any]


class Step(Model):
    """One step of a computation."""

    what: str
    formula: str
    result: Integer | None


class ExplainedChain(Model):
    """How the bounds of one chain come about."""

    owner: str
    path: list[str]
    steps: list[Step]


class AtRiskAnswer(Paged):
    """The watch list. `hidden_rows` is what the filters hide, not what is on other pages."""

    hidden_rows: int
    accounts: list[AccountRow]


class LiquidatableAnswer(AtRiskAnswer):
    """Of the watch list who can be liquidated. `unknown_rows`: of those hidden, nobody can say whether they can."""

    unknown_rows: int


class AccountsAnswer(Paged):
    """Everybody with collateral, debt or supply."""

    accounts: list[AccountRow]


class LiquidationAnswer(Envelope):
    """The terms of a liquidation of every account of an owner."""

    account: str
    accounts: list[Standing]


class ExplainAnswer(Envelope):
    """Every step, beside the contract's own answer where a node is there."""

    account: str
    explain: list[Explained]
    chains: list[ExplainedChain]

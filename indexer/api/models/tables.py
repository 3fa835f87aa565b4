"""Markets, prices, solvency, liquidations, and where the database stands."""

from typing import Annotated, Any, Literal

from pydantic import Field

from indexer.api.models.base import Envelope, Hash, Integer, Model, OpenModel, Paged, StateName, Timestamp


class MarketRow(OpenModel):
    """One market; protocols add what only they have."""

    deployment: str
    protocol: str
    revision: str
    market: str
    asset: str
    symbol: str | None
    price_usd: float | None
    price_unit: str
    price_decimals: int


class MarketsAnswer(Envelope):
    """Every market: sizes, rates, limits and flags."""

    markets: list[MarketRow]


class PriceRow(Model):
    """A price as the protocol reads it, where it comes from, and what is published but not visible yet."""

    deployment: str
    market: str
    asset: str
    symbol: str | None
    price: Integer | None
    price_unit: str
    price_decimals: int
    price_usd: float | None
    next_price: Annotated[Integer | None, Field(description="The price at the next block's timestamp.")]
    state: Literal["priced", "unpriced"]
    source: str
    feed: str | None
    feed_address: str
    legs: list[str]
    aggregator: str | None
    phase: int | None
    round: Integer | None
    answer: Integer | None
    answer_decimals: int | None
    updated_at: int | None
    age_s: int | None
    heartbeat_s: int | None
    stale: bool | None
    stale_feeds: list[str]
    deviation_threshold_bps: int | None
    deviation_bps: float | None
    pending: Annotated[dict[str, Any] | None, Field(description="`answer` or `price`, and `visible_from`.")]


class PricesAnswer(Envelope):
    """Every price with its provenance."""

    prices: list[PriceRow]


class LiquidationRow(Model):
    """One liquidation, or one step of it; amounts are the log's."""

    deployment: str
    protocol: str
    block_number: int
    block_timestamp: Timestamp
    transaction_hash: Hash
    log_index: int
    account: str
    owner: str
    market: str | None
    liquidator: str | None
    kind: Literal["fixed_bonus", "auction", "absorption", "whole_account", "auction_sale", "write_off"]
    debt_asset: str | None
    debt_symbol: str | None
    debt_decimals: int | None
    debt_repaid: Integer | None
    collateral_asset: str | None
    collateral_symbol: str | None
    collateral_decimals: int | None
    collateral_seized: Integer | None
    protocol_fee: Integer | None
    receipt_asset: str | None
    receipt_seized: Integer | None
    bonus_bps: int | None
    bad_debt: Integer | None
    auction: str | None
    debt_repaid_usd: float | None
    collateral_seized_usd: float | None
    liquidatable_since: int | None
    liquidatable_blocks: int | None


class LiquidationsAnswer(Paged):
    """Liquidations as they happened, newest first."""

    liquidations: list[LiquidationRow]


class SolvencyRow(OpenModel):
    """One market of a deployment; debts by state of the account, raw and in dollars."""

    deployment: str
    protocol: str
    revision: str
    market: str
    asset: str | None
    supplied: Integer | None
    borrowed: Integer | None
    reserves: Integer | None
    cash: Integer | None
    bad_debt: Integer | None
    collateral: Integer
    utilisation: float | None
    suppliers: int
    borrowers: int
    debt_healthy: Integer
    debt_at_risk: Integer
    debt_liquidatable: Integer
    debt_bad_debt: Integer
    debt_unknown: Integer


class SolvencyOf(OpenModel):
    """One deployment and value unit."""

    deployment: str
    protocol: str
    revision: str
    value_unit: str
    accounts: int
    borrowers: int
    healthy: int
    at_risk: int
    liquidatable: int
    bad_debt: int
    unknown: int
    collateral_value: Integer
    weighted_collateral_value: Integer
    debt_value: Integer
    shortfall_value: Integer


class TopBorrower(Model):
    """Who owes most; state and health factor are those of the worst account."""

    owner: str
    debt_usd: float
    collateral_usd: float
    accounts: int
    deployment: str
    state: StateName
    health_factor_wad: Integer | None


class SolvencyAnswer(Envelope):
    """What stands behind what is owed."""

    solvency: list[SolvencyRow]
    deployments: list[SolvencyOf]
    totals: dict[str, Any]
    top_borrowers: list[TopBorrower]


class Block(Model):
    """A block by number and hash."""

    number: int
    hash: Hash


class Cursor(Block):
    """The last block written."""

    timestamp: Timestamp


class Coverage(Model):
    """For which blocks a deployment is stored."""

    name: str
    protocol: str
    entry: str
    first_block: int
    covered_from: int | None
    covered_to: int | None
    is_behind: bool
    is_quarantined: bool


class IncidentRow(Model):
    """A mismatch with the contracts that a verification found."""

    deployment: str
    block_number: int
    accounts: list[str]
    example: str
    opened_at: Timestamp
    healed_block: int | None
    closed_block: int | None
    closed_at: int | None
    is_open: bool


class JobRow(Model):
    """When a job of the schedule last ran, and its error if that run failed."""

    name: str
    last_started: int | None
    last_finished: int | None
    last_error: str | None


class StatusAnswer(Model):
    """Where the database stands. The block is null until the first was read fully (`ready`)."""

    chain_id: int | None
    block_number: int | None
    block_hash: Hash | None
    block_timestamp: int | None
    head_block: int | None
    head_observed_at: int | None
    lag_blocks: int | None
    lag_seconds: int | None
    finality: Literal["latest", "safe", "finalized"] | None
    deployments_behind: list[str] | None = None
    ready: bool
    cursor: Cursor | None
    head: Block | None
    safe: Block | None
    finalized: Block | None
    deployments: list[Coverage]
    incidents: list[IncidentRow]
    jobs: list[JobRow]

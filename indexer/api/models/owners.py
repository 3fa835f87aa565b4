"""One owner over all protocols, and collateral chains."""

from typing import Annotated, Any

from pydantic import Field

from indexer.api.models.accounts import MeasuredRow
from indexer.api.models.base import Envelope, Integer, Model, StateName


class ChainRow(Model):
    """Debt of one protocol that may be collateral on another, or one's receipt put up on the next."""

    owner: str
    kind: str
    path: list[str]
    chain: list[str]
    chain_length: int
    asset: str
    symbol: str | None
    decimals: int | None
    low: Annotated[Integer | None, Field(description="What single transactions prove.")]
    high: Annotated[Integer | None, Field(description="What debt and collateral allow at most.")]
    total_high: Integer | None
    low_usd: float | None
    high_usd: float | None
    state: str
    flags: list[str]
    flag_paths: list[dict[str, Any]]
    cycle_gain: float | None
    leverage_limit: float | None
    tokens: list[dict[str, Any]]
    source: dict[str, Any]
    target: dict[str, Any]


class Owner(Model):
    """What an owner has and owes everywhere."""

    address: str
    kind: str
    positions: list["OwnerPosition"]
    collateral_usd: float | None
    other_supply_usd: float | None
    assets_usd: float | None
    debt_usd: float | None
    equity_usd: float | None
    leverage: float | None
    collateral_by_base: list[dict[str, Any]]
    debt_by_base: list[dict[str, Any]]
    look_through: list[dict[str, Any]]
    first_to_fall: dict[str, Any] | None
    chains: list[ChainRow]


class OwnerPosition(Model):
    """One account of an owner, in the protocol's own valuation."""

    deployment: str
    account: str
    market: str | None
    ownership: str
    state: StateName
    reason: str | None
    health_factor_wad: Integer | None
    collateral_value: Integer | None
    debt_value: Integer | None
    value_unit: str


class _Told(Envelope):
    deployments_unknown: list[str]
    deployments_quarantined: list[str]


class AccountAnswer(_Told):
    """Everything about one address."""

    account: str
    accounts: list[MeasuredRow]
    owners: list[Owner]


class OwnersAnswer(_Told):
    """The owners of an address's accounts, each over all protocols."""

    account: str
    owners: list[Owner]


class Dependency(Model):
    """Protocol on protocol."""

    source: str
    target: str
    low_usd: float
    high_usd: float
    edges: int
    owners: int
    unvalued_edges: int


class Cycle(Model):
    """Protocols that stand on each other in a circle."""

    deployments: list[str]
    gain: float | None
    gross_over_net: float | None
    bottleneck_usd: float


class ChainsAnswer(_Told):
    """Collateral chains, and what they come to; sums are over all, whatever the filters hide."""

    hidden_rows: int
    chains: list[ChainRow]
    dependencies: list[Dependency]
    cycles: list[Cycle]
    concentration: dict[str, float | None]


class ContagionRow(Model):
    """Who falls, in which round, through what."""

    deployment: str
    account: str
    market: str | None
    owner: str
    round: int
    state: StateName
    health_factor_wad: Integer | None
    causes: list[list[str]]
    collateral_usd: float | None
    debt_usd: float | None
    shortfall_usd: float | None
    absorbed_usd: float | None
    bad_debt_usd: float | None


class Loss(Model):
    """What a market's suppliers bear."""

    deployment: str
    market: str
    asset: str
    symbol: str | None
    decimals: int | None
    short: Integer
    absorbed: Integer
    lost: Integer
    lost_share: float | None
    receipt_threshold: float | None


class ContagionAnswer(Envelope):
    """What a shock reaches, to a fixed point."""

    deployments_unknown: list[str]
    shock: dict[str, Any]
    ending: str
    hidden_rows: int
    contagion: list[ContagionRow]
    baseline: dict[str, Any]
    rounds: list[dict[str, Any]]
    balance: dict[str, float | None]
    losses: list[Loss]
    symbols: dict[str, str | None]
    unknown: list[dict[str, str]]
    unvalued: list[dict[str, str]]
    undecided_tokens: list[str]

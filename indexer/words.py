"""The words of the domain: what the program says about an account, a price and a liquidation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What the contract says about an account at a block (glossary: state)."""

    HEALTHY = "healthy"
    AT_RISK = "at_risk"
    LIQUIDATABLE = "liquidatable"
    BAD_DEBT = "bad_debt"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why an account is unknown."""

    UNPRICED = "unpriced"
    UNREADABLE = "unreadable"
    UNSUPPORTED_REVISION = "unsupported_revision"
    QUARANTINED = "quarantined"
    INDEXER_BEHIND = "indexer_behind"


class Ownership(StrEnum):
    """How it is known to whom an account belongs."""

    SAME_ADDRESS = "same_address"
    """The account is the address."""
    VAULT_MANAGER = "vault_manager"
    """A manager's contract names the owner of a vault."""
    PROXY = "proxy"
    """A smart wallet holds it, and names its own owner."""
    NFT = "nft"
    """A token that can be sold carries it."""


class Gate(StrEnum):
    """What forbids a liquidation although the health factor is below one."""

    RESERVE_INACTIVE = "reserve_inactive"
    RESERVE_PAUSED = "reserve_paused"
    SENTINEL = "sentinel"
    GRACE_PERIOD = "grace_period"
    COLLATERAL_NOT_ENABLED = "collateral_not_enabled"
    LEFTOVER = "leftover"
    WHOLE_ACCOUNT_ONLY = "whole_account_only"
    INSUFFICIENT_LIQUIDITY = "insufficient_liquidity"
    ZERO_AMOUNT = "zero_amount"
    NOT_LIQUIDATABLE = "not_liquidatable"
    LIQUIDATION_STOPPED = "liquidation_stopped"
    LIQUIDATION_LIMIT = "liquidation_limit"
    NO_LIQUIDATOR = "no_liquidator"
    UNPRICED = "unpriced"
    UNREADABLE = "unreadable"


class LiquidationKind(StrEnum):
    """How a liquidation is paid for."""

    FIXED_BONUS = "fixed_bonus"
    """The liquidator repays debt and gets collateral at a discount the contract fixes."""
    AUCTION = "auction"
    """The contract takes debt and collateral, and sells the collateral at a falling price."""
    ABSORPTION = "absorption"
    """The contract takes debt and collateral, and sells the collateral at a discount later."""
    WHOLE_ACCOUNT = "whole_account"
    """All debts and their collateral in one transaction, of which these terms are one part."""
    AUCTION_SALE = "auction_sale"
    """Collateral that an auction sold: of what happened only, no terms have it."""
    WRITE_OFF = "write_off"
    """Debt that nobody will pay any more, beside the one a liquidation repaid: of what happened only."""


@dataclass(frozen=True, slots=True)
class Health:
    """What the contract says about one account, in the contract's own unit (`View.unit`).

    `health_factor_wad` is None when the contract's total debt is 0 (or the state is unknown), 0 with debt
    and no collateral. `weighted_collateral_value` is what the contract compares with the debt.
    `liquidatable_after_accrual` is set where the contract's answer stands on stored indices and a liquidation
    accrues first: whether it would go through at that moment.
    """

    state: State
    reason: Reason | None
    health_factor_wad: int | None
    collateral_value: int | None
    weighted_collateral_value: int | None
    debt_value: int | None
    liquidatable_after_accrual: bool | None = None

    @classmethod
    def unknown(cls, reason: Reason) -> "Health":
        """Nothing can be said, and why: never zero, never healthy."""
        return cls(State.UNKNOWN, reason, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Terms:
    """One (debt, collateral) pair of a liquidation: what the contract takes and gives when asked for the maximum.

    Amounts are raw token units; `gross_bonus_value` is in the account's value unit. `gates` forbid it. `bonus_bps` and
    `close_factor_bps` are None where the kind knows none; `details` are integers only this protocol has.
    """

    debt_asset: str
    collateral_asset: str
    max_debt_to_cover: int
    collateral_to_liquidator: int
    protocol_fee: int
    bonus_bps: int | None
    close_factor_bps: int | None
    gross_bonus_value: int
    gates: tuple[Gate, ...]
    kind: LiquidationKind = LiquidationKind.FIXED_BONUS
    details: Mapping[str, int] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether the contract would accept the call."""
        return not self.gates


def state_of(
    health_factor_wad: int | None, collateral_value: int, debt_value: int, *, threshold_wad: int, cut_wad: int
) -> State:
    """The state the contract's own comparison gives.

    `threshold_wad` is the contract's (liquidatable strictly below it), `cut_wad` the watch cut.
    Bad debt is collateral worth strictly less than debt.
    """
    if health_factor_wad is None:
        return State.HEALTHY
    if debt_value > collateral_value:
        return State.BAD_DEBT
    if health_factor_wad < threshold_wad:
        return State.LIQUIDATABLE
    return State.AT_RISK if health_factor_wad < cut_wad else State.HEALTHY

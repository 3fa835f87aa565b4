"""What a protocol tells the rest of the program, as plain frozen records: `_interface` says who tells it when."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from indexer.evm import Address, Answer, Call
from indexer.words import LiquidationKind, Ownership

Facts = Mapping[Call, Answer]
"""Answers by call. A call that is missing was never asked; None is an answer: it failed."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a protocol: `entry` is the address from which everything else is discovered."""

    name: str
    protocol: str
    entry: Address
    first_block: int = 0


@dataclass(frozen=True, slots=True)
class Reads:
    """What a block needs read: at its own timestamp, and again at the next block's (prices move by the clock)."""

    now: tuple[Call, ...] = ()
    next: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """The linear screen of one deployment: a lower bound of weighted collateral, an upper bound of debt.

    Matrices are risk class x market row. A position of an account of class c in market m adds
    `collateral[c, m] * supply - collateral_loss[c, m]` where its flag is set, and
    `debt[c, m] * owed / divisor + debt_loss[c, m]` where it owes. Each number may be off by 7 float64 roundings, no
    more (docs/screen.md). NaN marks what cannot be judged, a market without a price for one: its holders, holders of
    more than `amount_limit`, and holders of anything in `always_fields` (not linear) are always confirmed exactly.
    """

    classes: npt.NDArray[np.int64]
    """Risk class of each account row."""
    collateral: npt.NDArray[np.float64]
    collateral_loss: npt.NDArray[np.float64]
    debt: npt.NDArray[np.float64]
    debt_loss: npt.NDArray[np.float64]
    supply_field: str
    flag_field: str
    """A supply counts where this field is set; "": every supply counts."""
    debt_field: str
    always_fields: tuple[str, ...]
    """Holders of anything in one of them are not linear and always named."""
    amount_limit: float
    """Raw amounts above it may make the contract's own arithmetic revert."""
    debt_divisor_field: str = ""
    """What a debt is divided by before it is weighed (the interest index at its last change); "": nothing."""


@dataclass(frozen=True, slots=True)
class ValueUnit:
    """What an integer value counts: its name in answers, its decimals, whether it is dollars, else which token."""

    name: str
    decimals: int
    is_usd: bool
    asset: Address | None = None


@dataclass(frozen=True, slots=True)
class AccountId:
    """Who an account key stands for.

    `account` is the borrower's address as the protocol knows it, `owner` whom it belongs to (itself where nothing else
    is known) and `ownership` how that is known, `market` the one market it is about; None: an account has several.
    """

    account: str
    owner: str
    market: str | None = None
    ownership: Ownership = Ownership.SAME_ADDRESS


@dataclass(frozen=True, slots=True)
class MarketRow:
    """One market, for analysts. `amounts` may pass 2**53: decimal strings in JSON; `facts` are shown as they are.

    Where a market has such a thing it has these names. Amounts, raw units of `asset`: `supplied`, `borrowed`, `cash`,
    `reserves`, `bad_debt`. Facts: `decimals` of the asset, `ltv_bps` (what may be borrowed at most),
    `liquidation_threshold_bps`, `liquidation_bonus_bps` (what a liquidator gets beyond what he pays); and where another
    token is owed than the asset, `borrowed_asset` and `borrowed_decimals`. None: not known.
    """

    market: str
    asset: Address
    amounts: Mapping[str, int | None]
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UpcomingPrice:
    """A price that is published and that the protocol does not use yet, in the unit of `View.price_unit`."""

    price: int
    visible_from: int | None


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One market of an account, for tables and `explain`: raw token units, values in the account's unit."""

    market: str
    asset: Address
    """The market's token, whose symbol and decimals people see."""
    supplied: int
    borrowed: int
    is_collateral: bool
    supplied_value: int | None
    borrowed_value: int | None


class FlowKind(StrEnum):
    """What a flow does to a position."""

    BORROW = "borrow"
    """Debt taken."""
    REPAY = "repay"
    """Debt gone: repaid, liquidated, written off, moved to another account."""
    DEPOSIT = "deposit"
    """Put up by, or for, the account; whether the protocol counts it as collateral does not matter here."""
    WITHDRAW = "withdraw"
    """Gone from the account: taken back, seized, sent away."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What one log says moved between an account and a market: raw units of `asset`, never negative.

    Amounts are those of the moved tokens: interest makes no flow. What leaves a position always makes a flow; what
    comes by a transfer of receipts makes none (nothing was put up). `owner` is whom logs name: a smart wallet stands
    for itself, because whose it is takes a read. `transaction` is the transaction's hash.
    """

    account: str
    owner: str
    market: str
    asset: Address
    kind: FlowKind
    amount: int
    transaction: str


@dataclass(frozen=True, slots=True)
class Liquidation:
    """What one log says a liquidation did to an account: raw token units, never negative.

    A liquidation that takes several debts or assets in one call has a row for each of its logs: then one row names a
    debt alone and another an asset alone. `owner` is whom logs name, as in `Flow`.
    """

    account: str
    owner: str
    market: str | None
    """As in `AccountId`."""
    liquidator: str | None
    """Whom the contract names as the one who liquidated; None where it names nobody."""
    kind: LiquidationKind
    log_index: int
    transaction: str
    """The transaction's hash."""
    debt_asset: Address | None = None
    debt_repaid: int | None = None
    """Debt that somebody paid for; what an auction or an absorption took over from the account."""
    collateral_asset: Address | None = None
    collateral_seized: int | None = None
    """What left the account, the protocol's fee included. None: the logs do not tell it in this asset."""
    protocol_fee: int | None = None
    """The protocol's part of `collateral_seized`; None where no log tells it."""
    receipt_asset: Address | None = None
    receipt_seized: int | None = None
    """What was seized in tokens that stand for the collateral (cTokens), where that is what moved."""
    bad_debt: int | None = 0
    """Debt that the contract wrote off, raw units of `debt_asset`. None: not known when the log was written."""
    auction: str | None = None
    """Which auction it began or was sold in; None for any other kind."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A token that stands for what was supplied to a market: an aToken, a cToken.

    `amount` of it are worth floor(amount * numerator / denominator) raw units of `asset`, as the contract would pay
    them out. `numerator` None: that cannot be told.
    """

    token: Address
    market: str
    asset: Address
    numerator: int | None
    denominator: int


@dataclass(frozen=True, slots=True)
class Projection:
    """How far an account is from its threshold. Prices in the protocol's unit; falls as fractions of 1."""

    liquidation_prices: Mapping[str, int | None]
    price_drops: Mapping[str, float | None]
    uniform_drop: float | None
    interest_timestamp: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation: what is computed, its operands as text, its integer result."""

    what: str
    formula: str
    result: int


@dataclass(frozen=True, slots=True)
class Truth:
    """How to ask a contract, and the names of what it returns; nobody compares a field without a name.

    `signature` as in Solidity, tuples in brackets; `arguments` in its order: integers, 0x-strings, nested tuples.
    `types` are the return types, all uint256 where there are none; a bool counts as 0 or 1.
    """

    to: Address
    signature: str
    arguments: tuple[object, ...]
    fields: tuple[str, ...]
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What we say a contract would answer; `ours` None: we cannot tell. `market` where it is about one."""

    truth: Truth
    ours: Mapping[str, int] | None
    market: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What a deployment's entry is found to be. `fault` says what is wrong with it, None: it is as expected.

    `contracts` are those that log what users do.
    """

    fault: str | None
    revision: str | None = None
    supported: bool = False
    contracts: tuple[Address, ...] = ()

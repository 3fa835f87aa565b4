"""What the maths takes: one market and one account as plain integers, at stored (not accrued) values."""

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.errors import IndexerError
from indexer.evm import Address
from indexer.protocols.aave_v3.configuration import read
from indexer.protocols.aave_v3.revisions import Rules


class UnpricedReserve(IndexerError):
    """The contract would ask the oracle for a price that cannot be read: its call reverts, the account is unknown.

    `asset` is the token, or "e-mode category N" where the category's own price source cannot be read.
    """

    def __init__(self, asset: str) -> None:
        super().__init__(f"no price for {asset}: the oracle's read failed, so the contract's would revert")
        self.asset = asset


@dataclass(frozen=True, slots=True)
class Reserve:
    """One reserve as stored: indices and rates in ray, `price` in the oracle's base units (None: unreadable)."""

    asset: Address
    id: int
    configuration: int
    liquidity_index: int
    liquidity_rate: int
    variable_borrow_index: int
    variable_borrow_rate: int
    last_update: int
    price: int | None
    grace_until: int
    virtual_balance: int | None
    """3.1+: `virtualUnderlyingBalance`."""
    cash: int | None
    """`underlying.balanceOf(aToken)`."""

    def setting(self, name: str) -> int:
        """One field of the configuration word (see `configuration.FIELDS`)."""
        return read(self.configuration, name)

    @property
    def unit(self) -> int:
        """One whole token."""
        return int(10 ** self.setting("decimals"))

    def require_price(self) -> int:
        """The price, or raise `UnpricedReserve` where the contract's oracle call would revert."""
        if self.price is None:
            raise UnpricedReserve(self.asset)
        return self.price


@dataclass(frozen=True, slots=True)
class Category:
    """One e-mode category; basis points and bitmaps over reserve ids.

    `price` is the price of the category's own source (3.1 and before): None when `has_price_source` and its
    read reverts. Without a source it is never asked.
    """

    id: int
    ltv: int
    liquidation_threshold: int
    liquidation_bonus: int
    collateral_bitmap: int = 0
    borrowable_bitmap: int = 0
    ltvzero_bitmap: int = 0
    isolated: bool = False
    """3.7: assets outside the collateral bitmap have LTV 0."""
    price: int | None = None
    has_price_source: bool = False

    def require_source_price(self) -> int:
        """The price of the category's source, 0 without one (`EModeLogic.getEModeConfiguration`, 3.0)."""
        if not self.has_price_source:
            return 0
        if self.price is None:
            raise UnpricedReserve(f"e-mode category {self.id}")
        return self.price


NO_CATEGORY = Category(0, 0, 0, 0)
"""What the contract uses for an account outside e-mode."""


@dataclass(frozen=True, slots=True)
class Position:
    """One account in one reserve. The borrowing bit is `has_debt`; `is_collateral` is the collateral bit."""

    reserve_id: int
    scaled_supply: int
    scaled_debt: int
    is_collateral: bool
    stable_principal: int = 0
    stable_rate: int = 0
    stable_updated: int = 0
    debt_index: int = 0
    """The borrow index at the account's last action: only a discount asks for it."""
    discount: int = 0
    """GHO up to 3.3: the part of the interest since then that is not owed, basis points (`discount`)."""
    left_borrowing: bool = False
    """Aave V2: the borrowing bit stayed although a liquidation repaid the whole debt."""

    @property
    def has_debt(self) -> bool:
        """Whether the contract's borrowing bit is set: it has no event, so it follows the balances."""
        return self.scaled_debt != 0 or self.stable_principal != 0 or self.left_borrowing


@dataclass(frozen=True, slots=True)
class Account:
    """One borrower or supplier: `positions` in ascending reserve id, as the contract walks its bitmap."""

    address: Address
    emode: int
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Sentinel:
    """The parts of `PriceOracleSentinel.isLiquidationAllowed`; None for a part that cannot be read.

    `since` is the word of the sequencer feed's `latestRoundData` that the deployed sentinel reads:
    `updatedAt` in core 3.0.2, `startedAt` in origin 3.6.
    """

    sequencer_answer: int | None
    since: int | None
    grace_period: int | None

    def liquidation_allowed(self, at: int) -> bool | None:
        """The contract's answer at timestamp `at`; None when it cannot be known."""
        if self.sequencer_answer is None or self.since is None or self.grace_period is None:
            return None
        # A start in the future underflows and reverts in Solidity: the liquidation reverts all the same.
        return self.sequencer_answer == 0 and at - self.since > self.grace_period


@dataclass(frozen=True, slots=True)
class Market:
    """One pool. `sentinel` None: none is set. A dropped reserve id is absent from `reserves`."""

    rules: Rules
    reserves: Mapping[int, Reserve]
    categories: Mapping[int, Category]
    sentinel: Sentinel | None = None

    def category(self, category_id: int) -> Category:
        """The category of an account; zeros where none is configured, as the contract's mapping reads."""
        if category_id == 0:
            return NO_CATEGORY
        return self.categories.get(category_id) or Category(category_id, 0, 0, 0)

    def reserve_of(self, position: Position) -> Reserve | None:
        """The position's reserve; None for a dropped one, which the contract skips.

        Only an empty reserve can be dropped, so a balance in an unknown one is a defect of the caller: KeyError.
        """
        if position.scaled_supply == 0 and not position.has_debt:
            return self.reserves.get(position.reserve_id)
        return self.reserves[position.reserve_id]

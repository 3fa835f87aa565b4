"""The contract's own view of an account: `GenericLogic.calculateUserAccountData` and `Pool.getUserAccountData`."""

from dataclasses import dataclass
from typing import Literal

from indexer.protocols.aave_v3.accrual import (
    debt_balance,
    normalized_debt,
    normalized_income,
    stable_balance,
    supply_balance,
)
from indexer.protocols.aave_v3.discount import variable_debt
from indexer.protocols.aave_v3.revisions import Rounding
from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Reserve
from indexer.units import (
    MAX_UINT256,
    PERCENTAGE_FACTOR,
    mul_div_ceil,
    mul_div_floor,
    percent_mul_floor,
    percent_mul_half_up,
    uint256,
    wad_div_half_up,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the sum: scaled balance x index = amount, amount x price / unit = value.

    `stable` is the part of a debt's amount owed at the account's own rate, `forgiven` what a discount took off it.
    `counted` is False for a collateral that the contract skips because the reserve's liquidation threshold is 0 (up to
    3.5); its value is then 0.
    """

    side: Literal["collateral", "debt"]
    asset: str
    reserve_id: int
    scaled: int
    index: int
    amount: int
    price: int
    unit: int
    value: int
    liquidation_threshold: int = 0
    ltv: int = 0
    stable: int = 0
    forgiven: int = 0
    counted: bool = True


@dataclass(frozen=True, slots=True)
class AccountData:
    """The six fields of `Pool.getUserAccountData`, what the contract compares with the debt, and every step.

    Values in the oracle's base units; thresholds in basis points, rounded down; `health_factor` in wad, 2**256 - 1
    without debt.
    """

    total_collateral_base: int
    total_debt_base: int
    available_borrows_base: int
    current_liquidation_threshold: int
    ltv: int
    health_factor: int
    weighted_collateral: int
    lines: tuple[Line, ...]


def in_category(market: Market, reserve: Reserve, category: Category) -> bool:
    """Whether the reserve counts as collateral of the account's e-mode category (never for category 0).

    `EModeLogic.isInEModeCategory` up to 3.1, `EModeConfiguration.isReserveEnabledOnBitmap` from 3.2 on.
    """
    if category.id == 0:
        return False
    if market.rules.emode_by_bitmap:
        return bool(category.collateral_bitmap >> reserve.id & 1)
    return reserve.setting("emode_category") == category.id


def _price(market: Market, reserve: Reserve, category: Category, source_price: int) -> int:
    if source_price != 0 and in_category(market, reserve, category):
        return source_price
    return reserve.require_price()


def ltv_of(market: Market, reserve: Reserve, category: Category) -> int:
    """The reserve's loan-to-value for an account of this e-mode category, basis points."""
    reserve_ltv = reserve.setting("ltv")
    if not in_category(market, reserve, category):
        return 0 if market.rules.isolated_emodes and category.isolated else reserve_ltv
    if market.rules.emode_overrides_ltv:
        return 0 if category.ltvzero_bitmap >> reserve.id & 1 else category.ltv
    return category.ltv if reserve_ltv != 0 else 0


def _collateral_line(market: Market, position: Position, category: Category, price: int, at: int) -> Line:
    reserve = market.reserves[position.reserve_id]
    rules = market.rules
    index = normalized_income(reserve, at)
    amount = supply_balance(position.scaled_supply, index, rules.rounding)
    own_threshold = reserve.setting("liquidation_threshold")
    counted = own_threshold != 0 or rules.counts_zero_threshold_collateral
    in_emode = in_category(market, reserve, category)
    return Line(
        side="collateral",
        asset=reserve.asset,
        reserve_id=reserve.id,
        scaled=position.scaled_supply,
        index=index,
        amount=amount,
        price=price,
        unit=reserve.unit,
        value=mul_div_floor(amount, price, reserve.unit) if counted else 0,
        liquidation_threshold=category.liquidation_threshold if in_emode else own_threshold,
        ltv=ltv_of(market, reserve, category),
        counted=counted,
    )


def _debt_line(market: Market, position: Position, price: int, at: int) -> Line:
    reserve = market.reserves[position.reserve_id]
    rules = market.rules
    # The contract computes the index only for a variable debt: a stable debt alone cannot overflow on it.
    index = normalized_debt(reserve, rules, at) if position.scaled_debt else 0
    stable = stable_balance(position, rules, at)
    variable = variable_debt(position, index, rules, discounted=rules.discounts_account_debt)
    amount = variable + stable
    value_of = mul_div_ceil if rules.rounding is Rounding.DIRECTIONAL else mul_div_floor
    return Line(
        side="debt",
        asset=reserve.asset,
        reserve_id=reserve.id,
        scaled=position.scaled_debt,
        index=index,
        amount=amount,
        price=price,
        unit=reserve.unit,
        value=value_of(amount, price, reserve.unit),
        stable=stable,
        forgiven=debt_balance(position.scaled_debt, index, rules.rounding) - variable,
    )


def _lines(market: Market, account: Account, at: int) -> tuple[Line, ...]:
    flagged = [position for position in account.positions if position.is_collateral or position.has_debt]
    if not flagged:
        return ()
    category = market.category(account.emode)
    source_price = category.require_source_price() if market.rules.emode_price_source else 0
    lines = []
    for position in flagged:
        reserve = market.reserve_of(position)
        if reserve is None:
            continue
        price = _price(market, reserve, category, source_price)
        if position.is_collateral:
            lines.append(_collateral_line(market, position, category, price, at))
        if position.has_debt:
            lines.append(_debt_line(market, position, price, at))
    return tuple(lines)


def account_data(market: Market, account: Account, at: int) -> AccountData:
    """What `Pool.getUserAccountData(account)` answers in a block with timestamp `at`.

    `GenericLogic.calculateUserAccountData`, all revisions of `market.rules`: a price is asked for every flagged
    reserve, also one with a zero balance. Up to 3.4 the health factor uses the average threshold truncated to basis
    points; from 3.5 on the un-averaged sum.

    Raises UnpricedReserve where the contract would ask a price that cannot be read, ArithmeticOverflow where it
    would revert on arithmetic, KeyError for a balance in a reserve that the market does not have.
    """
    rules = market.rules
    lines = _lines(market, account, at)
    collateral = [line for line in lines if line.side == "collateral" and line.counted]
    total_collateral = uint256(sum(line.value for line in collateral))
    total_debt = uint256(sum(line.value for line in lines if line.side == "debt"))
    threshold_sum = uint256(sum(uint256(line.value * line.liquidation_threshold) for line in collateral))
    ltv_sum = uint256(sum(uint256(line.value * line.ltv) for line in collateral))
    average_threshold = threshold_sum // total_collateral if total_collateral else 0
    average_ltv = ltv_sum // total_collateral if total_collateral else 0

    if rules.health_from_weighted_sum:
        weighted = threshold_sum // PERCENTAGE_FACTOR
        health = wad_div_half_up(threshold_sum, total_debt) // PERCENTAGE_FACTOR if total_debt else MAX_UINT256
    else:
        weighted = percent_mul_half_up(total_collateral, average_threshold)
        health = wad_div_half_up(weighted, total_debt) if total_debt else MAX_UINT256

    percent_mul = percent_mul_floor if rules.rounding is Rounding.DIRECTIONAL else percent_mul_half_up
    borrowing_power = percent_mul(total_collateral, average_ltv)
    return AccountData(
        total_collateral_base=total_collateral,
        total_debt_base=total_debt,
        available_borrows_base=max(borrowing_power - total_debt, 0),
        current_liquidation_threshold=average_threshold,
        ltv=average_ltv,
        health_factor=health,
        weighted_collateral=weighted,
        lines=lines,
    )

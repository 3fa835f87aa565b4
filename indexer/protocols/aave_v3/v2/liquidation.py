"""What `LendingPool.liquidationCall(collateral, debt, user, 2**256 - 1, false)` does, and every reason it would revert.

`LendingPoolCollateralManager.liquidationCall` of protocol-v2 1.0.1, and its successors of 2023 (grace sentinel) and
2025 (no close factor), which change nothing else. Half up in all percentages; no protocol fee, no rule against dust.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indexer.errors import ArithmeticOverflow
from indexer.protocols.aave_v3.account_data import account_data
from indexer.protocols.aave_v3.accrual import normalized_debt, normalized_income, stable_balance
from indexer.protocols.aave_v3.liquidation import HEALTH_FACTOR_LIQUIDATION_THRESHOLD, best_first
from indexer.protocols.aave_v3.state import Account, Market, Position, Reserve
from indexer.units import (
    PERCENTAGE_FACTOR,
    mul_div_floor,
    percent_div_half_up,
    percent_mul_half_up,
    ray_div_half_up,
    ray_mul_half_up,
    uint256,
)
from indexer.words import Gate, Terms


@dataclass(frozen=True, slots=True)
class PoolRules:
    """What one manager and one pool add: close factor in basis points (None: unknown), pause, grace periods."""

    close_factor: int | None
    paused: bool = False
    grace_until: Mapping[str, int | None] | None = None
    """By asset, None where it was not read; no mapping where the manager asks no sentinel."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Raw token amounts of one liquidation."""

    collateral: int
    debt: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """One debt and one collateral of an account, accrued to the timestamp."""

    debt: Reserve
    collateral: Reserve
    scaled_supply: int
    scaled_debt: int
    variable_debt: int
    stable_debt: int
    burn_index: int
    """`debtReserve.variableBorrowIndex` after `updateState`."""
    supply_index: int

    @property
    def reserve_debt(self) -> int:
        return self.variable_debt + self.stable_debt

    @property
    def collateral_balance(self) -> int:
        return ray_mul_half_up(self.scaled_supply, self.supply_index)


def available_collateral_to_liquidate(
    debt: Reserve, collateral: Reserve, *, debt_to_cover: int, collateral_balance: int
) -> Amounts:
    """`LendingPoolCollateralManager._calculateAvailableCollateralToLiquidate`, all managers of V2.

    The bonus is taken (`percentMul`, half up) before the division; V3 divides first.
    """
    bonus = collateral.setting("liquidation_bonus")
    debt_price, collateral_price = debt.require_price(), collateral.require_price()
    covered = percent_mul_half_up(uint256(debt_price * debt_to_cover) * collateral.unit, bonus)
    most = mul_div_floor(covered, 1, uint256(collateral_price * debt.unit))
    if most <= collateral_balance:
        return Amounts(most, debt_to_cover)
    worth = mul_div_floor(
        uint256(collateral_price * collateral_balance), debt.unit, uint256(debt_price * collateral.unit)
    )
    return Amounts(collateral_balance, min(debt_to_cover, percent_div_half_up(worth, bonus)))


def liquidation_terms(market: Market, account: Account, at: int, rules: PoolRules) -> tuple[Terms, ...]:
    """What a liquidator's call for the maximum, mined at timestamp `at`, would take and give, for every pair.

    One entry for each reserve with debt and each reserve flagged as collateral with a balance; best first. Raises
    UnpricedReserve, ArithmeticOverflow and KeyError as `account_data` does: then nothing can be liquidated.
    """
    health = account_data(market, account, at).health_factor
    debts = [position for position in account.positions if position.scaled_debt or position.stable_principal]
    collaterals = [position for position in account.positions if position.is_collateral and position.scaled_supply]
    terms = [
        _terms(_pair(market, debt, collateral, at), health, rules, at) for debt in debts for collateral in collaterals
    ]
    return tuple(sorted(terms, key=best_first))


def _pair(market: Market, owed: Position, supplied: Position, at: int) -> _Pair:
    debt, collateral = market.reserves[owed.reserve_id], market.reserves[supplied.reserve_id]
    index = normalized_debt(debt, market.rules, at)
    return _Pair(
        debt=debt,
        collateral=collateral,
        scaled_supply=supplied.scaled_supply,
        scaled_debt=owed.scaled_debt,
        variable_debt=ray_mul_half_up(owed.scaled_debt, index),
        stable_debt=stable_balance(owed, market.rules, at),
        # `_updateIndexes` leaves the index as it is while nothing is earned; the views compound it all the same.
        burn_index=index if debt.liquidity_rate else debt.variable_borrow_index,
        supply_index=normalized_income(collateral, at),
    )


def _terms(pair: _Pair, health: int, rules: PoolRules, at: int) -> Terms:
    gates = list(_validation_gates(pair, health, rules, at))
    amounts, gross_bonus = Amounts(0, 0), 0
    if rules.close_factor is None:
        gates.append(Gate.UNREADABLE)
    else:
        try:
            amounts = _amounts(pair, rules.close_factor)
            gates += _amount_gates(pair, amounts)
            gross_bonus = (
                amounts.collateral * pair.collateral.require_price() // pair.collateral.unit
                - amounts.debt * pair.debt.require_price() // pair.debt.unit
            )
        except ArithmeticOverflow:
            # A price of 0, a bonus of 0, or absurd magnitudes: the call reverts on its own arithmetic.
            gates.append(Gate.UNPRICED if pair.collateral.price == 0 else Gate.UNREADABLE)
            amounts = Amounts(0, 0)
    return Terms(
        debt_asset=pair.debt.asset,
        collateral_asset=pair.collateral.asset,
        max_debt_to_cover=amounts.debt,
        collateral_to_liquidator=amounts.collateral,
        protocol_fee=0,
        bonus_bps=max(pair.collateral.setting("liquidation_bonus") - PERCENTAGE_FACTOR, 0),
        close_factor_bps=rules.close_factor,
        gross_bonus_value=gross_bonus,
        gates=tuple(dict.fromkeys(gates)),
    )


def _amounts(pair: _Pair, close_factor: int) -> Amounts:
    """`maxLiquidatableDebt`: half of the reserve's debt, half up; since 2025 the debt itself (of which 100 % is it)."""
    cover = percent_mul_half_up(pair.reserve_debt, close_factor)
    return available_collateral_to_liquidate(
        pair.debt, pair.collateral, debt_to_cover=cover, collateral_balance=pair.collateral_balance
    )


def _validation_gates(pair: _Pair, health: int, rules: PoolRules, at: int) -> Iterator[Gate]:
    """`whenNotPaused`, the grace sentinel, `ValidationLogic.validateLiquidationCall`, in the contract's order."""
    sides = (pair.collateral, pair.debt)
    if rules.paused:
        yield Gate.RESERVE_PAUSED
    if rules.grace_until is not None:
        ends = [rules.grace_until.get(reserve.asset) for reserve in sides]
        if any(end is not None and end >= at for end in ends):
            yield Gate.GRACE_PERIOD
        elif None in ends:
            yield Gate.UNREADABLE
    if not all(reserve.setting("active") for reserve in sides):
        yield Gate.RESERVE_INACTIVE
    if health >= HEALTH_FACTOR_LIQUIDATION_THRESHOLD:
        yield Gate.NOT_LIQUIDATABLE
    if pair.collateral.setting("liquidation_threshold") == 0:
        yield Gate.COLLATERAL_NOT_ENABLED


def _amount_gates(pair: _Pair, amounts: Amounts) -> Iterator[Gate]:
    """What the tokens refuse: more than the aToken holds, a burn of nothing, more than there is."""
    cash = pair.collateral.cash
    if cash is None:
        yield Gate.UNREADABLE
    elif cash < amounts.collateral:
        yield Gate.INSUFFICIENT_LIQUIDITY
    burnt = min(amounts.debt, pair.variable_debt)
    if amounts.debt == 0 or (burnt and ray_div_half_up(burnt, pair.burn_index) == 0):
        yield Gate.ZERO_AMOUNT
    if ray_div_half_up(burnt, pair.burn_index) > pair.scaled_debt:
        yield Gate.UNREADABLE  # the index of the burn is behind that of the balance: more is burnt than there is
    if ray_div_half_up(amounts.collateral, pair.supply_index) == 0:
        yield Gate.ZERO_AMOUNT

"""What `Pool.liquidationCall(collateral, debt, user, 2**256 - 1, false)` does, and every reason it would revert.

`LiquidationLogic.executeLiquidationCall` and `ValidationLogic.validateLiquidationCall`, 3.0 to 3.7 by the rules of the
market. Not modelled, because honest state cannot reach it: an isolated collateral with a debt in a token of fewer
than two decimals (`IsolationModeLogic` underflows), and casts to uint128 or uint120.
"""

from dataclasses import dataclass, replace

from indexer.errors import ArithmeticOverflow
from indexer.protocols.aave_v3.account_data import AccountData, account_data, in_category
from indexer.protocols.aave_v3.accrual import (
    normalized_debt,
    normalized_income,
    scaled_debt_burnt,
    scaled_supply_taken,
    stable_balance,
    supply_balance,
)
from indexer.protocols.aave_v3.discount import variable_debt
from indexer.protocols.aave_v3.revisions import Rounding, Rules
from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Reserve
from indexer.units import (
    PERCENTAGE_FACTOR,
    WAD,
    mul_div_ceil,
    mul_div_floor,
    percent_div_ceil,
    percent_div_half_up,
    percent_mul_floor,
    percent_mul_half_up,
    uint256,
)
from indexer.words import Gate, Terms

HEALTH_FACTOR_LIQUIDATION_THRESHOLD = WAD
CLOSE_FACTOR_HF_THRESHOLD = 95 * WAD // 100
"""Also `MINIMUM_HEALTH_FACTOR_LIQUIDATION_THRESHOLD`, below which the sentinel is not asked."""
DEFAULT_LIQUIDATION_CLOSE_FACTOR = 5_000
MAX_LIQUIDATION_CLOSE_FACTOR = 10_000
MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD = 2_000 * 10**8
MIN_LEFTOVER_BASE = MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD // 2


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices (base units) and units of one pair, and what is taken on top: bonus (10500 is 5 %) and fee, in bps."""

    collateral_price: int
    collateral_unit: int
    debt_price: int
    debt_unit: int
    bonus: int
    fee: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """Raw token amounts of one liquidation; `seized` is `collateral` (to the liquidator) plus `fee`."""

    collateral: int
    debt: int
    fee: int

    @property
    def seized(self) -> int:
        """All collateral that leaves the borrower."""
        return self.collateral + self.fee


@dataclass(frozen=True, slots=True)
class _Pair:
    """One debt and one collateral of an account, accrued to the timestamp."""

    rules: Rules
    debt: Reserve
    collateral: Reserve
    quote: Quote
    scaled_supply: int
    supply_index: int
    debt_index: int
    variable_debt: int
    stable_debt: int

    @property
    def reserve_debt(self) -> int:
        return self.variable_debt + self.stable_debt

    @property
    def collateral_balance(self) -> int:
        return supply_balance(self.scaled_supply, self.supply_index, self.rules.rounding)

    def value_of_debt(self, amount: int) -> int:
        value_of = mul_div_ceil if self.rules.rounding is Rounding.DIRECTIONAL else mul_div_floor
        return value_of(amount, self.quote.debt_price, self.quote.debt_unit)

    def value_of_collateral(self, amount: int) -> int:
        return mul_div_floor(amount, self.quote.collateral_price, self.quote.collateral_unit)


def available_collateral_to_liquidate(
    quote: Quote, *, debt_to_cover: int, collateral_balance: int, rules: Rules
) -> Amounts:
    """`LiquidationLogic._calculateAvailableCollateralToLiquidate`: raw amounts, the fee before its last-wei cap.

    Half up in the percentages; the debt for a limited collateral rounds up from 3.5 on, and 3.7 takes the floor of
    the collateral and the ceiling of the fee.
    """
    base_collateral = mul_div_floor(
        uint256(quote.debt_price * debt_to_cover),
        quote.collateral_unit,
        uint256(quote.collateral_price * quote.debt_unit),
    )
    percent_mul = percent_mul_floor if rules.directional_liquidation else percent_mul_half_up
    max_collateral = percent_mul(base_collateral, quote.bonus)
    if max_collateral > collateral_balance:
        seized = collateral_balance
        covered = mul_div_floor(
            uint256(quote.collateral_price * seized),
            quote.debt_unit,
            uint256(quote.debt_price * quote.collateral_unit),
        )
        percent_div = percent_div_ceil if rules.rounding is Rounding.DIRECTIONAL else percent_div_half_up
        debt = percent_div(covered, quote.bonus)
    else:
        seized = max_collateral
        debt = debt_to_cover
    fee = _protocol_fee(seized, quote, rules)
    return Amounts(seized - fee, debt, fee)


def _protocol_fee(seized: int, quote: Quote, rules: Rules) -> int:
    if quote.fee == 0:
        return 0
    if rules.directional_liquidation:
        bonus_collateral = uint256(seized - mul_div_floor(seized, PERCENTAGE_FACTOR, quote.bonus))
        return mul_div_ceil(bonus_collateral, quote.fee, PERCENTAGE_FACTOR)
    bonus_collateral = uint256(seized - percent_div_half_up(seized, quote.bonus))
    return percent_mul_half_up(bonus_collateral, quote.fee)


def _max_debt(pair: _Pair, data: AccountData) -> tuple[int, int]:
    """The most of the reserve's debt one call may cover, and the close factor that says so."""
    above_full_close = data.health_factor > CLOSE_FACTOR_HF_THRESHOLD
    if not pair.rules.account_close_factor:
        close_factor = DEFAULT_LIQUIDATION_CLOSE_FACTOR if above_full_close else MAX_LIQUIDATION_CLOSE_FACTOR
        return percent_mul_half_up(pair.reserve_debt, close_factor), close_factor
    debt_value = pair.value_of_debt(pair.reserve_debt)
    collateral_value = pair.value_of_collateral(pair.collateral_balance)
    position_is_large = min(debt_value, collateral_value) >= MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD
    half_of_account = percent_mul_half_up(data.total_debt_base, DEFAULT_LIQUIDATION_CLOSE_FACTOR)
    if position_is_large and above_full_close and debt_value > half_of_account:
        covered = mul_div_floor(half_of_account, pair.quote.debt_unit, pair.quote.debt_price)
        return covered, DEFAULT_LIQUIDATION_CLOSE_FACTOR
    return pair.reserve_debt, MAX_LIQUIDATION_CLOSE_FACTOR


def _moved_fee(pair: _Pair, amounts: Amounts) -> int:
    """The fee after the cap to what is left of the borrower's scaled balance (one wei of imprecision)."""
    rounding = pair.rules.rounding
    burnt = scaled_supply_taken(amounts.collateral, pair.supply_index, rounding)
    left = uint256(pair.scaled_supply - burnt)
    fee = scaled_supply_taken(amounts.fee, pair.supply_index, rounding)
    if fee <= left:
        return amounts.fee
    if not pair.rules.caps_protocol_fee:
        raise ArithmeticOverflow(left - fee)
    return supply_balance(left, pair.supply_index, rounding)


def _leaves_dust(pair: _Pair, amounts: Amounts) -> bool:
    """`MustNotLeaveDust`, 3.3+: debt and collateral are left, and one of them is worth too little."""
    if not pair.rules.account_close_factor:
        return False
    debt_left = pair.reserve_debt - amounts.debt
    collateral_left = pair.collateral_balance - amounts.seized
    if debt_left <= 0 or collateral_left <= 0:
        return False
    values_left = (pair.value_of_debt(debt_left), pair.value_of_collateral(collateral_left))
    return min(values_left) < MIN_LEFTOVER_BASE


def _no_collateral_left(pair: _Pair, amounts: Amounts, data: AccountData) -> bool:
    """`hasNoCollateralLeft`, 3.3+: what is taken is worth all that the account has; then its debt is a deficit."""
    taken = amounts.seized
    if pair.rules.consumption_in_scaled_units:
        rounding, index = pair.rules.rounding, pair.supply_index
        parts = (scaled_supply_taken(amount, index, rounding) for amount in (amounts.collateral, amounts.fee))
        taken = supply_balance(min(sum(parts), pair.scaled_supply), index, rounding)
    return data.total_collateral_base == pair.value_of_collateral(taken)


def _burns_nothing(pair: _Pair, amounts: Amounts, data: AccountData) -> bool:
    """Whether `_burnScaled` would be called with zero scaled tokens, which reverts, for the debt or the collateral."""
    rounding = pair.rules.rounding
    if scaled_supply_taken(amounts.collateral, pair.supply_index, rounding) == 0:
        return True
    if pair.rules.burns_bad_debt and _no_collateral_left(pair, amounts, data):
        burnt = pair.variable_debt
    elif amounts.debt > pair.variable_debt:
        return False  # all variable debt, then stable debt, which has no such check
    else:
        burnt = amounts.debt
    return scaled_debt_burnt(burnt, pair.debt_index, rounding) == 0


def _liquidity_gates(pair: _Pair, amounts: Amounts) -> list[Gate]:
    """The underlying must be there: really (the repayment arrives last), and in the virtual balance from 3.1 on."""
    available = [pair.collateral.cash]
    if pair.rules.virtual_balance:
        virtual = pair.collateral.virtual_balance
        if virtual is not None and pair.debt.id == pair.collateral.id:
            virtual += amounts.debt  # `_burnDebtTokens` adds the repayment before the collateral is taken
        available.append(virtual)
    known = [balance for balance in available if balance is not None]
    if any(balance < amounts.collateral for balance in known):
        return [Gate.INSUFFICIENT_LIQUIDITY]
    return [] if len(known) == len(available) else [Gate.UNREADABLE]


def _sentinel_gates(market: Market, data: AccountData, at: int) -> list[Gate]:
    if not market.rules.sentinel or market.sentinel is None or data.health_factor < CLOSE_FACTOR_HF_THRESHOLD:
        return []
    allowed = market.sentinel.liquidation_allowed(at)
    if allowed is None:
        return [Gate.UNREADABLE]
    return [] if allowed else [Gate.SENTINEL]


def _validation_gates(market: Market, debt: Reserve, collateral: Reserve, data: AccountData, at: int) -> list[Gate]:
    """`ValidationLogic.validateLiquidationCall`, all that fail, in the contract's order."""
    rules = market.rules
    sides = (collateral, debt)
    gates: list[Gate] = []
    if not all(reserve.setting("active") for reserve in sides):
        gates.append(Gate.RESERVE_INACTIVE)
    if any(reserve.setting("paused") for reserve in sides):
        gates.append(Gate.RESERVE_PAUSED)
    gates += _sentinel_gates(market, data, at)
    if rules.grace_period and any(reserve.grace_until >= at for reserve in sides):
        gates.append(Gate.GRACE_PERIOD)
    if data.health_factor >= HEALTH_FACTOR_LIQUIDATION_THRESHOLD:
        gates.append(Gate.NOT_LIQUIDATABLE)
    if not rules.counts_zero_threshold_collateral and collateral.setting("liquidation_threshold") == 0:
        gates.append(Gate.COLLATERAL_NOT_ENABLED)
    return gates


def _quote(market: Market, debt: Reserve, collateral: Reserve, category: Category) -> Quote:
    """Prices and bonus (`_getConfigurationData` up to 3.1).

    Up to 3.1 an account in a category with a price source has ANY debt priced by that source.
    """
    in_emode = in_category(market, collateral, category)
    has_source = market.rules.emode_price_source and category.has_price_source
    source_price = category.require_source_price() if has_source else 0
    return Quote(
        collateral_price=source_price if has_source and in_emode else collateral.require_price(),
        collateral_unit=collateral.unit,
        debt_price=source_price if has_source else debt.require_price(),
        debt_unit=debt.unit,
        bonus=category.liquidation_bonus if in_emode else collateral.setting("liquidation_bonus"),
        fee=collateral.setting("protocol_fee"),
    )


def _pair(market: Market, debt_position: Position, collateral_position: Position, category: Category, at: int) -> _Pair:
    rules = market.rules
    debt = market.reserves[debt_position.reserve_id]
    collateral = market.reserves[collateral_position.reserve_id]
    debt_index = normalized_debt(debt, rules, at)
    return _Pair(
        rules=rules,
        debt=debt,
        collateral=collateral,
        quote=_quote(market, debt, collateral, category),
        scaled_supply=collateral_position.scaled_supply,
        supply_index=normalized_income(collateral, at),
        debt_index=debt_index,
        variable_debt=variable_debt(debt_position, debt_index, rules, discounted=rules.discounts_liquidated_debt),
        stable_debt=stable_balance(debt_position, rules, at),
    )


def _terms(market: Market, pair: _Pair, data: AccountData, at: int) -> Terms:
    quote = pair.quote
    gates = _validation_gates(market, pair.debt, pair.collateral, data, at)
    try:
        cover, close_factor = _max_debt(pair, data)
        amounts = available_collateral_to_liquidate(
            quote, debt_to_cover=cover, collateral_balance=pair.collateral_balance, rules=pair.rules
        )
        if _leaves_dust(pair, amounts):
            gates.append(Gate.LEFTOVER)
        if _burns_nothing(pair, amounts, data):
            gates.append(Gate.ZERO_AMOUNT)
        gates += _liquidity_gates(pair, amounts)
        fee = _moved_fee(pair, amounts)
        gross_bonus = (
            amounts.collateral * quote.collateral_price // quote.collateral_unit
            - amounts.debt * quote.debt_price // quote.debt_unit
        )
    except ArithmeticOverflow:
        # The call reverts on its own arithmetic: a price of 0, a bonus of 0 with a fee, or absurd magnitudes.
        amounts, fee, close_factor, gross_bonus = Amounts(0, 0, 0), 0, MAX_LIQUIDATION_CLOSE_FACTOR, 0
        gates.append(_arithmetic_gate(quote))
    return Terms(
        debt_asset=pair.debt.asset,
        collateral_asset=pair.collateral.asset,
        max_debt_to_cover=amounts.debt,
        collateral_to_liquidator=amounts.collateral,
        protocol_fee=fee,
        bonus_bps=max(quote.bonus - PERCENTAGE_FACTOR, 0),
        close_factor_bps=close_factor,
        gross_bonus_value=gross_bonus,
        gates=tuple(dict.fromkeys(gates)),
    )


def _arithmetic_gate(quote: Quote) -> Gate:
    if quote.collateral_price == 0:
        return Gate.UNPRICED
    return Gate.ZERO_AMOUNT if quote.bonus == 0 else Gate.UNREADABLE


def liquidation_terms(market: Market, account: Account, at: int) -> tuple[Terms, ...]:
    """What a liquidator's call for the maximum, mined at timestamp `at`, would take and give, for every pair.

    One entry for each reserve with debt and each reserve flagged as collateral with a balance; best first: allowed
    before forbidden, then by gross bonus. `gross_bonus_value` is in base units at the prices the liquidation uses:
    collateral to the liquidator minus debt repaid, each rounded down. `gates` lists every reason at once.

    Raises UnpricedReserve, ArithmeticOverflow and KeyError as `account_data` does: then nothing can be liquidated.
    """
    category = market.category(account.emode)
    debts = [position for position in account.positions if position.has_debt]
    collaterals = [position for position in account.positions if position.is_collateral and position.scaled_supply]
    said = account_data(market, account, at)
    terms: list[Terms] = []
    for debt in debts:
        updated = _after_update_state(market, debt, at)
        data = said if updated is market else account_data(updated, account, at)
        terms += (_terms(updated, _pair(updated, debt, one, category, at), data, at) for one in collaterals)
    return tuple(sorted(terms, key=best_first))


def _after_update_state(market: Market, debt: Position, at: int) -> Market:
    """The market as `debtReserve.updateState` leaves it, where that differs from what the views say before it.

    3.0.0: a reserve without liquidity rate (reserve factor 100 %, or nothing to pay) keeps its borrow index while its
    timestamp moves, so the whole call sees the debt without its interest.
    """
    reserve = market.reserves[debt.reserve_id]
    if not market.rules.borrow_index_needs_liquidity_rate or reserve.liquidity_rate != 0:
        return market
    return replace(market, reserves={**market.reserves, reserve.id: replace(reserve, last_update=at)})


def best_first(terms: Terms) -> tuple[bool, int, str, str]:
    """The order of terms: allowed before forbidden, then by gross bonus."""
    return (not terms.allowed, -terms.gross_bonus_value, terms.debt_asset, terms.collateral_asset)

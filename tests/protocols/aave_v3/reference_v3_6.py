"""A literal port of origin 3.6 (POOL_REVISION 10): `GenericLogic` and `LiquidationLogic`, statement by statement.

It takes the same market and account as the code under test, as storage; it shares no code with it.
"""
# ruff: noqa: N802, N803, N806, PLR0917

from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Reserve
from tests.protocols.aave_v3.reference_v3_0 import (
    Liquidated,
    bits,
    getAssetPrice,
    getNormalizedIncome,
    isLiquidationAllowed,
)
from tests.protocols.aave_v3.solidity import (
    MAX,
    WAD,
    calculateCompoundedInterest_3_4,
    checked,
    div,
    mulDivCeil,
    percentDiv,
    percentDivCeil,
    percentMul,
    percentMulFloor,
    rayDivCeil,
    rayDivFloor,
    rayMul,
    rayMulCeil,
    rayMulFloor,
    require,
    wadDiv,
)

MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD = 2000_00000000
MIN_LEFTOVER_BASE = 1000_00000000


def getNormalizedDebt(reserve: Reserve, now: int) -> int:
    if reserve.last_update == now:
        return reserve.variable_borrow_index
    compounded = calculateCompoundedInterest_3_4(reserve.variable_borrow_rate, reserve.last_update, now)
    return rayMul(compounded, reserve.variable_borrow_index)


def categoryOf(market: Market, account: Account) -> Category:
    return market.categories.get(account.emode, Category(account.emode, 0, 0, 0))


def isReserveEnabledOnBitmap(bitmap: int, reserveId: int) -> bool:
    return (bitmap >> reserveId) % 2 == 1


def getUserReserveLtv(reserve: Reserve, category: Category, categoryId: int) -> int:
    if categoryId != 0 and isReserveEnabledOnBitmap(category.collateral_bitmap, reserve.id):
        if isReserveEnabledOnBitmap(category.ltvzero_bitmap, reserve.id):
            return 0
        return category.ltv
    return bits(reserve.configuration, 0, 16)


def calculateUserAccountData(market: Market, account: Account, now: int) -> tuple[int, int, int, int, int]:
    totalCollateral = totalDebt = avgLtv = avgLiquidationThreshold = 0
    category = categoryOf(market, account)
    for position in account.positions:
        isBorrowed, isEnabledAsCollateral = position.scaled_debt != 0, position.is_collateral
        reserve = market.reserves.get(position.reserve_id)
        if not (isEnabledAsCollateral or isBorrowed) or reserve is None:
            continue
        assetUnit = 10 ** bits(reserve.configuration, 48, 8)
        assetPrice = getAssetPrice(reserve)
        if isEnabledAsCollateral:
            balance = rayMulFloor(position.scaled_supply, getNormalizedIncome(reserve, now)) * assetPrice
            userBalance = checked(balance) // assetUnit
            totalCollateral = checked(totalCollateral + userBalance)
            ltv = getUserReserveLtv(reserve, category, account.emode)
            if ltv != 0:
                avgLtv = checked(avgLtv + userBalance * ltv)
            if account.emode != 0 and isReserveEnabledOnBitmap(category.collateral_bitmap, position.reserve_id):
                liquidationThreshold = category.liquidation_threshold
            else:
                liquidationThreshold = bits(reserve.configuration, 16, 16)
            avgLiquidationThreshold = checked(avgLiquidationThreshold + userBalance * liquidationThreshold)
        if isBorrowed:
            userTotalDebt = rayMulCeil(position.scaled_debt, getNormalizedDebt(reserve, now))
            totalDebt = checked(totalDebt + mulDivCeil(userTotalDebt, assetPrice, assetUnit))
    healthFactor = MAX if totalDebt == 0 else wadDiv(avgLiquidationThreshold, totalDebt) // 100_00
    avgLtv = avgLtv // totalCollateral if totalCollateral != 0 else 0
    avgLiquidationThreshold = avgLiquidationThreshold // totalCollateral if totalCollateral != 0 else 0
    return totalCollateral, totalDebt, avgLtv, avgLiquidationThreshold, healthFactor


def getUserAccountData(market: Market, account: Account, now: int) -> tuple[int, int, int, int, int, int]:
    collateral, debt, ltv, threshold, health = calculateUserAccountData(market, account, now)
    available = percentMulFloor(collateral, ltv)
    available = 0 if available <= debt else available - debt
    return collateral, debt, available, threshold, ltv, health


def validateLiquidationCall(
    market: Market, collateral: Reserve, debt: Reserve, position: Position, totalDebt: int, health: int, now: int
) -> None:
    active = bits(collateral.configuration, 56, 1) == 1 and bits(debt.configuration, 56, 1) == 1
    require(active, "reserve_inactive")
    paused = bits(collateral.configuration, 60, 1) == 1 or bits(debt.configuration, 60, 1) == 1
    require(not paused, "reserve_paused")
    require(
        market.sentinel is None or health < 95 * WAD // 100 or isLiquidationAllowed(market, now),
        "sentinel",
    )
    require(collateral.grace_until < now and debt.grace_until < now, "grace_period")
    require(health < WAD, "not_liquidatable")
    require(position.is_collateral, "collateral_not_enabled")
    require(totalDebt != 0, "zero_amount")


def calculateAvailableCollateralToLiquidate(
    cp: int, cu: int, dp: int, du: int, debtToCover: int, borrowerBalance: int, bonus: int, feePercentage: int
) -> tuple[int, int, int, int]:
    baseCollateral = div(checked(dp * debtToCover * cu), checked(cp * du))
    maxCollateralToLiquidate = percentMul(baseCollateral, bonus)
    if maxCollateralToLiquidate > borrowerBalance:
        collateralAmount = borrowerBalance
        debtAmountNeeded = percentDivCeil(div(checked(cp * collateralAmount * du), checked(dp * cu)), bonus)
    else:
        collateralAmount = maxCollateralToLiquidate
        debtAmountNeeded = debtToCover
    collateralToLiquidateInBaseCurrency = checked(collateralAmount * cp) // cu
    liquidationProtocolFee = 0
    if feePercentage != 0:
        bonusCollateral = checked(collateralAmount - percentDiv(collateralAmount, bonus))
        liquidationProtocolFee = percentMul(bonusCollateral, feePercentage)
        collateralAmount -= liquidationProtocolFee
    return collateralAmount, debtAmountNeeded, liquidationProtocolFee, collateralToLiquidateInBaseCurrency


def liquidationCall(
    market: Market, account: Account, collateralPosition: Position, debtPosition: Position, now: int
) -> Liquidated:
    """`executeLiquidationCall` with debtToCover = type(uint256).max and receiveAToken = false."""
    collateral = market.reserves[collateralPosition.reserve_id]
    debt = market.reserves[debtPosition.reserve_id]
    totalCollateral, totalDebt, _, _, healthFactor = calculateUserAccountData(market, account, now)
    liquidityIndex = getNormalizedIncome(collateral, now)
    borrowIndex = getNormalizedDebt(debt, now)
    borrowerCollateralBalance = rayMulFloor(collateralPosition.scaled_supply, liquidityIndex)
    borrowerReserveDebt = rayMulCeil(debtPosition.scaled_debt, borrowIndex)
    validateLiquidationCall(market, collateral, debt, collateralPosition, borrowerReserveDebt, healthFactor, now)
    category = categoryOf(market, account)
    if account.emode != 0 and isReserveEnabledOnBitmap(category.collateral_bitmap, collateral.id):
        bonus = category.liquidation_bonus
    else:
        bonus = bits(collateral.configuration, 32, 16)
    cp, dp = getAssetPrice(collateral), getAssetPrice(debt)
    cu, du = 10 ** bits(collateral.configuration, 48, 8), 10 ** bits(debt.configuration, 48, 8)
    reserveDebtInBase = mulDivCeil(borrowerReserveDebt, dp, du)
    reserveCollateralInBase = checked(borrowerCollateralBalance * cp) // cu
    maxLiquidatableDebt = borrowerReserveDebt
    if (
        reserveCollateralInBase >= MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD
        and reserveDebtInBase >= MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD
        and healthFactor > 95 * WAD // 100
    ):
        totalDefaultLiquidatableDebtInBase = percentMul(totalDebt, 5000)
        if reserveDebtInBase > totalDefaultLiquidatableDebtInBase:
            maxLiquidatableDebt = div(checked(totalDefaultLiquidatableDebtInBase * du), dp)
    actualCollateral, actualDebt, fee, collateralInBase = calculateAvailableCollateralToLiquidate(
        cp, cu, dp, du, maxLiquidatableDebt, borrowerCollateralBalance, bonus, bits(collateral.configuration, 152, 16)
    )
    if actualDebt < borrowerReserveDebt and actualCollateral + fee < borrowerCollateralBalance:
        isDebtMore = mulDivCeil(borrowerReserveDebt - actualDebt, dp, du) >= MIN_LEFTOVER_BASE
        left = borrowerCollateralBalance - actualCollateral - fee
        isCollateralMore = checked(left * cp) // cu >= MIN_LEFTOVER_BASE
        require(isDebtMore and isCollateralMore, "leftover")
    hasNoCollateralLeft = totalCollateral == collateralInBase
    # _burnDebtTokens
    virtual = {reserve.id: reserve.virtual_balance or 0 for reserve in market.reserves.values()}
    burnAmount = borrowerReserveDebt if hasNoCollateralLeft else actualDebt
    scaledAmount = rayDivFloor(burnAmount, borrowIndex)
    require(scaledAmount != 0, "zero_amount")
    checked(debtPosition.scaled_debt - scaledAmount)
    checked(borrowerReserveDebt - actualDebt)
    virtual[debt.id] += actualDebt
    # _burnCollateralATokens
    require(virtual[collateral.id] >= actualCollateral, "insufficient_liquidity")
    scaledAmount = rayDivCeil(actualCollateral, liquidityIndex)
    require(scaledAmount != 0, "zero_amount")
    scaledDownBorrowerBalance = checked(collateralPosition.scaled_supply - scaledAmount)
    assert collateral.cash is not None
    require(collateral.cash >= actualCollateral, "insufficient_liquidity")
    if fee != 0:
        scaledDownFee = rayDivCeil(fee, liquidityIndex)
        if scaledDownFee > scaledDownBorrowerBalance:
            scaledDownFee = scaledDownBorrowerBalance
            fee = rayMulFloor(scaledDownBorrowerBalance, liquidityIndex)
        checked(scaledDownBorrowerBalance - scaledDownFee)
    return Liquidated(actualDebt, actualCollateral, fee)

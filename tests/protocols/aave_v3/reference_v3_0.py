"""A literal port of core 3.0.2 (POOL_REVISION 1): `GenericLogic` and `LiquidationLogic`, statement by statement.

It takes the same market and account as the code under test, as storage; it shares no code with it.
"""
# ruff: noqa: C901, N802, N803, N806, PLR0917

from dataclasses import dataclass

from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Reserve
from tests.protocols.aave_v3.solidity import (
    MAX,
    WAD,
    Revert,
    calculateCompoundedInterest_3_0,
    calculateLinearInterest,
    checked,
    div,
    percentDiv,
    percentMul,
    rayDiv,
    rayMul,
    require,
    wadDiv,
)


def bits(word: int, start: int, width: int) -> int:
    return (word >> start) % (1 << width)


def getAssetPrice(reserve: Reserve) -> int:
    require(reserve.price is not None, "oracle")
    assert reserve.price is not None
    return reserve.price


def getNormalizedIncome(reserve: Reserve, now: int) -> int:
    if reserve.last_update == now:
        return reserve.liquidity_index
    linear = calculateLinearInterest(reserve.liquidity_rate, reserve.last_update, now)
    return rayMul(linear, reserve.liquidity_index)


def getNormalizedDebt(reserve: Reserve, now: int) -> int:
    if reserve.last_update == now:
        return reserve.variable_borrow_index
    compounded = calculateCompoundedInterest_3_0(reserve.variable_borrow_rate, reserve.last_update, now)
    return rayMul(compounded, reserve.variable_borrow_index)


def stableBalanceOf(position: Position, now: int) -> int:
    if position.stable_principal == 0:
        return 0
    cumulated = calculateCompoundedInterest_3_0(position.stable_rate, position.stable_updated, now)
    return rayMul(position.stable_principal, cumulated)


def sourcePrice(category: Category) -> int:
    require(category.price is not None, "oracle")
    assert category.price is not None
    return category.price


def calculateUserAccountData(market: Market, account: Account, now: int) -> tuple[int, int, int, int, int]:
    isBorrowing = {p.reserve_id: p.scaled_debt != 0 or p.stable_principal != 0 for p in account.positions}
    if not any(isBorrowing.values()) and not any(p.is_collateral for p in account.positions):
        return 0, 0, 0, 0, MAX
    eModeLtv = eModeLiqThreshold = eModeAssetPrice = 0
    if account.emode != 0:
        category = market.categories.get(account.emode, Category(account.emode, 0, 0, 0))
        if category.has_price_source:
            eModeAssetPrice = sourcePrice(category)
        eModeLtv, eModeLiqThreshold = category.ltv, category.liquidation_threshold
    totalCollateral = totalDebt = avgLtv = avgLiquidationThreshold = 0
    for position in account.positions:
        if not position.is_collateral and not isBorrowing[position.reserve_id]:
            continue
        reserve = market.reserves.get(position.reserve_id)
        if reserve is None:
            continue
        ltv, liquidationThreshold = bits(reserve.configuration, 0, 16), bits(reserve.configuration, 16, 16)
        assetUnit = 10 ** bits(reserve.configuration, 48, 8)
        eModeAssetCategory = bits(reserve.configuration, 168, 8)
        if eModeAssetPrice != 0 and account.emode == eModeAssetCategory:
            assetPrice = eModeAssetPrice
        else:
            assetPrice = getAssetPrice(reserve)
        if liquidationThreshold != 0 and position.is_collateral:
            balance = checked(rayMul(position.scaled_supply, getNormalizedIncome(reserve, now)) * assetPrice)
            userBalance = balance // assetUnit
            totalCollateral = checked(totalCollateral + userBalance)
            isInEModeCategory = account.emode != 0 and eModeAssetCategory == account.emode
            if ltv != 0:
                avgLtv = checked(avgLtv + userBalance * (eModeLtv if isInEModeCategory else ltv))
            usedThreshold = eModeLiqThreshold if isInEModeCategory else liquidationThreshold
            avgLiquidationThreshold = checked(avgLiquidationThreshold + userBalance * usedThreshold)
        if isBorrowing[position.reserve_id]:
            userTotalDebt = position.scaled_debt
            if userTotalDebt != 0:
                userTotalDebt = rayMul(userTotalDebt, getNormalizedDebt(reserve, now))
            userTotalDebt = userTotalDebt + stableBalanceOf(position, now)
            totalDebt = checked(totalDebt + checked(assetPrice * userTotalDebt) // assetUnit)
    avgLtv = avgLtv // totalCollateral if totalCollateral != 0 else 0
    avgLiquidationThreshold = avgLiquidationThreshold // totalCollateral if totalCollateral != 0 else 0
    healthFactor = MAX if totalDebt == 0 else wadDiv(percentMul(totalCollateral, avgLiquidationThreshold), totalDebt)
    return totalCollateral, totalDebt, avgLtv, avgLiquidationThreshold, healthFactor


def getUserAccountData(market: Market, account: Account, now: int) -> tuple[int, int, int, int, int, int]:
    collateral, debt, ltv, threshold, health = calculateUserAccountData(market, account, now)
    available = percentMul(collateral, ltv)
    available = 0 if available < debt else available - debt
    return collateral, debt, available, threshold, ltv, health


@dataclass
class Liquidated:
    """What moved: debt paid, underlying to the liquidator, aTokens to the treasury."""

    debt: int
    collateral: int
    fee: int


def isLiquidationAllowed(market: Market, now: int) -> bool:
    sentinel = market.sentinel
    assert sentinel is not None
    if sentinel.sequencer_answer is None or sentinel.since is None or sentinel.grace_period is None:
        raise Revert("sentinel unreadable")
    return sentinel.sequencer_answer == 0 and checked(now - sentinel.since) > sentinel.grace_period


def validateLiquidationCall(
    market: Market, collateral: Reserve, position: Position, totalDebt: int, health: int, debt: Reserve, now: int
) -> None:
    active = bits(collateral.configuration, 56, 1) == 1 and bits(debt.configuration, 56, 1) == 1
    require(active, "reserve_inactive")
    paused = bits(collateral.configuration, 60, 1) == 1 or bits(debt.configuration, 60, 1) == 1
    require(not paused, "reserve_paused")
    require(
        market.sentinel is None or health < 95 * WAD // 100 or isLiquidationAllowed(market, now),
        "sentinel",
    )
    require(health < WAD, "not_liquidatable")
    require(bits(collateral.configuration, 16, 16) != 0 and position.is_collateral, "collateral_not_enabled")
    require(totalDebt != 0, "zero_amount")


def calculateAvailableCollateralToLiquidate(
    cp: int, cu: int, dp: int, du: int, debtToCover: int, userCollateralBalance: int, bonus: int, feePercentage: int
) -> tuple[int, int, int]:
    baseCollateral = div(checked(dp * debtToCover * cu), checked(cp * du))
    maxCollateralToLiquidate = percentMul(baseCollateral, bonus)
    if maxCollateralToLiquidate > userCollateralBalance:
        collateralAmount = userCollateralBalance
        debtAmountNeeded = percentDiv(div(checked(cp * collateralAmount * du), checked(dp * cu)), bonus)
    else:
        collateralAmount = maxCollateralToLiquidate
        debtAmountNeeded = debtToCover
    if feePercentage != 0:
        bonusCollateral = checked(collateralAmount - percentDiv(collateralAmount, bonus))
        liquidationProtocolFee = percentMul(bonusCollateral, feePercentage)
        return collateralAmount - liquidationProtocolFee, debtAmountNeeded, liquidationProtocolFee
    return collateralAmount, debtAmountNeeded, 0


def liquidationCall(
    market: Market, account: Account, collateralPosition: Position, debtPosition: Position, now: int
) -> Liquidated:
    """`executeLiquidationCall` with debtToCover = type(uint256).max and receiveAToken = false."""
    collateral = market.reserves[collateralPosition.reserve_id]
    debt = market.reserves[debtPosition.reserve_id]
    *_, healthFactor = calculateUserAccountData(market, account, now)
    borrowIndex = getNormalizedDebt(debt, now)
    userVariableDebt = rayMul(debtPosition.scaled_debt, borrowIndex) if debtPosition.scaled_debt else 0
    userTotalDebt = stableBalanceOf(debtPosition, now) + userVariableDebt
    closeFactor = 5000 if healthFactor > 95 * WAD // 100 else 10000
    actualDebtToLiquidate = percentMul(userTotalDebt, closeFactor)
    validateLiquidationCall(market, collateral, collateralPosition, userTotalDebt, healthFactor, debt, now)

    bonus = bits(collateral.configuration, 32, 16)
    eModePriceSource = collateralPriceSource = debtPriceSource = False
    category = market.categories.get(account.emode, Category(account.emode, 0, 0, 0))
    if account.emode != 0:
        eModePriceSource = category.has_price_source
        if bits(collateral.configuration, 168, 8) == account.emode:
            bonus = category.liquidation_bonus
            collateralPriceSource = eModePriceSource
        debtPriceSource = eModePriceSource
    liquidityIndex = getNormalizedIncome(collateral, now)
    userCollateralBalance = rayMul(collateralPosition.scaled_supply, liquidityIndex)
    actualCollateral, actualDebtToLiquidate, fee = calculateAvailableCollateralToLiquidate(
        sourcePrice(category) if collateralPriceSource else getAssetPrice(collateral),
        10 ** bits(collateral.configuration, 48, 8),
        sourcePrice(category) if debtPriceSource else getAssetPrice(debt),
        10 ** bits(debt.configuration, 48, 8),
        actualDebtToLiquidate,
        userCollateralBalance,
        bonus,
        bits(collateral.configuration, 152, 16),
    )
    # _burnDebtTokens
    scaledDebt = debtPosition.scaled_debt
    if userVariableDebt >= actualDebtToLiquidate:
        amountScaled = rayDiv(actualDebtToLiquidate, borrowIndex)
        require(amountScaled != 0, "zero_amount")
        scaledDebt = checked(scaledDebt - amountScaled)
    else:
        if userVariableDebt != 0:
            amountScaled = rayDiv(userVariableDebt, borrowIndex)
            require(amountScaled != 0, "zero_amount")
            scaledDebt = checked(scaledDebt - amountScaled)
        checked(stableBalanceOf(debtPosition, now) - (actualDebtToLiquidate - userVariableDebt))
    # _burnCollateralATokens
    assert collateral.cash is not None
    require(collateral.cash >= actualCollateral, "insufficient_liquidity")
    amountScaled = rayDiv(actualCollateral, liquidityIndex)
    require(amountScaled != 0, "zero_amount")
    scaledDownUserBalance = checked(collateralPosition.scaled_supply - amountScaled)
    if fee != 0:
        if rayDiv(fee, liquidityIndex) > scaledDownUserBalance:
            fee = rayMul(scaledDownUserBalance, liquidityIndex)
        checked(scaledDownUserBalance - rayDiv(fee, liquidityIndex))
    return Liquidated(actualDebtToLiquidate, actualCollateral, fee)

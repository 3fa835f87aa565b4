"""A literal port of protocol-v2 1.0.1: `MathUtils`, `GenericLogic`, `LendingPoolCollateralManager`, `StableDebtToken`.

It takes the same market and account as the code under test, as storage; it shares no code with it.
"""
# ruff: noqa: N802, N803, N806

from dataclasses import dataclass

from indexer.protocols.aave_v3.state import Account, Market, Position, Reserve
from tests.protocols.aave_v3.solidity import (
    MAX,
    RAY,
    SECONDS_PER_YEAR,
    WAD,
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

RAY_TO_WAD = 10**9


def bits(word: int, start: int, width: int) -> int:
    return (word >> start) % (1 << width)


def calculateCompoundedInterest(rate: int, last: int, now: int) -> int:
    exp = checked(now - last)
    if exp == 0:
        return RAY
    expMinusOne = exp - 1
    expMinusTwo = exp - 2 if exp > 2 else 0
    ratePerSecond = rate // SECONDS_PER_YEAR
    basePowerTwo = rayMul(ratePerSecond, ratePerSecond)
    basePowerThree = rayMul(basePowerTwo, ratePerSecond)
    secondTerm = checked(checked(exp * expMinusOne) * basePowerTwo) // 2
    thirdTerm = checked(checked(exp * expMinusOne * expMinusTwo) * basePowerThree) // 6
    return checked(RAY + checked(ratePerSecond * exp) + secondTerm + thirdTerm)


def getNormalizedIncome(reserve: Reserve, now: int) -> int:
    if reserve.last_update == now:
        return reserve.liquidity_index
    linear = calculateLinearInterest(reserve.liquidity_rate, reserve.last_update, now)
    return rayMul(linear, reserve.liquidity_index)


def getNormalizedDebt(reserve: Reserve, now: int) -> int:
    if reserve.last_update == now:
        return reserve.variable_borrow_index
    return rayMul(
        calculateCompoundedInterest(reserve.variable_borrow_rate, reserve.last_update, now),
        reserve.variable_borrow_index,
    )


def getAssetPrice(reserve: Reserve) -> int:
    require(reserve.price is not None, "oracle")
    assert reserve.price is not None
    return reserve.price


def stableBalanceOf(position: Position, now: int) -> int:
    if position.stable_principal == 0:
        return 0
    cumulated = calculateCompoundedInterest(position.stable_rate, position.stable_updated, now)
    return rayMul(position.stable_principal, cumulated)


def variableBalanceOf(position: Position, reserve: Reserve, now: int) -> int:
    return 0 if position.scaled_debt == 0 else rayMul(position.scaled_debt, getNormalizedDebt(reserve, now))


def calculateUserAccountData(market: Market, account: Account, now: int) -> tuple[int, int, int, int, int]:
    isBorrowing = {p.reserve_id: p.scaled_debt != 0 or p.stable_principal != 0 for p in account.positions}
    totalCollateralInETH = totalDebtInETH = avgLtv = avgLiquidationThreshold = 0
    for position in account.positions:
        if not position.is_collateral and not isBorrowing[position.reserve_id]:
            continue
        reserve = market.reserves[position.reserve_id]
        ltv, liquidationThreshold = bits(reserve.configuration, 0, 16), bits(reserve.configuration, 16, 16)
        tokenUnit = 10 ** bits(reserve.configuration, 48, 8)
        reserveUnitPrice = getAssetPrice(reserve)
        if liquidationThreshold != 0 and position.is_collateral:
            balance = rayMul(position.scaled_supply, getNormalizedIncome(reserve, now))
            liquidityBalanceETH = checked(reserveUnitPrice * balance) // tokenUnit
            totalCollateralInETH = checked(totalCollateralInETH + liquidityBalanceETH)
            avgLtv = checked(avgLtv + checked(liquidityBalanceETH * ltv))
            avgLiquidationThreshold = checked(
                avgLiquidationThreshold + checked(liquidityBalanceETH * liquidationThreshold)
            )
        if isBorrowing[position.reserve_id]:
            debt = checked(stableBalanceOf(position, now) + variableBalanceOf(position, reserve, now))
            totalDebtInETH = checked(totalDebtInETH + checked(reserveUnitPrice * debt) // tokenUnit)
    avgLtv = avgLtv // totalCollateralInETH if totalCollateralInETH > 0 else 0
    avgLiquidationThreshold = avgLiquidationThreshold // totalCollateralInETH if totalCollateralInETH > 0 else 0
    if totalDebtInETH == 0:
        healthFactor = MAX
    else:
        healthFactor = wadDiv(percentMul(totalCollateralInETH, avgLiquidationThreshold), totalDebtInETH)
    return totalCollateralInETH, totalDebtInETH, avgLtv, avgLiquidationThreshold, healthFactor


def getUserAccountData(market: Market, account: Account, now: int) -> tuple[int, int, int, int, int, int]:
    collateral, debt, ltv, threshold, health = calculateUserAccountData(market, account, now)
    available = percentMul(collateral, ltv)
    return collateral, debt, 0 if available < debt else available - debt, threshold, ltv, health


def liquidationCall(
    market: Market, account: Account, collateral_id: int, debt_id: int, now: int, closeFactor: int | None
) -> tuple[int, int]:
    """(actualDebtToLiquidate, maxCollateralToLiquidate) of a call for 2**256 - 1; `closeFactor` None: since 2025."""
    positions = {position.reserve_id: position for position in account.positions}
    collateralReserve, debtReserve = market.reserves[collateral_id], market.reserves[debt_id]
    supplied, owed = positions[collateral_id], positions[debt_id]
    healthFactor = calculateUserAccountData(market, account, now)[4]
    userStableDebt, userVariableDebt = stableBalanceOf(owed, now), variableBalanceOf(owed, debtReserve, now)
    _validateLiquidationCall(collateralReserve, debtReserve, supplied, healthFactor, userStableDebt + userVariableDebt)
    userCollateralBalance = rayMul(supplied.scaled_supply, getNormalizedIncome(collateralReserve, now))
    maxLiquidatableDebt = userStableDebt + userVariableDebt
    if closeFactor is not None:
        maxLiquidatableDebt = percentMul(maxLiquidatableDebt, closeFactor)
    actualDebtToLiquidate = maxLiquidatableDebt
    maxCollateralToLiquidate, debtAmountNeeded = _calculateAvailableCollateralToLiquidate(
        collateralReserve, debtReserve, actualDebtToLiquidate, userCollateralBalance
    )
    actualDebtToLiquidate = min(actualDebtToLiquidate, debtAmountNeeded)
    assert collateralReserve.cash is not None
    require(collateralReserve.cash >= maxCollateralToLiquidate, "45")
    variableBorrowIndex = debtReserve.variable_borrow_index
    if debtReserve.liquidity_rate > 0 and debtReserve.last_update != now:
        variableBorrowIndex = getNormalizedDebt(debtReserve, now)
    if userVariableDebt >= actualDebtToLiquidate:
        _burn(owed.scaled_debt, actualDebtToLiquidate, variableBorrowIndex)
    elif userVariableDebt > 0:
        _burn(owed.scaled_debt, userVariableDebt, variableBorrowIndex)
    _burn(supplied.scaled_supply, maxCollateralToLiquidate, getNormalizedIncome(collateralReserve, now))
    return actualDebtToLiquidate, maxCollateralToLiquidate


def _validateLiquidationCall(
    collateralReserve: Reserve, principalReserve: Reserve, supplied: Position, healthFactor: int, debt: int
) -> None:
    require(bits(collateralReserve.configuration, 56, 1) == 1, "2")
    require(bits(principalReserve.configuration, 56, 1) == 1, "2")
    require(healthFactor < WAD, "42")
    require(bits(collateralReserve.configuration, 16, 16) > 0 and supplied.is_collateral, "43")
    require(debt != 0, "44")


def _burn(scaled: int, amount: int, index: int) -> None:
    amountScaled = rayDiv(amount, index)
    require(amountScaled != 0, "CT_INVALID_BURN_AMOUNT")
    checked(scaled - amountScaled)


def _calculateAvailableCollateralToLiquidate(
    collateralReserve: Reserve, debtReserve: Reserve, debtToCover: int, userCollateralBalance: int
) -> tuple[int, int]:
    collateralPrice, debtAssetPrice = getAssetPrice(collateralReserve), getAssetPrice(debtReserve)
    liquidationBonus = bits(collateralReserve.configuration, 32, 16)
    collateralDecimals = bits(collateralReserve.configuration, 48, 8)
    debtAssetDecimals = bits(debtReserve.configuration, 48, 8)
    covered = percentMul(checked(checked(debtAssetPrice * debtToCover) * 10**collateralDecimals), liquidationBonus)
    maxAmount = div(covered, checked(collateralPrice * 10**debtAssetDecimals))
    if maxAmount <= userCollateralBalance:
        return maxAmount, debtToCover
    worth = checked(checked(collateralPrice * userCollateralBalance) * 10**debtAssetDecimals)
    needed = percentDiv(div(worth, checked(debtAssetPrice * 10**collateralDecimals)), liquidationBonus)
    return userCollateralBalance, needed


@dataclass
class StableUser:
    """`_balances`, `_usersStableRate`, `_timestamps` of one account."""

    principal: int = 0
    rate: int = 0
    timestamp: int = 0


class StableToken:
    """`StableDebtToken` of protocol-v2 1.0.1 for several accounts, with its own totals."""

    def __init__(self) -> None:
        self.users = {"alice": StableUser(), "bob": StableUser()}
        self._totalSupply = self._avgStableRate = self._totalSupplyTimestamp = 0

    def balanceOf(self, user: str, now: int) -> int:
        one = self.users[user]
        if one.principal == 0:
            return 0
        return rayMul(one.principal, calculateCompoundedInterest(one.rate, one.timestamp, now))

    def totalSupply(self, now: int) -> int:
        if self._totalSupply == 0:
            return 0
        interest = calculateCompoundedInterest(self._avgStableRate, self._totalSupplyTimestamp, now)
        return rayMul(self._totalSupply, interest)

    def mint(self, user: str, amount: int, rate: int, now: int) -> dict[str, int]:
        one = self.users[user]
        currentBalance = self.balanceOf(user, now)
        balanceIncrease = currentBalance - one.principal
        previousSupply = self.totalSupply(now)
        nextSupply = previousSupply + amount
        amountInRay = amount * RAY_TO_WAD
        newStableRate = rayDiv(
            rayMul(one.rate, currentBalance * RAY_TO_WAD) + rayMul(amountInRay, rate),
            (currentBalance + amount) * RAY_TO_WAD,
        )
        average = rayDiv(
            rayMul(self._avgStableRate, previousSupply * RAY_TO_WAD) + rayMul(rate, amountInRay),
            nextSupply * RAY_TO_WAD,
        )
        self._totalSupply, self._avgStableRate, self._totalSupplyTimestamp = nextSupply, average, now
        one.rate, one.timestamp = newStableRate, now
        one.principal += amount + balanceIncrease
        return _event("Mint", amount, currentBalance, balanceIncrease, newStableRate, average, nextSupply)

    def burn(self, user: str, amount: int, now: int) -> dict[str, int]:
        one = self.users[user]
        currentBalance = self.balanceOf(user, now)
        balanceIncrease = currentBalance - one.principal
        require(amount <= currentBalance, "the pool never burns more")
        previousSupply = self.totalSupply(now)
        newAvgStableRate = nextSupply = 0
        userStableRate = one.rate
        if previousSupply <= amount:
            self._avgStableRate = self._totalSupply = 0
        else:
            nextSupply = self._totalSupply = previousSupply - amount
            firstTerm = rayMul(self._avgStableRate, previousSupply * RAY_TO_WAD)
            secondTerm = rayMul(userStableRate, amount * RAY_TO_WAD)
            if secondTerm >= firstTerm:
                newAvgStableRate = self._avgStableRate = self._totalSupply = 0
            else:
                newAvgStableRate = self._avgStableRate = rayDiv(firstTerm - secondTerm, nextSupply * RAY_TO_WAD)
        one.rate, one.timestamp = (0, 0) if amount == currentBalance else (one.rate, now)
        self._totalSupplyTimestamp = now
        if balanceIncrease > amount:
            minted = balanceIncrease - amount
            one.principal += minted
            return _event("Mint", minted, currentBalance, balanceIncrease, userStableRate, newAvgStableRate, nextSupply)
        burnt = amount - balanceIncrease
        one.principal = checked(one.principal - burnt)
        return _event("Burn", burnt, currentBalance, balanceIncrease, 0, newAvgStableRate, nextSupply)


def _event(name: str, *values: int) -> dict[str, int]:
    fields = ("amount", "current_balance", "balance_increase", "rate", "average_rate", "new_total")
    return {"is_mint": int(name == "Mint")} | dict(zip(fields, values, strict=True))

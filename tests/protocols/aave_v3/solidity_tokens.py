"""The tokens' storage and their events: ports of `ScaledBalanceTokenBase`, `AToken._transfer`, `StableDebtToken`.

core 3.0.2 (half up) and origin 3.6 (directional), in the contracts' statement order.
"""
# ruff: noqa: N802, N803, N806, N815

from collections import defaultdict
from dataclasses import dataclass, field

from tests.protocols.aave_v3.solidity import (
    Revert,
    calculateCompoundedInterest_3_0,
    checked,
    rayDiv,
    rayDivCeil,
    rayDivFloor,
    rayMul,
    rayMulCeil,
    rayMulFloor,
    require,
)

Event = tuple[str, dict[str, int | str]]
RAY_TO_WAD = 10**9


@dataclass
class ScaledToken:
    """Core 3.0.2: aToken and variable debt token share the maths."""

    balance: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    additionalData: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    events: list[Event] = field(default_factory=list)

    def mint(self, onBehalfOf: str, amount: int, index: int) -> None:
        amountScaled = rayDiv(amount, index)
        require(amountScaled != 0, "INVALID_MINT_AMOUNT")
        scaledBalance = self.balance[onBehalfOf]
        balanceIncrease = rayMul(scaledBalance, index) - rayMul(scaledBalance, self.additionalData[onBehalfOf])
        self.additionalData[onBehalfOf] = index
        self.balance[onBehalfOf] += amountScaled
        self.emit_mint(onBehalfOf, amount + balanceIncrease, balanceIncrease, index)

    def burn(self, user: str, amount: int, index: int) -> None:
        amountScaled = rayDiv(amount, index)
        require(amountScaled != 0, "INVALID_BURN_AMOUNT")
        scaledBalance = self.balance[user]
        balanceIncrease = rayMul(scaledBalance, index) - rayMul(scaledBalance, self.additionalData[user])
        checked(scaledBalance - amountScaled)
        self.additionalData[user] = index
        self.balance[user] -= amountScaled
        if balanceIncrease > amount:
            self.emit_mint(user, balanceIncrease - amount, balanceIncrease, index)
        else:
            self.emit_burn(user, amount - balanceIncrease, balanceIncrease, index)

    def transfer(self, sender: str, recipient: str, amount: int, index: int) -> None:
        self._transfer(sender, recipient, rayDiv(amount, index), index)

    def _balance(self, scaled: int, index: int) -> int:
        return rayMul(scaled, index)

    def _transfer(self, sender: str, recipient: str, scaled: int, index: int) -> None:
        senderBalance, recipientBalance = self.balance[sender], self.balance[recipient]
        checked(senderBalance - scaled)
        senderIncrease = self._balance(senderBalance, index) - self._balance(senderBalance, self.additionalData[sender])
        recipientIncrease = self._balance(recipientBalance, index) - self._balance(
            recipientBalance, self.additionalData[recipient]
        )
        self.additionalData[sender] = index
        self.additionalData[recipient] = index
        self.balance[sender] -= scaled
        self.balance[recipient] += scaled
        if senderIncrease > 0:
            self.emit_mint(sender, senderIncrease, senderIncrease, index)
        if sender != recipient and recipientIncrease > 0:
            self.emit_mint(recipient, recipientIncrease, recipientIncrease, index)
        transfer: dict[str, int | str] = {"from": sender, "to": recipient, "value": scaled, "index": index}
        self.events.append(("BalanceTransfer", transfer))

    def emit_mint(self, user: str, value: int, balanceIncrease: int, index: int) -> None:
        checked(value)
        self.events.append(("Mint", {"user": user, "value": value, "increase": balanceIncrease, "index": index}))

    def emit_burn(self, user: str, value: int, balanceIncrease: int, index: int) -> None:
        checked(value)
        self.events.append(("Burn", {"user": user, "value": value, "increase": balanceIncrease, "index": index}))


@dataclass
class DirectionalToken(ScaledToken):
    """Origin 3.6: the pool passes scaled amounts; `is_debt` chooses the roundings of `TokenMath`."""

    is_debt: bool = False

    def _balance(self, scaled: int, index: int) -> int:
        return rayMulCeil(scaled, index) if self.is_debt else rayMulFloor(scaled, index)

    def mint(self, onBehalfOf: str, amount: int, index: int) -> None:
        amountScaled = rayDivCeil(amount, index) if self.is_debt else rayDivFloor(amount, index)
        require(amountScaled != 0, "InvalidMintAmount")
        scaledBalance = self.balance[onBehalfOf]
        nextBalance = self._balance(amountScaled + scaledBalance, index)
        previousBalance = self._balance(scaledBalance, self.additionalData[onBehalfOf])
        balanceIncrease = self._balance(scaledBalance, index) - previousBalance
        self.additionalData[onBehalfOf] = index
        self.balance[onBehalfOf] += amountScaled
        self.emit_mint(onBehalfOf, nextBalance - previousBalance, balanceIncrease, index)

    def burn(self, user: str, amount: int, index: int) -> None:
        amountScaled = rayDivFloor(amount, index) if self.is_debt else rayDivCeil(amount, index)
        require(amountScaled != 0, "InvalidBurnAmount")
        scaledBalance = self.balance[user]
        nextBalance = self._balance(checked(scaledBalance - amountScaled), index)
        previousBalance = self._balance(scaledBalance, self.additionalData[user])
        balanceIncrease = self._balance(scaledBalance, index) - previousBalance
        self.additionalData[user] = index
        self.balance[user] -= amountScaled
        if nextBalance > previousBalance:
            self.emit_mint(user, nextBalance - previousBalance, balanceIncrease, index)
        else:
            self.emit_burn(user, previousBalance - nextBalance, balanceIncrease, index)

    def transfer(self, sender: str, recipient: str, amount: int, index: int) -> None:
        self._transfer(sender, recipient, rayDivCeil(amount, index), index)


@dataclass
class StableToken:
    """Core 3.0.2 `StableDebtToken`, one user (the average rate of all users is not needed)."""

    principal: int = 0
    rate: int = 0
    timestamp: int = 0

    def balanceOf(self, now: int) -> int:
        if self.principal == 0:
            return 0
        return rayMul(self.principal, calculateCompoundedInterest_3_0(self.rate, self.timestamp, now))

    def mint(self, amount: int, rate: int, now: int) -> Event:
        currentBalance = self.balanceOf(now)
        balanceIncrease = currentBalance - self.principal
        require(currentBalance + amount != 0, "rayDiv")
        weighted = rayMul(self.rate, currentBalance * RAY_TO_WAD) + rayMul(amount * RAY_TO_WAD, rate)
        nextStableRate = rayDiv(weighted, (currentBalance + amount) * RAY_TO_WAD)
        self.rate = nextStableRate
        self.timestamp = now
        amountToMint = amount + balanceIncrease
        self.principal += amountToMint
        return "Mint", _stable(amountToMint, currentBalance, balanceIncrease, nextStableRate)

    def burn(self, amount: int, now: int) -> Event:
        currentBalance = self.balanceOf(now)
        balanceIncrease = currentBalance - self.principal
        userStableRate = self.rate
        if amount > currentBalance:
            raise Revert("Pool never burns more than the balance")
        if amount == currentBalance:
            self.rate = 0
            self.timestamp = 0
        else:
            self.timestamp = now
        if balanceIncrease > amount:
            amountToMint = balanceIncrease - amount
            self.principal += amountToMint
            return "Mint", _stable(amountToMint, currentBalance, balanceIncrease, userStableRate)
        amountToBurn = amount - balanceIncrease
        self.principal = checked(self.principal - amountToBurn)
        return "Burn", _stable(amountToBurn, currentBalance, balanceIncrease, 0)


def _stable(amount: int, currentBalance: int, balanceIncrease: int, newRate: int) -> dict[str, int | str]:
    return {"amount": amount, "current": currentBalance, "increase": balanceIncrease, "rate": newRate}

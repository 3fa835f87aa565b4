"""A pool like Aave V3's, as storage and transactions: what the simulated chain's contracts hold and log.

Balances and accrual are the literal ports of the contracts in tests/protocols; nothing here uses the indexer's maths.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType

from indexer.abi import Interface
from indexer.evm import Address, address
from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.interfaces import CONFIGURATOR, ORACLE, POOL, PROVIDER, TOKEN
from indexer.protocols.aave_v3.revisions import RULES, Rules
from indexer.protocols.aave_v3.state import Account, Market, Position, Reserve
from tests.json_rpc import Event
from tests.protocols.aave_v3 import reference_v3_0, reference_v3_6
from tests.protocols.aave_v3.solidity import Revert
from tests.protocols.aave_v3.solidity_tokens import DirectionalToken, ScaledToken

RAY = 10**27
PROVIDER_AT, POOL_AT, CONFIGURATOR_AT, ORACLE_AT = (address(0xE0 + i) for i in range(4))
POOL_CODE = address(0xEF)
CONTRACTS: dict[int, ModuleType] = {1: reference_v3_0, 10: reference_v3_6}
"""POOL_REVISION to the port that is the contract."""
_PROXIES = {"POOL": POOL_AT, "POOL_CONFIGURATOR": CONFIGURATOR_AT}


@dataclass
class Listed:
    """One reserve with its two tokens. The price grows by `drift` each second, without a log."""

    reserve: Reserve
    supply: ScaledToken
    debt: ScaledToken
    collateral: set[str] = field(default_factory=set)
    quoted: int | None = 10**8
    quoted_at: int = 0
    drift: int = 0

    def copy(self) -> "Listed":
        return replace(self, supply=_copied(self.supply), debt=_copied(self.debt), collateral=set(self.collateral))

    @property
    def atoken(self) -> Address:
        return address(0xA100 + self.reserve.id)

    @property
    def vdebt(self) -> Address:
        return address(0xD100 + self.reserve.id)

    def price(self, at: int) -> int | None:
        return None if self.quoted is None else self.quoted + self.drift * (at - self.quoted_at)


def _copied(token: ScaledToken) -> ScaledToken:
    return replace(token, balance=token.balance.copy(), additionalData=token.additionalData.copy(), events=[])


def word(value: int | str) -> str:
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


@dataclass
class Pool:
    """The deployment's storage at the end of a block; `events` are the logs since they were last taken."""

    revision: int
    listed: dict[Address, Listed] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    deployed: bool = False

    def copy(self) -> "Pool":
        listed = {asset: own.copy() for asset, own in self.listed.items()}
        return Pool(self.revision, listed, list(self.events), self.deployed)

    @property
    def rules(self) -> Rules:
        return RULES[self.revision]

    @property
    def contract(self) -> ModuleType:
        return CONTRACTS[self.revision]

    def emit(self, interface: Interface, name: str, at: Address, *values: int | str) -> None:
        event = interface.events[name]
        pairs = list(zip(event.inputs, values, strict=True))
        topics = [event.topic, *("0x" + word(value) for (_, indexed, _), value in pairs if indexed)]
        data = "".join(word(value) for (_, indexed, _), value in pairs if not indexed)
        self.events.append(Event(at, tuple(topics), "0x" + data))

    def deploy(self) -> None:
        self.deployed = True
        for name, proxy in _PROXIES.items():
            self.emit(PROVIDER, "ProxyCreated", PROVIDER_AT, name.encode().hex().ljust(64, "0"), proxy, POOL_CODE)
        self.emit(PROVIDER, "PoolUpdated", PROVIDER_AT, 0, POOL_CODE)
        self.emit(PROVIDER, "PriceOracleUpdated", PROVIDER_AT, 0, ORACLE_AT)

    def list_reserve(self, decimals: int, price: int, drift: int, now: int) -> Address:
        """A new reserve, its tokens included: emitters nobody followed before this very block."""
        number = len(self.listed)
        asset = address(0xA000 + number)
        configuration = write(write(write(0, "decimals", decimals), "active", 1), "flashloan", 1)
        empty = Reserve(asset, number, configuration, RAY, 0, RAY, 0, 0, None, 0, 0, 0)
        tokens = (ScaledToken(), ScaledToken())
        if self.revision >= 9:
            tokens = (DirectionalToken(), DirectionalToken(is_debt=True))
        own = self.listed[asset] = Listed(empty, *tokens, quoted=price, quoted_at=now, drift=drift)
        self.emit(CONFIGURATOR, "ReserveInitialized", CONFIGURATOR_AT, asset, own.atoken, 0, own.vdebt, 0)
        self.emit(CONFIGURATOR, "ReserveFlashLoaning", CONFIGURATOR_AT, asset, 1)  # tells 3.0.2 from 3.0.0
        self.configure(asset, 8_000, 8_250)
        return asset

    def configure(self, asset: Address, ltv: int, threshold: int) -> None:
        own = self.listed[asset]
        changed = write(write(own.reserve.configuration, "ltv", ltv), "liquidation_threshold", threshold)
        own.reserve = replace(own.reserve, configuration=write(changed, "liquidation_bonus", 10_500))
        self.emit(CONFIGURATOR, "CollateralConfigurationChanged", CONFIGURATOR_AT, asset, ltv, threshold, 10_500)

    def quote(self, asset: Address, price: int | None, now: int) -> None:
        """A new price, which nobody logs; None: the oracle reverts."""
        self.listed[asset].quoted, self.listed[asset].quoted_at = price, now

    def supply(self, asset: Address, user: str, amount: int, now: int) -> None:
        own = self._accrue(asset, now)
        first = own.supply.balance[user] == 0
        self._token(own.atoken, own.supply, lambda token: token.mint(user, amount, own.reserve.liquidity_index))
        if first:
            self._flag(own, user, enabled=True)
        self._move(own, amount)

    def withdraw(self, asset: Address, user: str, amount: int, now: int) -> None:
        own = self._accrue(asset, now)
        self._token(own.atoken, own.supply, lambda token: token.burn(user, amount, own.reserve.liquidity_index))
        if own.supply.balance[user] == 0:
            self._flag(own, user, enabled=False)
        self._move(own, -amount)

    def borrow(self, asset: Address, user: str, amount: int, now: int) -> None:
        own = self._accrue(asset, now)
        self._token(own.vdebt, own.debt, lambda token: token.mint(user, amount, own.reserve.variable_borrow_index))
        self._move(own, -amount)

    def repay(self, asset: Address, user: str, amount: int, now: int) -> None:
        own = self._accrue(asset, now)
        self._token(own.vdebt, own.debt, lambda token: token.burn(user, amount, own.reserve.variable_borrow_index))
        self._move(own, amount)

    def transfer(self, asset: Address, sender: str, recipient: str, amount: int, now: int) -> None:
        """aTokens change hands: no rate and no stored index moves."""
        own = self.listed[asset]
        index = self.contract.getNormalizedIncome(own.reserve, now)
        first = own.supply.balance[recipient] == 0
        self._token(own.atoken, own.supply, lambda token: token.transfer(sender, recipient, amount, index))
        if own.supply.balance[sender] == 0:
            self._flag(own, sender, enabled=False)
        if first and own.supply.balance[recipient]:
            self._flag(own, recipient, enabled=True)

    def balances(self, asset: Address, user: str, now: int) -> tuple[int, int]:
        """(supplied, owed) in token units, rounded down a little."""
        own = self.listed[asset]
        supplied = own.supply.balance[user] * self.contract.getNormalizedIncome(own.reserve, now) // RAY
        owed = own.debt.balance[user] * self.contract.getNormalizedDebt(own.reserve, now) // RAY
        return max(0, supplied - 1), max(0, owed - 1)

    def account_data(self, user: str, at: int) -> tuple[int, int, int, int, int, int] | None:
        """`getUserAccountData`, or None where it reverts."""
        reserves = {own.reserve.id: replace(own.reserve, price=own.price(at)) for own in self.listed.values()}
        positions = [
            Position(own.reserve.id, own.supply.balance[user], own.debt.balance[user], user in own.collateral)
            for own in self.listed.values()
            if own.supply.balance[user] or own.debt.balance[user] or user in own.collateral
        ]
        account = Account(address(user), 0, tuple(sorted(positions, key=lambda p: p.reserve_id)))
        unpriced = {p.reserve_id for p in positions if p.is_collateral or p.scaled_debt}
        if any(reserves[number].price is None for number in unpriced):
            return None
        try:
            said: tuple[int, int, int, int, int, int] = self.contract.getUserAccountData(
                Market(self.rules, reserves, {}), account, at
            )
        except Revert:
            return None
        return said

    def _accrue(self, asset: Address, now: int) -> Listed:
        own = self.listed[asset]
        own.reserve = replace(
            own.reserve,
            liquidity_index=self.contract.getNormalizedIncome(own.reserve, now),
            variable_borrow_index=self.contract.getNormalizedDebt(own.reserve, now),
            last_update=now,
        )
        return own

    def _move(self, own: Listed, amount: int) -> None:
        """New cash, new rates, and the log that tells them."""
        total = sum(own.debt.balance.values()) or 1
        rate = RAY // 50 + RAY * (total % 997) // 10_000
        cash = max(0, (own.reserve.cash or 0) + amount)
        own.reserve = replace(
            own.reserve, cash=cash, virtual_balance=cash, liquidity_rate=rate // 2, variable_borrow_rate=rate
        )
        new = own.reserve
        rates = (new.liquidity_rate, 0, new.variable_borrow_rate, new.liquidity_index, new.variable_borrow_index)
        self.emit(POOL, "ReserveDataUpdated", POOL_AT, new.asset, *rates)

    def _token(self, at: Address, token: ScaledToken, act: Callable[[ScaledToken], None]) -> None:
        act(token)
        for name, said in token.events:
            user = said.get("user", 0)
            if name == "BalanceTransfer":
                self.emit(TOKEN, name, at, said["from"], said["to"], said["value"], said["index"])
            else:
                self.emit(TOKEN, name, at, user, user, said["value"], said["increase"], said["index"])
        token.events.clear()

    def _flag(self, own: Listed, user: str, *, enabled: bool) -> None:
        if (user in own.collateral) == enabled:
            return
        (own.collateral.add if enabled else own.collateral.discard)(user)
        name = "ReserveUsedAsCollateralEnabled" if enabled else "ReserveUsedAsCollateralDisabled"
        self.emit(POOL, name, POOL_AT, own.reserve.asset, user)


__all__ = ["CONFIGURATOR_AT", "ORACLE", "ORACLE_AT", "POOL_AT", "POOL_CODE", "PROVIDER_AT", "Event", "Listed", "Pool"]

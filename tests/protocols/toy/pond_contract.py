"""Pond, a lending contract that exists nowhere but here: its storage, its logs and its answers, and a tape of its life.

Users put tokens in and borrow the coin. Debt is kept in shares of an index that grows by the second.
Nothing of the indexer's code is used: this is the other side.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any

from eth_hash.auto import keccak

from tests.json_rpc import Event, bloom_of

WAD = 10**18
CLOSE_BPS, BONUS_BPS, BPS = 5_000, 10_500, 10_000
POND, ORACLE, COIN = ("0x" + f"{0xF0 + number:040x}" for number in range(3))
TOKENS = tuple("0x" + f"{0xA0 + number:040x}" for number in range(3))
USERS = tuple("0x" + f"{0xB000 + number:040x}" for number in range(8))
LIQUIDATOR = USERS[-1]
CHAIN_ID, SECONDS, FIRST_BLOCK, FIRST_TIME = 4_242, 12, 100, 1_760_000_000
Signature = str


class Revert(Exception):
    """The contract refuses; the text is its reason."""


def word(value: int | str) -> str:
    return f"{int(value, 16) if isinstance(value, str) else int(value):064x}"


@dataclass
class Pond:
    """The contract's storage, and its oracle's: prices in coin with 18 decimals, which drift with the clock."""

    rate: int = 3 * 10**9
    index: int = WAD
    accrued: int = 0
    shares: dict[str, int] = field(default_factory=dict)
    held: dict[tuple[str, str], int] = field(default_factory=dict)
    factors: dict[str, int] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)
    quotes: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    opened: bool = False

    # Transactions

    def open(self, now: int) -> None:
        self.opened, self.accrued = True, now
        self._log("Opened(address,address,uint256)", COIN, ORACLE, data=(self.rate,))

    def list_token(self, token: str, factor: int) -> None:
        self.factors[token] = factor
        self._log("Listed(address,uint256)", token, data=(factor,))

    def freeze(self, token: str, *, on: bool) -> None:
        (self.frozen.add if on else self.frozen.discard)(token)
        self._log("Frozen(address,bool)", token, data=(on,))

    def supply(self, user: str, token: str, amount: int) -> None:
        self._move(user, token, amount)
        self._log("Supplied(address,address,uint256)", user, token, data=(amount,))

    def withdraw(self, user: str, token: str, amount: int, now: int) -> None:
        self._move(user, token, -amount)
        _, weighted, debt = self.account_of(user, now)
        if weighted < debt:
            raise Revert("unhealthy")
        self._log("Withdrawn(address,address,uint256)", user, token, data=(amount,))

    def borrow(self, user: str, amount: int, now: int) -> None:
        index = self._accrue(now)
        shares = -(-amount * WAD // index)
        if not shares:
            raise Revert("nothing")
        self.shares[user] = self.shares.get(user, 0) + shares
        _, weighted, debt = self.account_of(user, now)
        if weighted < debt:
            raise Revert("unhealthy")
        self._log("Borrowed(address,uint256)", user, data=(shares,))

    def repay(self, user: str, amount: int, now: int) -> None:
        index = self._accrue(now)
        shares = min(self.shares.get(user, 0), amount * WAD // index)
        if not shares:
            raise Revert("nothing to repay")
        self.shares[user] -= shares
        self._log("Repaid(address,uint256)", user, data=(shares,))

    def liquidate(self, user: str, token: str, now: int) -> tuple[int, int]:
        """Repays half of the debt, or as much as the token held is worth; what was repaid and what was seized."""
        index = self._accrue(now)
        _, weighted, debt = self.account_of(user, now)
        if weighted >= debt:
            raise Revert("healthy")
        if token in self.frozen:
            raise Revert("frozen")
        held, price = self.held.get((user, token), 0), self.price(token, now)
        repaid = debt * CLOSE_BPS // BPS
        seized = repaid * BONUS_BPS * WAD // (BPS * price)
        if seized > held:
            seized = held
            repaid = -(-held * price * BPS // (BONUS_BPS * WAD))
        if not seized:
            raise Revert("nothing to seize")
        shares = repaid * WAD // index
        self.shares[user] -= shares
        self._move(user, token, -seized)
        self._log("Repaid(address,uint256)", user, data=(shares,))
        self._log("Withdrawn(address,address,uint256)", user, token, data=(seized,))
        self._log("Liquidated(address,address,address,uint256,uint256)", user, token, LIQUIDATOR, data=(repaid, seized))
        return repaid, seized

    # Views

    def price(self, token: str, now: int) -> int:
        quote, at, drift = self.quotes.get(token, (0, 0, 0))
        if not quote:
            raise Revert("no price")
        return quote + drift * (now - at)

    def current_index(self, now: int) -> int:
        return self.index + self.index * self.rate * (now - self.accrued) // WAD

    def account_of(self, user: str, now: int) -> tuple[int, int, int]:
        """(collateral, weighted collateral, debt) in coin."""
        values = {token: amount * self.price(token, now) // WAD
                  for (owner, token), amount in self.held.items() if owner == user and amount}  # fmt: skip
        weighted = sum(value * self.factors[token] // BPS for token, value in values.items())
        debt = -(-self.shares.get(user, 0) * self.current_index(now) // WAD)
        return sum(values.values()), weighted, debt

    def views(self, now: int) -> dict[tuple[str, Signature], Callable[..., list[int]]]:
        own: dict[Signature, Callable[..., list[int]]] = {
            "REVISION()": lambda: [1],
            "coin()": lambda: [int(COIN, 16)],
            "oracle()": lambda: [int(ORACLE, 16)],
            "rate()": lambda: [self.rate],
            "storedIndex()": lambda: [self.index],
            "lastAccrued()": lambda: [self.accrued],
            "currentIndex()": lambda: [self.current_index(now)],
            "totalShares()": lambda: [sum(self.shares.values())],
            "tokensLength()": lambda: [len(self.factors)],
            "factorOf(address)": lambda token: [self.factors.get(token, 0)],
            "isFrozen(address)": lambda token: [token in self.frozen],
            "totalOf(address)": lambda token: [sum(n for (_, held), n in self.held.items() if held == token)],
            "sharesOf(address)": lambda user: [self.shares.get(user, 0)],
            "collateralOf(address,address)": lambda user, token: [self.held.get((user, token), 0)],
            "accountOf(address)": lambda user: list(self.account_of(user, now)),
        }
        return {**{(POND, name): view for name, view in own.items()},
                (ORACLE, "priceOf(address)"): lambda token: [self.price(token, now)]}  # fmt: skip

    def _accrue(self, now: int) -> int:
        self.index, self.accrued = self.current_index(now), now
        self._log("Accrued(uint256)", data=(self.index,))
        return self.index

    def _move(self, user: str, token: str, amount: int) -> None:
        if token not in self.factors:
            raise Revert("not listed")
        if not amount:
            raise Revert("nothing")
        found = self.held.get((user, token), 0) + amount
        if found < 0:
            raise Revert("too much")
        self.held[user, token] = found

    def _log(self, signature: Signature, *indexed: str, data: tuple[int, ...] = ()) -> None:
        topics = ("0x" + keccak(signature.encode()).hex(), *("0x" + word(value) for value in indexed))
        self.events.append(Event(POND, topics, "0x" + "".join(map(word, data)), len(self.events)))


def recorded(seed: int, blocks: int = 48) -> dict[str, Any]:
    """A tape: a seeded life of the contract, its answers at every block, liquidations tried on copies of it."""
    dice, pond, told = Random(seed), Pond(), list[dict[str, Any]]()
    tried, parent, now = list[dict[str, Any]](), "0x" + "00" * 32, FIRST_TIME
    for number in range(FIRST_BLOCK, FIRST_BLOCK + blocks):
        now += SECONDS * dice.choice((1, 1, 1, 300))
        _live(pond, dice, number - FIRST_BLOCK, now)
        name = "0x" + keccak(f"{seed} {number}".encode()).hex()
        told.append(_block(pond, number, name, parent, now))
        if pond.opened and number % 3 == 0:
            tried += _tried(pond, number, now)
        parent = name
    source = {"contract": "Pond", "repository": "tests/protocols/toy", "inputs": f"seed {seed}"}
    return {"source": source, "protocol": "pond", "entry": POND, "first_block": FIRST_BLOCK, "chain_id": CHAIN_ID,
            "blocks": told, "liquidations": tried}  # fmt: skip


def _live(pond: Pond, dice: Random, step: int, now: int) -> None:
    pond.events = []
    if step == 1:
        pond.open(now)
    elif 2 <= step <= 4:
        token = TOKENS[step - 2]
        pond.quotes[token] = (dice.randint(1, 900) * WAD // 10, now, dice.choice((0, 10**12)))
        pond.list_token(token, dice.choice((6_000, 7_500, 8_500)))
    elif step > 4:
        for _ in range(dice.randint(0, 4)):
            _act(pond, dice, now)
        if step % 9 == 8:
            _liquidate_somebody(pond, now)


def _liquidate_somebody(pond: Pond, now: int) -> None:
    """The first one who can be, if anybody."""
    for user, token in product(USERS, TOKENS):
        before = deepcopy(pond)
        try:
            pond.liquidate(user, token, now)
        except Revert:
            pond.__dict__.update(before.__dict__)
        else:
            return


def _act(pond: Pond, dice: Random, now: int) -> None:
    user, token = dice.choice(USERS[:-1]), dice.choice(TOKENS)
    before = deepcopy(pond)
    try:
        price = pond.quotes[token][0] or WAD
        match dice.choices(("supply", "borrow", "repay", "withdraw", "quote", "freeze", "liquidate"),
                           (6, 6, 2, 2, 3, 1, 1))[0]:  # fmt: skip
            case "supply":
                pond.supply(user, token, dice.randint(1, 10**22) * WAD // price)
            case "borrow":
                _, weighted, debt = pond.account_of(user, now)
                pond.borrow(user, max(0, weighted - debt) * dice.randint(60, 100) // 100, now)
            case "repay":
                pond.repay(user, dice.randint(1, 10**21), now)
            case "withdraw":
                pond.withdraw(user, token, pond.held.get((user, token), 0) // dice.randint(1, 4), now)
            case "quote":
                moved = 0 if dice.random() < 0.1 else price * dice.randint(75, 115) // 100 + 1
                pond.quotes[token] = (moved, now, dice.choice((0, 10**12)))
            case "freeze":
                pond.freeze(token, on=dice.random() < 0.5)
            case _:
                pond.liquidate(user, token, now)
    except Revert:
        pond.__dict__.update(before.__dict__)


def _block(pond: Pond, number: int, name: str, parent: str, now: int) -> dict[str, Any]:
    logs = [
        {"address": e.address, "topics": list(e.topics), "data": e.data, "logIndex": e.index,
         "transactionHash": e.transaction}
        for e in pond.events
    ]  # fmt: skip
    return {"number": number, "hash": name, "parent_hash": parent, "timestamp": now, "logs": logs,
            "logs_bloom": bloom_of(pond.events), "calls": _answers(pond, now),
            "calls_next": _answers(pond, now + SECONDS)}  # fmt: skip


def _answers(pond: Pond, now: int) -> dict[str, str | None]:
    """Every view with every argument there is."""
    found: dict[str, str | None] = {}
    for (to, signature), view in pond.views(now).items():
        for given in _arguments(signature):
            data = "0x" + keccak(signature.encode())[:4].hex() + "".join(map(word, given))
            try:
                found[f"{to}:{data}"] = "0x" + "".join(map(word, view(*given)))
            except Revert:
                found[f"{to}:{data}"] = None
    return found


def _arguments(signature: Signature) -> list[tuple[str, ...]]:
    if signature.endswith("()"):
        return [()]
    if signature.endswith("(address,address)"):
        return list(product(USERS, TOKENS))
    name = signature.partition("(")[0]
    return [(one,) for one in (USERS if name in ("sharesOf", "accountOf") else TOKENS)]


def _tried(pond: Pond, number: int, now: int) -> list[dict[str, Any]]:
    """Every user and token, in the next block, each on a copy."""
    out = []
    for user, token in product(USERS, TOKENS):
        if not pond.shares.get(user) or not pond.held.get((user, token)):
            continue
        copy, why, done = deepcopy(pond), "", (0, 0)
        try:
            done = copy.liquidate(user, token, now + SECONDS)
        except Revert as revert:
            why = str(revert)
        out.append({"block": number, "timestamp": now + SECONDS, "account": user, "arguments": {"token": token},
                    "ok": not why, "revert": why or None,
                    "outcome": {"repaid": done[0], "seized": done[1]} if not why else None})  # fmt: skip
    return out

"""A made-up market for the benchmark of chains: two Aave V3.6 deployments in a book, a tenth of the owners on both.

Owners on both put up ether in the first, owe dollars there, and have as many dollars as collateral in the second: one
chain each. All others have ether as collateral and DAI as debt in one of the two: no chain. Debts are 20 to 74 % of the
ether behind them.
"""

import random
from collections.abc import Iterator
from fractions import Fraction

from indexer.book import Book, Change, Entity
from indexer.evm import Address, address
from indexer.protocols._interface import Deployment, View
from indexer.protocols._registry import protocol_of
from indexer.protocols.aave_v3.configuration import write
from indexer.risk.contagion.moment import Followed
from indexer.units import RAY

FIRST, SECOND = "first", "second"
ETHER, DOLLAR, DAI = (address(n) for n in (0xE0, 0xD0, 0xDA))
NOW = 1_790_000_000
REVISION = 10  # Aave V3.6
PRICES = {ETHER: 3_000 * 10**8, DOLLAR: 10**8, DAI: 10**8}
DEPLOYMENTS = tuple(Deployment(name, "aave_v3", address(1)) for name in (FIRST, SECOND))
DECIMALS = {ETHER: 18, DOLLAR: 6, DAI: 18}


def owners_with_a_chain(accounts: int) -> int:
    """A tenth of the accounts: each has two."""
    return accounts // 10


def crowd(accounts: int, seed: int) -> Book:
    """The book at block 0."""
    book, dice = Book(), random.Random(seed)
    for name in (FIRST, SECOND):
        book.set(Entity(name), "pool_revision", REVISION)
        for index, asset in enumerate((ETHER, DOLLAR, DAI)):
            for field, value in _reserve(index, asset).items():
                book.set(Entity(name, asset), field, value)
    chained = owners_with_a_chain(accounts)
    for number in range(chained):
        _chained(book, _address(number), dice.randrange(10**7, 10**10), dice.randrange(20, 75))
    for number in range(chained, accounts - chained):
        name = (FIRST, SECOND)[number % 2]
        _plain(book, _address(number), name, dice.randrange(10**19, 10**22), dice.randrange(20, 75))
    return book


def views(book: Book) -> dict[str, View]:
    """The two deployments as they stand."""
    return {d.name: protocol_of(d).view(d, book[d.name], "price", 1) for d in DEPLOYMENTS}


def followed(book: Book) -> list[Followed]:
    """The same, with what makes their views at other prices."""
    found = views(book)
    return [Followed(protocol_of(d), d, book[d.name], found[d.name], 1) for d in DEPLOYMENTS]


def whole_price(token: Address) -> Fraction | None:
    """Dollars a whole token."""
    return Fraction(PRICES[token], 10**8) if token in PRICES else None


def block(book: Book, touched: int, accounts: int, dice: random.Random) -> list[Change]:
    """What a block does to so many accounts, a tenth of them with a chain: applied to the book and returned."""
    chained = owners_with_a_chain(accounts)
    changes = list(_moves(book, touched, chained, accounts - chained, dice))
    book.apply(changes)
    return changes


def _moves(book: Book, touched: int, chained: int, owners: int, dice: random.Random) -> Iterator[Change]:
    for index in range(touched):
        number = dice.randrange(chained) if index % 10 == 0 else dice.randrange(chained, owners)
        name = FIRST if number < chained else (FIRST, SECOND)[number % 2]
        where = Entity(name, DOLLAR if number < chained else DAI, _address(number))
        old = book.get(where, "debt")
        yield Change(where, "debt", old, (old or 0) + dice.randrange(1, 10**6))


def _reserve(index: int, asset: Address) -> dict[str, int]:
    word = 0
    for name, value in (("ltv", 7500), ("liquidation_threshold", 8000), ("liquidation_bonus", 10500), ("active", 1)):
        word = write(word, name, value)
    return {
        "id": index,
        "configuration": write(word, "decimals", DECIMALS[asset]),
        "liquidity_index": RAY + RAY // 20,
        "liquidity_rate": RAY // 50,
        "borrow_index": RAY + RAY // 10,
        "borrow_rate": RAY // 25,
        "last_update": NOW - 600,
        "price": PRICES[asset],
    }


def _chained(book: Book, who: str, dollars: int, percent: int) -> None:
    _position(book, FIRST, ETHER, who, supply=dollars * 10**12 * 100 // (percent * 3_000))
    _position(book, FIRST, DOLLAR, who, debt=dollars)
    _position(book, SECOND, DOLLAR, who, supply=dollars)


def _plain(book: Book, who: str, name: str, dai: int, percent: int) -> None:
    _position(book, name, ETHER, who, supply=dai * 100 // (percent * 3_000))
    _position(book, name, DAI, who, debt=dai)


def _position(book: Book, name: str, asset: Address, who: str, *, supply: int = 0, debt: int = 0) -> None:
    where = Entity(name, asset, who)
    if supply:
        book.set(where, "supply", supply)
        book.set(where, "collateral", 1)
    if debt:
        book.set(where, "debt", debt)


def _address(number: int) -> str:
    return address((number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835)

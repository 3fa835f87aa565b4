"""A small database, written as sync would: one Aave market, four accounts, one block with all prices."""

from collections.abc import Sequence
from dataclasses import replace

from indexer.book import Book, Change, Entity
from indexer.evm import Address, BlockRef, address
from indexer.parts import CHAIN
from indexer.protocols.aave_v3.state import Account, Market, Position
from indexer.store import BlockRecord, Deployment, Head, HeadsSeen, Store, Token
from tests.protocols.aave_v3.strategies import NOW, V3_6, reserve
from tests.unit.market_book import DEPLOYMENT, rows_of

BLOCK = BlockRef(100, "0x" + "64" * 32, "0x" + "63" * 32, NOW)
HEADS = HeadsSeen(Head(103, "0x" + "67" * 32), Head(100, BLOCK.hash), Head(90, "0x" + "5a" * 32), NOW + 20)
LIQUIDATABLE, AT_RISK, HEALTHY, SUPPLIER = (address(0xB001 + i) for i in range(4))
WETH = replace(reserve(0, price=2_000 * 10**8, ltv=8_000, liquidation_threshold=8_250, liquidation_bonus=10_500))
USDC = replace(reserve(1, decimals=6, ltv=7_500, liquidation_threshold=7_800, liquidation_bonus=10_450))
MARKET = Market(V3_6, {0: WETH, 1: USDC}, {})


def borrower(key: Address, weth: int, usdc: int) -> Account:
    """So many whole WETH as collateral, so many whole USDC owed."""
    return Account(key, 0, (Position(0, weth * 10**18, 0, True), Position(1, 0, usdc * 10**6, False)))


ACCOUNTS = (
    borrower(LIQUIDATABLE, 10, 17_000),  # 16500 / 17000
    borrower(AT_RISK, 1, 1_600),  # 1650 / 1600 = 1.03125
    borrower(HEALTHY, 10, 10_000),
    Account(SUPPLIER, 0, (Position(1, 5 * 10**6, 0, False),)),
)


def changes_of(market: Market = MARKET, accounts: Sequence[Account] = ACCOUNTS, *, fall: int = 0) -> list[Change]:
    """Everything at once; `next_price` of WETH is `fall` base units below its price."""
    book = Book()
    book.deployments[DEPLOYMENT] = rows_of(market, accounts)
    book.set(CHAIN, "block_time_s", 12)
    for own in market.reserves.values():
        following = None if own.price is None else own.price - (fall if own.id == 0 else 0)
        book.set(Entity(DEPLOYMENT, own.asset), "next_price", following)
    return [Change(entity, field, None, value) for entity, field, value in book.items()]


def write_store(url: str, changes: Sequence[Change], *, complete: bool = True) -> str:
    """Commit the changes as block 100; the head is block 103."""
    with Store.open(url) as store:
        store.bind_chain(1)
        store.save_deployments([Deployment(DEPLOYMENT, "aave_v3", address(0xE1), 0)])
        store.save_tokens(
            [Token(WETH.asset, "WETH", 18, "Wrapped Ether"), Token(USDC.asset, "=USDC", 6, "USD Coin")],
        )
        store.commit([BlockRecord(BLOCK, complete, changes)], BLOCK, HEADS, {DEPLOYMENT: BLOCK.number})
    return url

"""Prove accounts right: the collateral and the bits that logs added up to against the Comet's storage.

Principals are not compared: nothing but the Comet itself tells them.
"""

from collections.abc import Iterator, Sequence

from indexer.abi import word_of
from indexer.book import Book
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import principals
from indexer.protocols.compound_v3.interfaces import COMET


def plan_holdings(deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """`userBasic` of each account, and `userCollateral` of every asset it ever had."""
    calls = [call for _, _, call, _ in _balances(deployment, accounts, book)]
    return calls + [principals.basic_call(deployment, account) for account in accounts]


def holdings(deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name account and asset. A read that fails proves nothing and is left out."""
    wrong = []
    for account, market, call, ours in _balances(deployment, accounts, book):
        told = word_of(answers.get(call))
        if told is not None and told != ours:
            wrong.append(f"{deployment.name} {account} {market}: collateral is {told}, logs say {ours}")
    for account in accounts:
        basic = principals.basic_of(answers.get(principals.basic_call(deployment, account)))
        ours = book[deployment.name].account_field(account, "assets_in") or 0
        if basic is not None and basic[1] != ours:
            wrong.append(f"{deployment.name} {account}: assets in are {basic[1]:#x}, logs say {ours:#x}")
    return wrong


def collateral_call(deployment: Deployment, account: str, market: str) -> Call:
    """`userCollateral(account, asset)`."""
    return COMET.call("userCollateral", deployment.entry, account, market)


def _balances(deployment: Deployment, accounts: Sequence[str], book: Book) -> Iterator[tuple[str, str, Call, int]]:
    rows = book[deployment.name]
    base = address(rows.own.get("base_token", 0))
    for account in accounts:
        for market, row in rows.positions_of(account):
            if market != base:
                yield account, market, collateral_call(deployment, account, market), rows.position_value(row, "supply")

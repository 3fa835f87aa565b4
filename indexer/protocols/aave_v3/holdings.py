"""Prove accounts right: what logs added up to for each of them against the contracts' own storage.

Totals alone do not: an aToken transfer that was missed leaves every total and every index as it was.
"""

from collections.abc import Sequence

from indexer.abi import word_of
from indexer.book import Book, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.healing import balances
from indexer.protocols.aave_v3.interfaces import POOL


def plan_holdings(deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """Flags and e-mode of each account, and balance and index of each position it ever had."""
    rows, draft = book[deployment.name], Draft(book)
    pool = address(rows.own.get("pool", 0))
    if pool == ZERO_ADDRESS:
        return []
    calls: list[Call] = []
    for account in accounts:
        calls.append(POOL.call("getUserConfiguration", pool, account))
        calls.append(POOL.call("getUserEMode", pool, account))
        for market, _ in rows.positions_of(account):
            calls.extend(call for call, _ in balances(deployment, market, account, draft))
    return calls


def holdings(deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name account and reserve. A read that fails proves nothing and is left out."""
    rows, draft = book[deployment.name], Draft(book)
    pool, name = address(rows.own.get("pool", 0)), deployment.name
    wrong: list[str] = []

    def compare(where: Entity, field: str, told: int | None) -> None:
        said = draft.number(where, field)
        if told is not None and told != said:
            wrong.append(f"{name} {where.account} {where.market}: {field} is {told}, logs say {said}")

    for account in accounts:
        emode = word_of(answers.get(POOL.call("getUserEMode", pool, account)))
        compare(Entity(name, "", account), "emode", emode)
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for market, _ in rows.positions_of(account):
            where, reserve_id = Entity(name, market, account), rows.markets[market].get("id")
            for call, field in balances(deployment, market, account, draft):
                compare(where, field, word_of(answers.get(call)))
            if flags is not None and reserve_id is not None:
                compare(where, "collateral", flags >> (2 * reserve_id + 1) & 1)
    return wrong

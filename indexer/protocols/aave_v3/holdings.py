"""Prove accounts right: what logs added up to for each of them against the contracts' own storage.

Totals alone do not: an aToken transfer that was missed leaves every total and every index as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from indexer.abi import word_of
from indexer.book import Book, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Address, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.healing import account_calls, balances, is_collateral
from indexer.protocols.aave_v3.interfaces import POOL


def plan_holdings(deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """Flags and e-mode of each account, and balance and index of each position it ever had."""
    return plan_positions(deployment, accounts, book, account_calls, balances)


def holdings(deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name account and reserve. A read that fails proves nothing and is left out."""
    rows, draft, name = book[deployment.name], Draft(book), deployment.name
    pool = address(rows.own.get("pool", 0))
    wrong: list[str] = []
    for account in accounts:
        emode = word_of(answers.get(POOL.call("getUserEMode", pool, account)))
        wrong.extend(differences(Entity(name, "", account), [("emode", emode)], draft))
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for market, _ in rows.positions_of(account):
            told = [(field, word_of(answers.get(call))) for call, field in balances(deployment, market, account, draft)]
            told.append(("collateral", is_collateral(flags, rows.markets[market].get("id"))))
            wrong.extend(differences(Entity(name, market, account), told, draft))
    return wrong


def plan_positions(
    deployment: Deployment,
    accounts: Sequence[str],
    book: Book,
    of_account: Callable[[Address, str], Iterable[Call]],
    of_position: Callable[[Deployment, str, str, Draft], Iterable[tuple[Call, str]]],
) -> list[Call]:
    """The reads of each account (from pool and account) and of each position it ever had; none without a pool."""
    rows, draft = book[deployment.name], Draft(book)
    pool = address(rows.own.get("pool", 0))
    if pool == ZERO_ADDRESS:
        return []
    calls: list[Call] = []
    for account in accounts:
        calls.extend(of_account(pool, account))
        for market, _ in rows.positions_of(account):
            calls.extend(call for call, _ in of_position(deployment, market, account, draft))
    return calls


def differences(where: Entity, told: Iterable[tuple[str, int | None]], draft: Draft) -> Iterator[str]:
    """A line for each field of which the contract told something else than logs say; None was not told."""
    for field, value in told:
        said = draft.number(where, field)
        if value is not None and value != said:
            yield f"{where.deployment} {where.account} {where.market}: {field} is {value}, logs say {said}"

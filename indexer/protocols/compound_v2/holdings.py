"""Prove accounts right: what logs added up to for each of them against the contracts' own storage."""

from collections.abc import Sequence

from indexer.abi import word_of, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v2.lineage import Lineage


def snapshot_call(lineage: Lineage, market: str, account: str) -> Call:
    """`getAccountSnapshot(account)`: error, cTokens, debt at the stored index, exchange rate."""
    return lineage.ctoken.call("getAccountSnapshot", address(market), account)


def membership_call(lineage: Lineage, deployment: Deployment, market: str, account: str) -> Call:
    """`checkMembership` of one account in one market."""
    arguments = lineage.membership_arguments(address(account), address(market))
    return lineage.comptroller.call("checkMembership", deployment.entry, *arguments)


def owed(draft: Draft, where: Entity) -> int:
    """The stored borrow balance of a position: principal x index // its own index."""
    index = draft.number(Entity(where.deployment, where.market), "borrow_index")
    divisor = draft.number(where, "interest_index")
    return draft.number(where, "debt") * index // divisor if divisor else 0


def plan_holdings(lineage: Lineage, deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """Snapshot and membership of each position the accounts ever had."""
    rows = book[deployment.name]
    calls: list[Call] = []
    for account in accounts:
        for market, _ in rows.positions_of(account):
            calls.append(snapshot_call(lineage, market, account))
            calls.append(membership_call(lineage, deployment, market, account))
    return calls


def holdings(
    lineage: Lineage, deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts
) -> list[str]:
    """What disagrees, as lines that name account and cToken. A read that fails proves nothing and is left out."""
    rows, draft, name = book[deployment.name], Draft(book), deployment.name
    wrong: list[str] = []
    for account in accounts:
        for market, _ in rows.positions_of(account):
            where = Entity(name, market, account)
            words = words_of(answers.get(snapshot_call(lineage, market, account)), 4)
            member = word_of(answers.get(membership_call(lineage, deployment, market, account)))
            said = {"supply": draft.number(where, "supply"), "member": draft.number(where, "member")}
            told = {"supply": None if words is None else words[1], "member": member}
            if draft.get(Entity(name, market), "borrow_index") is not None:
                said["debt"], told["debt"] = owed(draft, where), None if words is None else words[2]
            wrong.extend(
                f"{name} {account} {market}: {field} is {told[field]}, logs say {said[field]}"
                for field in said
                if told[field] is not None and told[field] != said[field]
            )
    return wrong

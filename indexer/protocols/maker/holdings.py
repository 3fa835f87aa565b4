"""Prove vaults right, one by one: sums do not show a fork between two urns that was missed."""

from collections.abc import Sequence

from indexer.abi import words_of
from indexer.book import Book
from indexer.evm import Call
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.maker.healing import of_owner, of_vault


def plan_holdings(deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """Collateral and debt of each vault, and whom its manager names as owner."""
    words = ((*of_vault(deployment, key), *of_owner(deployment, key, book)) for key in accounts)
    return list(dict.fromkeys(call for found in words for call, _, _ in found))


def holdings(deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name the vault. A read that fails proves nothing and is left out."""
    wrong: list[str] = []
    for key in accounts:
        for call, where, fields in (*of_vault(deployment, key), *of_owner(deployment, key, book)):
            words = words_of(answers.get(call), len(fields))
            for field, told in zip(fields, words or (), strict=False):
                said = book.get(where, field) or 0
                if told != said:
                    wrong.append(f"{deployment.name} {key} {where.market}: {field} is {told}, logs say {said}")
    return wrong

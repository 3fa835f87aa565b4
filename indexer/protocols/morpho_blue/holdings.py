"""Prove accounts right: what logs added up to for each of them against the contract's own storage."""

from collections.abc import Sequence

from indexer.abi import words_of
from indexer.book import Book
from indexer.evm import Call
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.morpho_blue.interfaces import MORPHO, POSITION, parts_of
from indexer.protocols.morpho_blue.stored import stored_position


def position_call(deployment: Deployment, key: str) -> Call:
    """`Morpho.position(id, user)` of an account key."""
    user, market = parts_of(key)
    return MORPHO.call("position", deployment.entry, market, user)


def plan_holdings(deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """The one position behind each key."""
    del book
    return [position_call(deployment, account) for account in accounts]


def holdings(deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name account and field. A read that fails proves nothing and is left out."""
    wrong = []
    for account in accounts:
        words = words_of(answers.get(position_call(deployment, account)), len(POSITION))
        position = stored_position(book[deployment.name], account)
        for field, told in zip(POSITION, words or (), strict=bool(words)):
            said = getattr(position, field)
            if told != said:
                wrong.append(f"{deployment.name} {account}: {field} is {told}, logs say {said}")
    return wrong

"""Since when accounts can be liquidated: what each followed block says of it, as integers that are kept.

Under the entity ("watch", deployment, account key): `liquidatable_since`, the number of the first followed block at
whose end the contract would have had the account liquidated (`liquidatable`, `bad_debt`, or after the accrual that
comes first). It is removed by the first block at whose end that is known not to be so. What is unknown stays as it was.
Only followed blocks are looked at: over a backfill it stays as well, whatever happened in between.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indexer.book import Book, Change, DeploymentBook, Entity
from indexer.protocols._interface import View
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import Health, State

DEPLOYMENT = "watch"
"""The pseudo deployment of these entities: its markets are deployments."""
FIELD = "liquidatable_since"


@dataclass(frozen=True, slots=True)
class Watched:
    """One deployment at the end of a block."""

    name: str
    rows: DeploymentBook
    view: View


def entity_of(deployment: str, account: str) -> Entity:
    """Under what an account is watched."""
    return Entity(DEPLOYMENT, deployment, account)


def since(book: Book, deployment: str, account: str) -> int | None:
    """Since which followed block the account could be liquidated; None: not at all, or nobody knows."""
    return book.get(entity_of(deployment, account), FIELD)


def is_liquidatable(health: Health) -> bool | None:
    """Whether the contract would have the account liquidated; None where that is unknown."""
    if health.state is State.UNKNOWN:
        return None
    return health.state in (State.LIQUIDATABLE, State.BAD_DEBT) or bool(health.liquidatable_after_accrual)


def follow(book: Book, number: int, at: int, deployments: Iterable[Watched]) -> list[Change]:
    """What block `number` of timestamp `at`, which is in the book already, does to who is watched.

    Only those whom the screen names below a health factor of 1 are computed. Nothing is written.
    """
    return [change for one in deployments for change in _follow(book, number, at, one)]


def _follow(book: Book, number: int, at: int, watched: Watched) -> Iterator[Change]:
    weights = watched.view.weights(at)
    if weights is None:
        return  # nobody can be judged
    low = [watched.rows.accounts[row] for row in candidates(watched.rows, weights, WAD)]
    verdicts = {key: is_liquidatable(watched.view.health(key, at, WAD)) for key in low}
    for key in dict.fromkeys((*_known(book, watched.name), *low)):
        old = since(book, watched.name, key)
        verdict = verdicts.get(key, False)
        new = old if verdict is None else (number if old is None else old) if verdict else None
        if new != old:
            yield Change(entity_of(watched.name, key), FIELD, old, new)


def _known(book: Book, deployment: str) -> list[str]:
    """The accounts of a deployment that are watched."""
    rows = book[DEPLOYMENT]
    return [key for key in rows.accounts if since(book, deployment, key) is not None]

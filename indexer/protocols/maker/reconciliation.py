"""Prove a backfill complete: the system's sums, every ilk in every module, and that the vaults add up to their ilks.

The Vat's own equation is part of it: debt = vice + the sum of Art * rate (rad), to the unit.
"""

from collections.abc import Iterator

from indexer.abi import words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Call
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.maker.healing import of_ilks, sums
from indexer.protocols.maker.interfaces import ilk_of

_OF_THE_VAT = frozenset(("debt", "vice", "line_all", "live", "art", "rate", "spot", "line", "dust"))
"""Fields whose every change was logged since the Vat was made: absent means zero, elsewhere perhaps: set before."""


def plan_reconcile(deployment: Deployment, book: Book) -> list[Call]:
    """Every word that `reconcile` compares."""
    draft = Draft(book)
    return list(dict.fromkeys(call for call, _, _ in (*sums(deployment, draft), *of_ilks(deployment, draft))))


def reconcile(deployment: Deployment, book: Book, answers: Facts) -> list[str]:
    """What disagrees with the contracts."""
    draft, wrong = Draft(book), list[str]()
    for call, where, fields in (*sums(deployment, draft), *of_ilks(deployment, draft)):
        words = words_of(answers.get(call), len(fields))
        if words is None:
            if call.to == deployment.entry:
                wrong.append(f"{deployment.name} {where.market}: {', '.join(fields)} cannot be read")
            continue
        wrong.extend(_differences(where, fields, words, draft))
    wrong.extend(_unbalanced(deployment, book))
    return wrong


def _differences(where: Entity, fields: tuple[str, ...], words: tuple[int, ...], draft: Draft) -> Iterator[str]:
    for field, told in zip(fields, words, strict=True):
        said = draft.get(where, field)
        if said is None and field not in _OF_THE_VAT:
            continue  # a module set up before the Vat relied on it: read with the first block that is followed
        if told != (said or 0):
            yield f"{where.deployment} {where.market}: {field} is {told}, logs say {said}"


def _unbalanced(deployment: Deployment, book: Book) -> Iterator[str]:
    """Sums of ours that no contract keeps: a vault that was missed shows here."""
    rows, name = book[deployment.name], deployment.name
    held: dict[str, list[int]] = {market: [0, 0] for market, fields in rows.markets.items() if "listed" in fields}
    for key in rows.accounts:
        for market, row in rows.positions_of(key):
            if market in held and ilk_of(key) == market:
                held[market][0] += rows.position_value(row, "ink")
                held[market][1] += rows.position_value(row, "art")
    for market, sums_of in held.items():
        for field, total in zip(("ink", "art"), sums_of, strict=True):
            said = rows.markets[market].get(field, 0)
            if said != total:
                yield f"{name} {market}: {field} is {said}, vaults add up to {total}"
    owed = sum(rows.markets[market].get("art", 0) * rows.markets[market].get("rate", 0) for market in held)
    debt, vice = rows.own.get("debt", 0), rows.own.get("vice", 0)
    if debt != vice + owed:
        yield f"{name}: debt is {debt}, vice and all vaults add up to {vice + owed}"

"""Prove a backfill complete: market numbers, sums of positions and configuration against the contracts themselves."""

from collections.abc import Iterator
from dataclasses import replace

from indexer.abi import word_of, words_of
from indexer.book import Book
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v2.lineage import Lineage


def plan_reconcile(lineage: Lineage, deployment: Deployment, book: Book) -> list[Call]:
    """How many markets there are, each one's numbers and settings, and the Comptroller's own."""
    calls = [_all_markets(lineage, deployment), *_own(lineage, deployment).values()]
    for market, fields in book[deployment.name].markets.items():
        if fields.get("listed"):
            calls.extend(lineage.ctoken.call(getter, address(market)) for getter in lineage.compared.values())
            calls.extend(call for call, _ in lineage.market_settings(deployment.entry, address(market)))
    return calls


def reconcile(lineage: Lineage, deployment: Deployment, book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name the cToken; empty when all agrees.

    What only reads fill and nobody read yet is not compared. That positions add up to a market's `totalSupply` is
    compared by way of `total_supply`, which is what mints and redeems added up to.
    """
    wrong = list(_own_differences(lineage, deployment, book, answers))
    rows = book[deployment.name]
    for market, fields in rows.markets.items():
        if not fields.get("listed"):
            continue
        for field, getter in lineage.compared.items():
            told = word_of(answers.get(lineage.ctoken.call(getter, address(market))))
            said = fields.get(field, 0 if field.startswith("total_") else None)
            if told is not None and said is not None and told != said:
                wrong.append(f"{deployment.name} {market}: {field} is {told}, logs say {said}")
        for call, settings in lineage.market_settings(deployment.entry, address(market)):
            words = words_of(answers.get(call), 1 + max(settings))
            for position, field in settings.items():
                if words is not None and words[position] != fields.get(field, 0):
                    wrong.append(
                        f"{deployment.name} {market}: {field} is {words[position]}, logs say {fields.get(field, 0)}"
                    )
    return [*wrong, *_sums(deployment, book)]


def _sums(deployment: Deployment, book: Book) -> Iterator[str]:
    """`totalSupply` is the sum of all balances, the cToken's own among them."""
    rows = book[deployment.name]
    held = dict.fromkeys(rows.markets, 0)
    for account in rows.accounts:
        for market, row in rows.positions_of(account):
            held[market] = held.get(market, 0) + rows.position_value(row, "supply")
    for market, fields in rows.markets.items():
        if fields.get("listed") and held[market] != fields.get("total_supply", 0):
            total = fields.get("total_supply", 0)
            yield f"{deployment.name} {market}: total_supply is {total}, balances add up to {held[market]}"


def _own_differences(lineage: Lineage, deployment: Deployment, book: Book, answers: Facts) -> Iterator[str]:
    rows = book[deployment.name]
    for field, call in _own(lineage, deployment).items():
        told = word_of(answers.get(call))
        if told is not None and told != rows.own.get(field, 0):
            yield f"{deployment.name}: {field} is {told}, logs say {rows.own.get(field, 0)}"
    listed = words_of(answers.get(_all_markets(lineage, deployment)), 2)
    # Also those that were unlisted since, which have an underlying all the same.
    known = sum(1 for fields in rows.markets.values() if fields.get("asset"))
    if listed is not None and listed[1] != known:
        yield f"{deployment.name}: {listed[1]} markets are listed, logs say {known}"


def _own(lineage: Lineage, deployment: Deployment) -> dict[str, Call]:
    getters = lineage.own_getters.items()
    return {field: lineage.comptroller.call(getter, deployment.entry) for field, getter in getters}


def _all_markets(lineage: Lineage, deployment: Deployment) -> Call:
    """`getAllMarkets()`, of whose answer the length is enough."""
    return replace(lineage.comptroller.call("getAllMarkets", deployment.entry), answer_bytes=64)

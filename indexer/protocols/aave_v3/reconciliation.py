"""Prove a backfill complete: sums of positions and folded configuration against the contracts themselves."""

from collections.abc import Iterator, Mapping

from indexer.abi import word_of, words_of
from indexer.book import Book
from indexer.evm import ZERO_ADDRESS, Address, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.configuration import FIELDS, read
from indexer.protocols.aave_v3.interfaces import POOL, TOKEN, emode_id
from indexer.protocols.aave_v3.reads import EMODE_BITMAPS, LIQUID_EMODE_SINCE

_COMPARED_SETTINGS = tuple(name for name in FIELDS if name != "virtual_accounting")
TOTALS = {"atoken": "total_supply", "vdebt": "total_debt"}
INDICES = {1: "liquidity_index", 2: "liquidity_rate", 3: "borrow_index", 4: "borrow_rate", 6: "last_update", 7: "id"}


def plan_reconcile(deployment: Deployment, book: Book) -> list[Call]:
    """Each reserve's data and the scaled total supply of its tokens."""
    rows = book[deployment.name]
    pool = address(rows.own.get("pool", 0))
    calls: list[Call] = []
    if pool == ZERO_ADDRESS:
        return calls
    for asset, fields in rows.markets.items():
        category = emode_id(asset)
        if category is not None and rows.own.get("pool_revision", 0) >= LIQUID_EMODE_SINCE:
            calls.extend(POOL.call(getter, pool, category) for getter in EMODE_BITMAPS)
        elif category is None and "id" in fields:
            calls.append(POOL.call("getReserveData", pool, asset))
            calls.extend(TOKEN.call("scaledTotalSupply", address(fields[token])) for token in TOTALS)
    return calls


def reconcile(deployment: Deployment, book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name the reserve; empty when all agrees."""
    rows = book[deployment.name]
    pool = address(rows.own.get("pool", 0))
    wrong: list[str] = []
    for asset, fields in rows.markets.items():
        category = emode_id(asset)
        if category is not None:
            wrong.extend(_emode_differences(deployment, category, fields, pool, answers))
            continue
        call = POOL.call("getReserveData", pool, asset)
        if call not in answers:
            continue
        words = words_of(answers[call], 15)
        if words is None:
            wrong.append(f"{deployment.name} {asset}: getReserveData cannot be read")
            continue
        stored = fields.get("configuration", 0)
        wrong.extend(
            f"{deployment.name} {asset}: {name} is {read(words[0], name)}, logs say {read(stored, name)}"
            for name in _COMPARED_SETTINGS
            if read(words[0], name) != read(stored, name)
        )
        wrong.extend(
            f"{deployment.name} {asset}: {field} is {words[position]}, logs say {fields.get(field)}"
            for position, field in INDICES.items()
            if words[position] != fields.get(field, 0)
        )
        for token, field in TOTALS.items():
            total = word_of(answers[TOKEN.call("scaledTotalSupply", address(fields[token]))])
            if total != fields.get(field, 0):
                wrong.append(
                    f"{deployment.name} {asset}: {field} is {total}, positions add up to {fields.get(field, 0)}"
                )
    return wrong


def _emode_differences(
    deployment: Deployment, category: int, fields: Mapping[str, int], pool: Address, answers: Facts
) -> Iterator[str]:
    for getter, field in EMODE_BITMAPS.items():
        call = POOL.call(getter, pool, category)
        told = word_of(answers.get(call))
        if call in answers and told is not None and told != fields.get(field, 0):
            yield f"{deployment.name} e-mode {category}: {field} is {told}, logs say {fields.get(field, 0)}"

"""Prove a backfill complete: sums of positions and folded configuration against the contracts themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from indexer.abi import word_of, words_of
from indexer.book import Book
from indexer.evm import ZERO_ADDRESS, Address, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.configuration import FIELDS, read
from indexer.protocols.aave_v3.interfaces import POOL, PROVIDER, TOKEN, emode_id
from indexer.protocols.aave_v3.reads import EMODE_WORDS, LIQUID_EMODE_SINCE

_COMPARED_SETTINGS = tuple(name for name in FIELDS if name != "virtual_accounting")
CONTRACTS = {"getPool": "pool", "getPoolConfigurator": "configurator", "getPriceOracle": "oracle"}
TOTALS = {"atoken": "total_supply", "vdebt": "total_debt"}
RESERVE_DATA_WORDS = 15
INDICES = {1: "liquidity_index", 2: "liquidity_rate", 3: "borrow_index", 4: "borrow_rate", 6: "last_update", 7: "id"}


def plan_reconcile(deployment: Deployment, book: Book) -> list[Call]:
    """Which contracts and how many reserves there are, each reserve's data and the total supply of its tokens."""
    rows = book[deployment.name]
    pool = address(rows.own.get("pool", 0))
    calls = [PROVIDER.call(getter, deployment.entry) for getter in CONTRACTS]
    if pool == ZERO_ADDRESS:
        return calls
    calls.append(reserves_list(pool))
    for asset, fields in rows.markets.items():
        category = emode_id(asset)
        if category is not None and rows.own.get("pool_revision", 0) >= LIQUID_EMODE_SINCE:
            calls.extend(POOL.call(getter, pool, category) for getter in EMODE_WORDS)
        elif category is None and "id" in fields:
            calls.append(POOL.call("getReserveData", pool, asset))
            calls.extend(TOKEN.call("scaledTotalSupply", address(fields[token])) for token in TOTALS)
    return calls


def reconcile(deployment: Deployment, book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name the reserve; empty when all agrees."""
    rows = book[deployment.name]
    pool = address(rows.own.get("pool", 0))
    contracts = {PROVIDER.call(getter, deployment.entry): field for getter, field in CONTRACTS.items()}
    wrong = list(missed_contracts(deployment, book, contracts, answers))
    for asset, fields in rows.markets.items():
        category = emode_id(asset)
        if category is not None:
            wrong.extend(_emode_differences(deployment, category, fields, pool, answers))
            continue
        call = POOL.call("getReserveData", pool, asset)
        if call not in answers:
            continue
        words = words_of(answers[call], RESERVE_DATA_WORDS)
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


def missed_contracts(
    deployment: Deployment, book: Book, contracts: Mapping[Call, str], answers: Facts
) -> Iterator[str]:
    """What was never heard of, contracts (the field of each by its getter) or reserves: no sum could tell."""
    rows = book[deployment.name]
    for call, field in contracts.items():
        told, said = word_of(answers.get(call)), rows.own.get(field, 0)
        if told is not None and told != said:
            yield f"{deployment.name}: {field} is {address(told)}, logs say {address(said)}"
    listed = words_of(answers.get(reserves_list(address(rows.own.get("pool", 0)))), 2)
    known = sum(1 for asset, fields in rows.markets.items() if emode_id(asset) is None and "id" in fields)
    if listed is not None and listed[1] != known:
        yield f"{deployment.name}: {listed[1]} reserves are listed, logs say {known}"


def reserves_list(pool: Address) -> Call:
    """`getReservesList()`, of whose answer the length is enough."""
    return replace(POOL.call("getReservesList", pool), answer_bytes=64)


def _emode_differences(
    deployment: Deployment, category: int, fields: Mapping[str, int], pool: Address, answers: Facts
) -> Iterator[str]:
    for getter, field in EMODE_WORDS.items():
        call = POOL.call(getter, pool, category)
        told = word_of(answers.get(call))
        if call in answers and told is not None and told != fields.get(field, 0):
            yield f"{deployment.name} e-mode {category}: {field} is {told}, logs say {fields.get(field, 0)}"

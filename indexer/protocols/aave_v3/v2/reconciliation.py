"""Prove a backfill complete: sums of positions and folded configuration against the contracts themselves."""

from collections.abc import Iterator

from indexer.abi import word_of, words_of
from indexer.book import Book, Draft
from indexer.evm import ZERO_ADDRESS, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.configuration import FIELDS, read
from indexer.protocols.aave_v3.reconciliation import missed_contracts, reserves_list
from indexer.protocols.aave_v3.v2.interfaces import ATOKEN, POOL, PROVIDER, STABLE_DEBT, VARIABLE_DEBT
from indexer.protocols.aave_v3.v2.special_tokens import is_special

CONTRACTS = {
    "getLendingPool": "pool",
    "getLendingPoolConfigurator": "configurator",
    "getLendingPoolCollateralManager": "collateral_manager",
    "getPriceOracle": "oracle",
}
RESERVE_DATA_WORDS = 12
INDICES = {1: "liquidity_index", 2: "borrow_index", 3: "liquidity_rate", 4: "borrow_rate", 6: "last_update", 11: "id"}
"""Word of `getReserveData` -> field; V3 has another order."""
_STABLE_WORDS = {0: "stable_total", 2: "stable_average", 3: "stable_total_updated"}


def plan_reconcile(deployment: Deployment, book: Book) -> list[Call]:
    """Which contracts and how many reserves there are, each reserve's data and the totals of its tokens."""
    draft, rows = Draft(book), book[deployment.name]
    pool = address(rows.own.get("pool", 0))
    calls = [PROVIDER.call(getter, deployment.entry) for getter in CONTRACTS]
    if pool == ZERO_ADDRESS:
        return calls
    calls += [reserves_list(pool), POOL.call("paused", pool)]
    for asset, fields in rows.markets.items():
        if "id" in fields:
            calls.append(POOL.call("getReserveData", pool, asset))
            calls.extend(call for call, _ in totals(deployment, asset, draft))
    return calls


def reconcile(deployment: Deployment, book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name the reserve; empty when all agrees."""
    draft, rows = Draft(book), book[deployment.name]
    pool = address(rows.own.get("pool", 0))
    wrong = list(_missed(deployment, book, answers))
    for asset, fields in rows.markets.items():
        call = POOL.call("getReserveData", pool, asset)
        if "id" not in fields or call not in answers:
            continue
        words = words_of(answers[call], RESERVE_DATA_WORDS)
        if words is None:
            wrong.append(f"{deployment.name} {asset}: getReserveData cannot be read")
            continue
        stored = fields.get("configuration", 0)
        said = {name: (read(words[0], name), read(stored, name)) for name in FIELDS}
        said |= {field: (words[position], fields.get(field, 0)) for position, field in INDICES.items()}
        for call, places in totals(deployment, asset, draft):
            told = words_of(answers.get(call), max(places) + 1)
            if told is not None:
                said |= {field: (told[place], fields.get(field, 0)) for place, field in places.items()}
        wrong.extend(
            f"{deployment.name} {asset}: {name} is {told}, logs say {ours}"
            for name, (told, ours) in said.items()
            if told != ours
        )
    return wrong


def totals(deployment: Deployment, asset: str, draft: Draft) -> Iterator[tuple[Call, dict[int, str]]]:
    """The reads of a reserve's totals: which field each word of the answer is. None for special tokens."""
    fields = draft.book[deployment.name].markets.get(asset, {})
    if is_special(asset):
        return
    yield ATOKEN.call("scaledTotalSupply", address(fields.get("atoken", 0))), {0: "total_supply"}
    yield VARIABLE_DEBT.call("scaledTotalSupply", address(fields.get("vdebt", 0))), {0: "total_debt"}
    yield STABLE_DEBT.call("getSupplyData", address(fields.get("sdebt", 0))), _STABLE_WORDS


def _missed(deployment: Deployment, book: Book, answers: Facts) -> Iterator[str]:
    """What was never heard of: no sum over what is known could tell."""
    rows = book[deployment.name]
    contracts = {PROVIDER.call(getter, deployment.entry): field for getter, field in CONTRACTS.items()}
    yield from missed_contracts(deployment, book, contracts, answers)
    pool = address(rows.own.get("pool", 0))
    paused = word_of(answers.get(POOL.call("paused", pool)))
    if paused is not None and paused != rows.own.get("paused", 0):
        yield f"{deployment.name}: paused is {paused}, logs say {rows.own.get('paused', 0)}"

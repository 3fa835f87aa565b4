"""Prove a backfill complete: collateral totals, configuration and pauses, and the sums of all known principals.

Debts must add up to `totalBorrowBase` exactly: a debtor nobody heard of shows here. Supplies add up to no more than
`totalSupplyBase`: a transfer of zero, or of very little, rounds the receiver's principal down and leaves the total as
it was (`repayAndSupplyAmount` answers (0, 0) for a principal that fell).
"""

from collections.abc import Iterator

from indexer.abi import signed, word_of, words_of
from indexer.book import Book, Draft
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import configuration, principals
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.protocols.compound_v3.reads import totals_of


def plan_reconcile(deployment: Deployment, book: Book) -> list[Call]:
    """The configuration through the proxy, all totals, and everybody's principal."""
    draft, entry = Draft(book), deployment.entry
    if not configuration.is_known(deployment, draft):
        return []
    calls = [*configuration.calls(entry), COMET.call("totalsBasic", entry)]
    calls.extend(COMET.call("totalsCollateral", entry, market) for market in _collateral(deployment, draft))
    accounts = principals.known_accounts(deployment, draft)
    return calls + [principals.basic_call(deployment, account) for account in accounts]


def reconcile(deployment: Deployment, book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name the market; empty when all agrees."""
    draft, entry = Draft(book), deployment.entry
    wrong = list(_configuration(deployment, book, answers))
    for market in _collateral(deployment, draft):
        call = COMET.call("totalsCollateral", entry, market)
        told, ours = word_of(answers.get(call)), book[deployment.name].markets[market].get("total", 0)
        if call in answers and told != ours:
            wrong.append(f"{deployment.name} {market}: total collateral is {told}, logs add up to {ours}")
    totals = dict(totals_of(answers.get(COMET.call("totalsBasic", entry))))
    if totals:
        flags = book[deployment.name].own.get("pause_flags", 0)
        if totals["pause_flags"] != flags:
            wrong.append(f"{deployment.name}: pause flags are {totals['pause_flags']}, logs say {flags}")
        wrong.extend(_sums(deployment, draft, totals, answers))
    return wrong


def _collateral(deployment: Deployment, draft: Draft) -> list[str]:
    base = address(draft.book[deployment.name].own.get("base_token", 0))
    return [market for market in draft.markets(deployment.name) if market != base]


def _configuration(deployment: Deployment, book: Book, answers: Facts) -> Iterator[str]:
    told = configuration.read(deployment.entry, answers)
    rows = book[deployment.name]
    if told is None:
        return
    settings, assets = told
    for field, value in settings.items():
        if rows.own.get(field) != value:
            yield f"{deployment.name}: {field} is {value}, the upgrades' logs say {rows.own.get(field)}"
    listed = {market for market, fields in rows.markets.items() if "offset" in fields}
    for market in listed ^ set(assets):
        where = "the Comet lists it" if market in assets else "the Comet does not list it"
        yield f"{deployment.name} {market}: {where}, the upgrades' logs say otherwise"
    for market, fields in assets.items():
        for field, expected in fields.items():
            ours = rows.markets.get(market, {}).get(field)
            if market in listed and ours != expected:
                yield f"{deployment.name} {market}: {field} is {expected}, the upgrades' logs say {ours}"


def _sums(deployment: Deployment, draft: Draft, totals: dict[str, int], answers: Facts) -> Iterator[str]:
    lent = owed = 0
    for account in principals.known_accounts(deployment, draft):
        words = words_of(answers.get(principals.basic_call(deployment, account)), 1)
        if words is None:
            return  # what was not told proves nothing
        principal = signed(words[0])
        lent, owed = lent + max(0, principal), owed + max(0, -principal)
    if owed != totals["total_borrow"]:
        yield f"{deployment.name}: total borrow is {totals['total_borrow']}, known accounts owe {owed}"
    if lent > totals["total_supply"]:
        yield f"{deployment.name}: total supply is {totals['total_supply']}, known accounts hold {lent}"

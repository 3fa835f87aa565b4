"""Prove a backfill complete: totals folded from logs, and sums of positions, against the contract itself."""

from collections.abc import Iterator, Sequence

from indexer.abi import word_of, words_of
from indexer.book import Book, DeploymentBook
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.morpho_blue.deployments import ADAPTIVE_CURVE_IRMS
from indexer.protocols.morpho_blue.interfaces import IRM, MORPHO, PARAMS, TOTALS, parts_of

SUMS = {"total_supply_shares": "supply_shares", "total_borrow_shares": "borrow_shares"}
"""What adds up: a market's total, and the positions' field."""


def compared_totals(irm: int) -> Sequence[tuple[int, str]]:
    """Place and field of every word of `market(id)` that logs tell; without an IRM `last_update` may move unlogged."""
    return [(place, field) for place, field in enumerate(TOTALS) if field != "last_update" or irm]


def plan_reconcile(deployment: Deployment, book: Book) -> list[Call]:
    """The fee recipient; totals and parameters of every market, and its curve's rate.

    Of every one, once a backfill: a market whose positions were all in a lost answer looks like one nobody uses.
    """
    rows = book[deployment.name]
    calls = [MORPHO.call("feeRecipient", deployment.entry)]
    for market in rows.markets:
        calls.append(MORPHO.call("market", deployment.entry, market))
        calls.append(MORPHO.call("idToMarketParams", deployment.entry, market))
        calls.extend(_curve_calls(rows, market))
    return calls


def reconcile(deployment: Deployment, book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name the market; empty when all agrees."""
    rows, name = book[deployment.name], deployment.name
    wrong = []
    recipient = word_of(answers.get(MORPHO.call("feeRecipient", deployment.entry)))
    if recipient is not None and recipient != rows.own.get("fee_recipient", 0):
        ours = address(rows.own.get("fee_recipient", 0))
        wrong.append(f"{name}: the fee recipient is {address(recipient)}, logs say {ours}")
    sums = _sums(rows)
    for market in rows.markets:
        wrong.extend(f"{name} {market}: {line}" for line in _differences(deployment, rows, market, sums, answers))
    return wrong


def _differences(
    deployment: Deployment, rows: DeploymentBook, market: str, sums: dict[tuple[str, str], int], answers: Facts
) -> Iterator[str]:
    fields = rows.markets.get(market, {})
    params = words_of(answers.get(MORPHO.call("idToMarketParams", deployment.entry, market)), len(PARAMS))
    for field, told in zip(PARAMS, params or (), strict=bool(params)):
        if told != fields.get(field, 0):
            yield f"{field} is {told:#x}, logs say {fields.get(field, 0):#x}"
    call = MORPHO.call("market", deployment.entry, market)
    totals = words_of(answers.get(call), len(TOTALS))
    if totals is None:
        if call in answers:
            yield "market(id) cannot be read"
        return
    for place, field in compared_totals(fields.get("irm", 0)):
        if totals[place] != fields.get(field, 0):
            yield f"{field} is {totals[place]}, logs say {fields.get(field, 0)}"
        if field in SUMS and totals[place] != sums.get((market, field), 0):
            yield f"{field} is {totals[place]}, positions add up to {sums.get((market, field), 0)}"
    for curve in _curve_calls(rows, market):
        rate = word_of(answers.get(curve))
        if rate is not None and rate != fields.get("rate_at_target", 0):
            yield f"rate_at_target is {rate}, logs say {fields.get('rate_at_target', 0)}"


def _curve_calls(rows: DeploymentBook, market: str) -> list[Call]:
    irm = address(rows.markets.get(market, {}).get("irm", 0))
    return [IRM.call("rateAtTarget", irm, market)] if irm in ADAPTIVE_CURVE_IRMS else []


def _sums(rows: DeploymentBook) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for account in rows.accounts:
        _, own = parts_of(account)
        for market, row in rows.positions_of(account):
            for total, field in SUMS.items():
                if market == own and (value := rows.position_value(row, field)):
                    sums[market, total] = sums.get((market, total), 0) + value
    return sums

"""Prove accounts right: what logs added up to for each of them against the contracts' own storage."""

from collections.abc import Sequence

from indexer.abi import word_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.healing import is_collateral
from indexer.protocols.aave_v3.holdings import differences, plan_positions
from indexer.protocols.aave_v3.v2.healing import account_calls, balances, is_borrowed
from indexer.protocols.aave_v3.v2.interfaces import POOL
from indexer.protocols.aave_v3.v2.special_tokens import is_special


def plan_holdings(deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """Flags of each account, and the balances of each position it ever had."""
    return plan_positions(deployment, accounts, book, account_calls, balances)


def holdings(deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name account and reserve. A read that fails proves nothing and is left out."""
    rows, draft, name = book[deployment.name], Draft(book), deployment.name
    pool = address(rows.own.get("pool", 0))
    wrong: list[str] = []
    for account in accounts:
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for market, _ in rows.positions_of(account):
            where, reserve_id = Entity(name, market, account), rows.markets[market].get("id")
            told = [(field, word_of(answers.get(call))) for call, field in balances(deployment, market, account, draft)]
            told.append(("collateral", is_collateral(flags, reserve_id)))
            wrong.extend(differences(where, told, draft))
            bit, ours = is_borrowed(flags, reserve_id), _is_borrowed(draft, where)
            if bit is not None and bit != ours and not is_special(market):
                wrong.append(f"{name} {account} {market}: borrowing is {bit}, logs say {ours}")
    return wrong


def _is_borrowed(draft: Draft, where: Entity) -> int:
    return int(any(draft.number(where, field) for field in ("debt", "stable", "left_borrowing")))

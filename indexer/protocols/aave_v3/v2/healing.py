"""What the contracts hold of an account: to prove ours right, and to replace ours after a mismatch."""

from collections.abc import Iterator, Sequence

from indexer.abi import word_of, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.reads import reserves
from indexer.protocols.aave_v3.v2.interfaces import ATOKEN, POOL, STABLE_DEBT, VARIABLE_DEBT
from indexer.protocols.aave_v3.v2.reconciliation import INDICES, RESERVE_DATA_WORDS, totals
from indexer.protocols.aave_v3.v2.special_tokens import is_special

_STABLE = {"principalBalanceOf": "stable", "getUserStableRate": "stable_rate", "getUserLastUpdated": "stable_updated"}


def plan_holdings(deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
    """Flags of each account, and the balances of each position it ever had."""
    rows, draft = book[deployment.name], Draft(book)
    pool = address(rows.own.get("pool", 0))
    if pool == ZERO_ADDRESS:
        return []
    calls: list[Call] = []
    for account in accounts:
        calls.append(POOL.call("getUserConfiguration", pool, account))
        for market, _ in rows.positions_of(account):
            calls.extend(call for call, _ in _balances(deployment, market, account, draft))
    return calls


def holdings(deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
    """What disagrees, as lines that name account and reserve. A read that fails proves nothing and is left out."""
    rows, draft = book[deployment.name], Draft(book)
    pool, name = address(rows.own.get("pool", 0)), deployment.name
    wrong: list[str] = []

    def compare(where: Entity, field: str, told: int | None, said: int) -> None:
        if told is not None and told != said:
            wrong.append(f"{name} {where.account} {where.market}: {field} is {told}, logs say {said}")

    for account in accounts:
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for market, _ in rows.positions_of(account):
            where, reserve_id = Entity(name, market, account), rows.markets[market].get("id")
            for call, field in _balances(deployment, market, account, draft):
                compare(where, field, word_of(answers.get(call)), draft.number(where, field))
            if flags is None or reserve_id is None:
                continue
            collateral = flags >> (2 * reserve_id + 1) & 1
            compare(where, "collateral", collateral, draft.number(where, "collateral"))
            if not is_special(market):
                compare(where, "borrowing", flags >> (2 * reserve_id) & 1, _is_borrowing(draft, where))
    return wrong


def plan_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """Every reserve's data and totals; per account its flags and balances in every reserve."""
    pool = address(draft.number(Entity(deployment.name), "pool"))
    calls: list[Call] = [POOL.call("paused", pool)]
    for asset in reserves(deployment, draft):
        calls.append(POOL.call("getReserveData", pool, asset))
        calls.extend(call for call, _ in totals(deployment, asset, draft))
    for account in accounts:
        calls.append(POOL.call("getUserConfiguration", pool, account))
        for asset in reserves(deployment, draft):
            calls.extend(call for call, _ in _balances(deployment, asset, account, draft))
    return calls


def apply_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the contracts hold. A read that fails changes nothing: the incident stays open."""
    name, pool = deployment.name, address(draft.number(Entity(deployment.name), "pool"))
    draft.correct(Entity(name), "paused", word_of(answers.get(POOL.call("paused", pool))))
    for asset in reserves(deployment, draft):
        where = Entity(name, asset)
        words = words_of(answers.get(POOL.call("getReserveData", pool, asset)), RESERVE_DATA_WORDS)
        if words is not None:
            draft.touch(where)  # the configuration is read again too
            for position, field in INDICES.items():
                draft.correct(where, field, words[position])
        for call, places in totals(deployment, asset, draft):
            told = words_of(answers.get(call), max(places) + 1)
            for place, field in places.items() if told is not None else ():
                draft.correct(where, field, None if told is None else told[place])
    for account in accounts:
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for asset in reserves(deployment, draft):
            _apply_position(deployment, asset, account, draft, answers, flags)


def _apply_position(
    deployment: Deployment, asset: str, account: str, draft: Draft, answers: Facts, flags: int | None
) -> None:
    where, reserve_id = Entity(deployment.name, asset, account), draft.number(Entity(deployment.name, asset), "id")
    for call, field in _balances(deployment, asset, account, draft):
        draft.correct(where, field, word_of(answers.get(call)))
    if flags is None:
        return
    draft.correct(where, "collateral", flags >> (2 * reserve_id + 1) & 1)
    if not is_special(asset):
        owes = bool(draft.number(where, "debt") or draft.number(where, "stable"))
        draft.correct(where, "left_borrowing", int(bool(flags >> (2 * reserve_id) & 1) and not owes))


def _balances(deployment: Deployment, asset: str, account: str, draft: Draft) -> Iterator[tuple[Call, str]]:
    """The reads of one position, with the field of each. None for special tokens."""
    where = Entity(deployment.name, asset)
    if is_special(asset) or draft.get(where, "id") is None:
        return
    yield ATOKEN.call("scaledBalanceOf", address(draft.number(where, "atoken")), account), "supply"
    yield VARIABLE_DEBT.call("scaledBalanceOf", address(draft.number(where, "vdebt")), account), "debt"
    for getter, field in _STABLE.items():
        yield STABLE_DEBT.call(getter, address(draft.number(where, "sdebt")), account), field


def _is_borrowing(draft: Draft, where: Entity) -> int:
    return int(any(draft.number(where, field) for field in ("debt", "stable", "left_borrowing")))

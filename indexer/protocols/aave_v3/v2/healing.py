"""State read again from the contracts, after a comparison found ours wrong: accounts that differed, all reserves."""

from collections.abc import Iterator, Sequence

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.healing import STABLE, correct_reserve, is_collateral
from indexer.protocols.aave_v3.reads import reserves
from indexer.protocols.aave_v3.v2.interfaces import ATOKEN, POOL, STABLE_DEBT, VARIABLE_DEBT
from indexer.protocols.aave_v3.v2.reconciliation import INDICES, RESERVE_DATA_WORDS, totals
from indexer.protocols.aave_v3.v2.special_tokens import is_special


def plan_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """Every reserve's data and totals; per account its flags and balances in every reserve."""
    pool = address(draft.number(Entity(deployment.name), "pool"))
    calls: list[Call] = [POOL.call("paused", pool)]
    for asset in reserves(deployment, draft):
        calls.append(POOL.call("getReserveData", pool, asset))
        calls.extend(call for call, _ in totals(deployment, asset, draft))
    for account in accounts:
        calls.extend(account_calls(pool, account))
        for asset in reserves(deployment, draft):
            calls.extend(call for call, _ in balances(deployment, asset, account, draft))
    return calls


def apply_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the contracts hold. A read that fails changes nothing: the incident stays open."""
    name, pool = deployment.name, address(draft.number(Entity(deployment.name), "pool"))
    draft.correct(Entity(name), "paused", word_of(answers.get(POOL.call("paused", pool))))
    for asset in reserves(deployment, draft):
        where = Entity(name, asset)
        data = answers.get(POOL.call("getReserveData", pool, asset))
        correct_reserve(where, draft, words_of(data, RESERVE_DATA_WORDS), INDICES)
        for call, places in totals(deployment, asset, draft):
            told = words_of(answers.get(call), max(places) + 1)
            for place, field in places.items():
                draft.correct(where, field, None if told is None else told[place])
    for account in accounts:
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for asset in reserves(deployment, draft):
            _apply_position(deployment, asset, account, draft, answers, flags)


def account_calls(pool: Address, account: str) -> list[Call]:
    """The reads of what the pool holds of an account: its flags."""
    return [POOL.call("getUserConfiguration", pool, account)]


def balances(deployment: Deployment, asset: str, account: str, draft: Draft) -> Iterator[tuple[Call, str]]:
    """The reads of one position, with the field of each. None for special tokens."""
    where = Entity(deployment.name, asset)
    if is_special(asset) or draft.get(where, "id") is None:
        return
    yield ATOKEN.call("scaledBalanceOf", address(draft.number(where, "atoken")), account), "supply"
    yield VARIABLE_DEBT.call("scaledBalanceOf", address(draft.number(where, "vdebt")), account), "debt"
    for getter, field in STABLE.items():
        yield STABLE_DEBT.call(getter, address(draft.number(where, "sdebt")), account), field


def is_borrowed(flags: int | None, reserve_id: int | None) -> int | None:
    """The first of a reserve's two bits in the user's configuration; None where one of both is not known."""
    return None if flags is None or reserve_id is None else flags >> (2 * reserve_id) & 1


def _apply_position(
    deployment: Deployment, asset: str, account: str, draft: Draft, answers: Facts, flags: int | None
) -> None:
    where, reserve_id = Entity(deployment.name, asset, account), draft.number(Entity(deployment.name, asset), "id")
    for call, field in balances(deployment, asset, account, draft):
        draft.correct(where, field, word_of(answers.get(call)))
    draft.correct(where, "collateral", is_collateral(flags, reserve_id))
    if flags is not None and not is_special(asset):
        owes = bool(draft.number(where, "debt") or draft.number(where, "stable"))
        draft.correct(where, "left_borrowing", int(bool(is_borrowed(flags, reserve_id)) and not owes))

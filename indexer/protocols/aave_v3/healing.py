"""State read again from the contracts, after a comparison found ours wrong: accounts that differed, all reserves."""

from collections.abc import Iterator, Mapping, Sequence

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.interfaces import POOL, STABLE_TOKEN, TOKEN
from indexer.protocols.aave_v3.reads import reserves
from indexer.protocols.aave_v3.reconciliation import INDICES, RESERVE_DATA_WORDS, TOTALS

_SCALED = {"atoken": "supply", "vdebt": "debt"}
STABLE = {"principalBalanceOf": "stable", "getUserStableRate": "stable_rate", "getUserLastUpdated": "stable_updated"}
"""Getter of a stable debt token -> field of a position."""


def plan_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """Every reserve's data and totals; per account its flags, e-mode and balances in every reserve."""
    own = Entity(deployment.name)
    pool = address(draft.number(own, "pool"))
    calls: list[Call] = []
    for asset in reserves(deployment, draft):
        calls.append(POOL.call("getReserveData", pool, asset))
        calls.extend(call for call, _ in _totals(deployment, asset, draft))
    for account in accounts:
        calls.extend(account_calls(pool, account))
        for asset in reserves(deployment, draft):
            calls.extend(call for call, _ in balances(deployment, asset, account, draft))
    return calls


def apply_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the contracts hold. A read that fails changes nothing: the incident stays open."""
    name, pool = deployment.name, address(draft.number(Entity(deployment.name), "pool"))
    for asset in reserves(deployment, draft):
        where, data = Entity(name, asset), answers.get(POOL.call("getReserveData", pool, asset))
        correct_reserve(where, draft, words_of(data, RESERVE_DATA_WORDS), INDICES)
        for call, field in _totals(deployment, asset, draft):
            draft.correct(where, field, word_of(answers.get(call)))
    for account in accounts:
        emode = word_of(answers.get(POOL.call("getUserEMode", pool, account)))
        draft.correct(Entity(name, "", account), "emode", emode)
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for asset in reserves(deployment, draft):
            where = Entity(name, asset, account)
            for call, field in balances(deployment, asset, account, draft):
                draft.correct(where, field, word_of(answers.get(call)))
            draft.correct(where, "collateral", is_collateral(flags, draft.number(Entity(name, asset), "id")))


def correct_reserve(where: Entity, draft: Draft, words: tuple[int, ...] | None, indices: Mapping[int, str]) -> None:
    """Put the words of `getReserveData` into the reserve's fields; None: it failed."""
    if words is not None:
        draft.touch(where)  # the configuration is read again too
        for position, field in indices.items():
            draft.correct(where, field, words[position])


def account_calls(pool: Address, account: str) -> list[Call]:
    """The reads of what the pool holds of an account: its flags and e-mode."""
    return [POOL.call(getter, pool, account) for getter in ("getUserConfiguration", "getUserEMode")]


def balances(deployment: Deployment, asset: str, account: str, draft: Draft) -> Iterator[tuple[Call, str]]:
    """The reads of one position's balances and indices, with the field of each."""
    where = Entity(deployment.name, asset)
    for name, field in _SCALED.items():
        token = address(draft.number(where, name))
        yield TOKEN.call("scaledBalanceOf", token, account), field
        yield TOKEN.call("getPreviousIndex", token, account), f"{field}_index"
    stable = draft.number(where, "sdebt")
    if stable:
        for getter, field in STABLE.items():
            yield STABLE_TOKEN.call(getter, address(stable), account), field


def is_collateral(flags: int | None, reserve_id: int | None) -> int | None:
    """The second of a reserve's two bits in the user's configuration; None where one of both is not known."""
    return None if flags is None or reserve_id is None else flags >> (2 * reserve_id + 1) & 1


def _totals(deployment: Deployment, asset: str, draft: Draft) -> Iterator[tuple[Call, str]]:
    for token, field in TOTALS.items():
        yield TOKEN.call("scaledTotalSupply", address(draft.number(Entity(deployment.name, asset), token))), field

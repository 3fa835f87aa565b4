"""State read again from the contracts, after a comparison found ours wrong: accounts that differed, all reserves."""

from collections.abc import Iterator, Sequence

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.aave_v3.interfaces import POOL, STABLE_TOKEN, TOKEN
from indexer.protocols.aave_v3.reads import reserves
from indexer.protocols.aave_v3.reconciliation import INDICES, TOTALS

_SCALED = {"atoken": "supply", "vdebt": "debt"}
_STABLE = {"principalBalanceOf": "stable", "getUserStableRate": "stable_rate", "getUserLastUpdated": "stable_updated"}


def plan_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """Every reserve's data and totals; per account its flags, e-mode and balances in every reserve."""
    own = Entity(deployment.name)
    pool = address(draft.number(own, "pool"))
    calls: list[Call] = []
    for asset in reserves(deployment, draft):
        calls.append(POOL.call("getReserveData", pool, asset))
        calls.extend(call for call, _ in _totals(deployment, asset, draft))
    for account in accounts:
        calls.append(POOL.call("getUserConfiguration", pool, account))
        calls.append(POOL.call("getUserEMode", pool, account))
        for asset in reserves(deployment, draft):
            calls.extend(call for call, _ in balances(deployment, asset, account, draft))
    return calls


def apply_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the contracts hold. A read that fails changes nothing: the incident stays open."""
    pool = address(draft.number(Entity(deployment.name), "pool"))
    for asset in reserves(deployment, draft):
        _apply_reserve(deployment, asset, draft, answers)
        for call, field in _totals(deployment, asset, draft):
            draft.correct(Entity(deployment.name, asset), field, word_of(answers.get(call)))
    for account in accounts:
        emode = word_of(answers.get(POOL.call("getUserEMode", pool, account)))
        draft.correct(Entity(deployment.name, "", account), "emode", emode)
        flags = word_of(answers.get(POOL.call("getUserConfiguration", pool, account)))
        for asset in reserves(deployment, draft):
            _apply_position(deployment, asset, account, draft, answers, flags)


def _apply_reserve(deployment: Deployment, asset: str, draft: Draft, answers: Facts) -> None:
    where = Entity(deployment.name, asset)
    pool = address(draft.number(Entity(deployment.name), "pool"))
    words = words_of(answers.get(POOL.call("getReserveData", pool, asset)), 15)
    if words is None:
        return
    draft.touch(where)  # the configuration is read again too
    for position, field in INDICES.items():
        draft.correct(where, field, words[position])


def _apply_position(
    deployment: Deployment, asset: str, account: str, draft: Draft, answers: Facts, flags: int | None
) -> None:
    where = Entity(deployment.name, asset, account)
    for call, field in balances(deployment, asset, account, draft):
        draft.correct(where, field, word_of(answers.get(call)))
    if flags is not None:
        reserve_id = draft.number(Entity(deployment.name, asset), "id")
        draft.correct(where, "collateral", flags >> (2 * reserve_id + 1) & 1)


def _totals(deployment: Deployment, asset: str, draft: Draft) -> Iterator[tuple[Call, str]]:
    for token, field in TOTALS.items():
        yield TOKEN.call("scaledTotalSupply", address(draft.number(Entity(deployment.name, asset), token))), field


def balances(deployment: Deployment, asset: str, account: str, draft: Draft) -> Iterator[tuple[Call, str]]:
    """The reads of one position's balances and indices, with the field of each."""
    where = Entity(deployment.name, asset)
    for name, field in _SCALED.items():
        token = address(draft.number(where, name))
        yield TOKEN.call("scaledBalanceOf", token, account), field
        yield TOKEN.call("getPreviousIndex", token, account), f"{field}_index"
    stable = draft.number(where, "sdebt")
    if stable:
        for getter, field in _STABLE.items():
            yield STABLE_TOKEN.call(getter, address(stable), account), field

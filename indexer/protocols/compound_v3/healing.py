"""State read again from the Comet, after a comparison found ours wrong: accounts that differed, all totals."""

from collections.abc import Sequence

from indexer.abi import word_of
from indexer.book import Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import configuration, principals
from indexer.protocols.compound_v3.holdings import collateral_call
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.protocols.compound_v3.reads import totals_of


def plan_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """The configuration through the proxy, all totals; per account its principal and every collateral."""
    entry = deployment.entry
    calls = [*configuration.calls(entry), COMET.call("totalsBasic", entry)]
    markets = _collateral(deployment, draft)
    calls.extend(COMET.call("totalsCollateral", entry, market) for market in markets)
    for account in accounts:
        calls.append(principals.basic_call(deployment, account))
        calls.extend(collateral_call(deployment, account, market) for market in markets)
    return calls


def apply_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the Comet holds. A read that fails changes nothing: the incident stays open.

    Everybody's principal is asked again with the block's state.
    """
    own, entry = Entity(deployment.name), deployment.entry
    if configuration.read(entry, answers) is not None:
        configuration.apply(deployment, draft, entry, answers)
    for field, value in totals_of(answers.get(COMET.call("totalsBasic", entry))):
        draft.correct(own, field, value)
    for market in _collateral(deployment, draft):
        told = word_of(answers.get(COMET.call("totalsCollateral", entry, market)))
        draft.correct(Entity(deployment.name, market), "total", told)
        for account in accounts:
            told = word_of(answers.get(collateral_call(deployment, account, market)))
            draft.correct(Entity(deployment.name, market, account), "supply", told)
    for account in accounts:
        where = Entity(deployment.name, "", account)
        draft.touch(where)
        draft.set(where, "known", 1)
        answer = answers.get(principals.basic_call(deployment, account))
        if answer is not None:
            principals.write(deployment, draft, account, answer)
    principals.forget(deployment, draft)


def _collateral(deployment: Deployment, draft: Draft) -> list[str]:
    base = address(draft.number(Entity(deployment.name), "base_token"))
    return [market for market in draft.markets(deployment.name) if market != base]

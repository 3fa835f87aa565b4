"""State read again from the contracts, after a comparison found ours wrong: those positions, and all markets in use."""

from collections.abc import Sequence

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.morpho_blue.holdings import position_call
from indexer.protocols.morpho_blue.interfaces import IRM, MORPHO, PARAMS, POSITION, TOTALS, parts_of
from indexer.protocols.morpho_blue.reconciliation import compared_totals


def plan_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """Totals and parameters of every market that has or had a position, its curve's rate, and these positions."""
    own = Entity(deployment.name)
    calls, curve = [MORPHO.call("feeRecipient", deployment.entry)], draft.number(own, "adaptive_irm")
    for market in _markets(deployment, accounts, draft):
        calls.append(MORPHO.call("market", deployment.entry, market))
        calls.append(MORPHO.call("idToMarketParams", deployment.entry, market))
        if curve:
            calls.append(IRM.call("rateAtTarget", address(curve), market))
    calls.extend(position_call(deployment, account) for account in accounts)
    return calls


def apply_heal(deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the contracts hold. A read that fails changes nothing: the incident stays open."""
    own = Entity(deployment.name)
    recipient = word_of(answers.get(MORPHO.call("feeRecipient", deployment.entry)))
    draft.correct(own, "fee_recipient", recipient)
    for market in _markets(deployment, accounts, draft):
        where = Entity(deployment.name, market)
        draft.touch(where)  # what is read of it is read again
        params = words_of(answers.get(MORPHO.call("idToMarketParams", deployment.entry, market)), len(PARAMS))
        for field, word in zip(PARAMS, params or (), strict=bool(params)):
            draft.correct(where, field, word)
        totals = words_of(answers.get(MORPHO.call("market", deployment.entry, market)), len(TOTALS))
        for place, field in compared_totals(draft.number(where, "irm")) if totals else ():
            draft.correct(where, field, totals[place] if totals else None)
        irm = draft.number(where, "irm")
        if irm and irm == draft.number(own, "adaptive_irm"):
            rate = word_of(answers.get(IRM.call("rateAtTarget", address(irm), market)))
            draft.correct(where, "rate_at_target", rate)
    for account in accounts:
        where = Entity(deployment.name, parts_of(account)[1], account)
        words = words_of(answers.get(position_call(deployment, account)), len(POSITION))
        for field, word in zip(POSITION, words or (), strict=bool(words)):
            draft.correct(where, field, word)


def _markets(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[str]:
    names = dict.fromkeys(draft.book[deployment.name].market_names)
    names.update(dict.fromkeys(draft.touched_markets(deployment.name)))
    names.update(dict.fromkeys(parts_of(account)[1] for account in accounts))
    return list(names)

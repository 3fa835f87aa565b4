"""State read again from the contracts, after a comparison found ours wrong: accounts that differed, all markets.

A debt's principal and index cannot be read (`accountBorrows` has no getter). Where the balance they give is not the
contract's, they are replaced by the balance itself at the market's stored index: exact at that index, and a raw unit
below the contract's at worst (while the index does not double) until the debt next changes.
"""

from collections.abc import Sequence

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v2.holdings import membership_call, owed, snapshot_call
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.reads import apply_settings, markets, own_calls


def plan_heal(lineage: Lineage, deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
    """The Comptroller's configuration, every market's numbers and settings; per account every market's snapshot."""
    calls: list[Call] = list(own_calls(lineage, deployment).values())
    for where in markets(deployment, draft):
        ctoken = address(where.market)
        calls.extend(lineage.ctoken.call(getter, ctoken) for getter in lineage.compared.values())
        calls.extend(call for call, _ in lineage.market_settings(deployment.entry, ctoken))
        for account in accounts:
            calls.append(snapshot_call(lineage, where.market, account))
            calls.append(membership_call(lineage, deployment, where.market, account))
    return calls


def apply_heal(lineage: Lineage, deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
    """Write what the contracts hold. A read that fails changes nothing: the incident stays open."""
    for field, call in own_calls(lineage, deployment).items():
        draft.correct(Entity(deployment.name), field, word_of(answers.get(call)))
    for where in markets(deployment, draft):
        ctoken = address(where.market)
        for field, getter in lineage.compared.items():
            draft.correct(where, field, word_of(answers.get(lineage.ctoken.call(getter, ctoken))))
        for call, fields in lineage.market_settings(deployment.entry, ctoken):
            apply_settings(where, draft, words_of(answers.get(call), 1 + max(fields)), fields)
        for account in accounts:
            _apply_position(lineage, deployment, where.market, account, draft, answers)


def _apply_position(
    lineage: Lineage, deployment: Deployment, market: str, account: str, draft: Draft, answers: Facts
) -> None:
    where = Entity(deployment.name, market, account)
    draft.correct(where, "member", word_of(answers.get(membership_call(lineage, deployment, market, account))))
    words = words_of(answers.get(snapshot_call(lineage, market, account)), 4)
    if words is None:
        return
    draft.correct(where, "supply", words[1])
    if owed(draft, where) != words[2]:
        draft.correct(where, "debt", words[2])
        draft.correct(where, "interest_index", draft.number(Entity(deployment.name, market), "borrow_index"))

"""Flows of vaults on the recorded chain: what the Vat's own numbers say before and after, and who owns them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from indexer.book import Book, Draft
from indexer.evm import Log
from indexer.protocols._interface import AccountId, Flow, FlowKind
from indexer.protocols.maker import notes
from indexer.protocols.maker.adapter import Maker
from indexer.units import RAY
from indexer.words import Ownership
from tests.protocols.maker.golden import recorded
from tests.protocols.maker.replay import deployment, moments

TOKENS = {"ETH-A": 18, "ETH-B": 18, "WBTC-A": 8, "USDC-A": 6, "RWA001-A": 18}


@dataclass(frozen=True)
class Seen:
    """One block as it was then: what moved, and every vault and rate after it."""

    logs: list[Log]
    moved: list[Flow]
    urns: dict[str, tuple[int, int]]
    """(ink, art): as we hold them; other tests hold them against the Vat."""
    rates: dict[str, int]
    who: dict[str, AccountId]
    named: dict[str, int | None]
    """Whom the manager names."""

    def has(self, topic: str) -> bool:
        return any(log.topics[0] == topic for log in self.logs)


@cache
def followed() -> list[Seen]:
    """Every block."""
    return list(_followed())


def _followed() -> Iterator[Seen]:
    book = Book()
    for moment in moments(book):
        view, rows = moment.view, book[deployment().name]
        keys = list(view.accounts())
        held = {key: view.comparable(key, moment.timestamp) or {} for key in keys}
        yield Seen(
            moment.logs,
            Maker().flows(deployment(), moment.logs, Draft(book)),
            {key: (held[key]["ink"], held[key]["art"]) for key in keys},
            {name: fields["rate"] for name, fields in rows.markets.items() if "rate" in fields},
            {key: view.identify(key) for key in rows.accounts if "/" in key},
            {key: rows.account_field(key, "own") for key in rows.accounts},
        )


def test_collateral_and_debt_change_by_what_moved() -> None:
    """Block by block: ink exactly, in the token's units; debt by dart at the rate of a block whose rate stood still."""
    compared = Counter[FlowKind]()
    for before, now in pairwise(followed()):
        if now.has(notes.FORK):
            continue
        sums: Counter[tuple[str, FlowKind]] = Counter()
        for flow in now.moved:
            sums[flow.account, flow.kind] += flow.amount
        old, new = before.urns, now.urns
        for key in old.keys() | new.keys():
            (ink, art), (inked, arted) = old.get(key, (0, 0)), new.get(key, (0, 0))
            name = now.who[key].market
            assert name is not None
            spread = 10 ** (18 - TOKENS.get(name, 18))
            assert sums[key, FlowKind.DEPOSIT] - sums[key, FlowKind.WITHDRAW] == (inked - ink) // spread
            if not now.has(notes.FOLD):
                rate = now.rates[name]
                drawn, paid = sums[key, FlowKind.BORROW], sums[key, FlowKind.REPAY]
                assert (drawn, paid) == (max(0, arted - art) * rate // RAY, -(min(0, arted - art) * rate // RAY))
        compared.update(flow.kind for flow in now.moved)
    assert set(compared) == set(FlowKind)


def test_the_rate_is_that_of_the_moment() -> None:
    """A fold between two notes of one block: each has its own rate, though the draft has but the last."""
    seen = next(seen for seen in followed() if seen.has(notes.FOLD))
    fold = next(log for log in seen.logs if log.topics[0] == notes.FOLD)
    frob = next(log for past in followed() for log in past.logs
                if log.topics[0] == notes.FROB and notes.argument(log, 0) == notes.argument(fold, 0)
                and notes.signed_argument(log, 5) > 0)  # fmt: skip
    change, dart = notes.signed_argument(fold, 2), notes.signed_argument(frob, 5)
    assert change > 0
    book = Book()
    assert list(moments(book))
    last = followed()[-1].rates[notes.text(notes.argument(fold, 0))]
    told = [flow.amount for flow in Maker().flows(deployment(), [frob, fold, frob], Draft(book))
            if flow.kind is FlowKind.BORROW]  # fmt: skip
    assert told == [dart * (last - change) // RAY, dart * last // RAY]
    assert told[0] < told[1]


def test_a_fork_takes_from_one_and_gives_no_flow_to_the_other() -> None:
    found = [(log, seen.moved) for seen in followed() for log in seen.logs if log.topics[0] == notes.FORK]
    assert found
    for log, moved in found:
        source, target = f"0x{log.topics[2][-40:]}", f"0x{log.topics[3][-40:]}"
        own = [flow for flow in moved if flow.transaction == log.transaction_hash]
        assert {flow.account[:42] for flow in own} == {source}
        assert {flow.kind for flow in own} == {FlowKind.WITHDRAW, FlowKind.REPAY}
        assert target not in {flow.account[:42] for flow in own}


def test_who_owns_a_vault_and_how_that_is_known() -> None:
    """By the manager's vault, by the owner of its owner, or by nobody but the urn."""
    proxies = {proxy.lower() for proxy in recorded("chain.json.gz")["proxies"]}
    last, counts = followed()[-1], Counter[Ownership]()
    for key, who in last.who.items():
        named = last.named[key]
        counts[who.ownership] += 1
        if named is None:
            assert (who.owner, who.ownership) == (who.account, Ownership.SAME_ADDRESS)
        else:
            assert who.owner != who.account
            assert (f"0x{named:040x}" in proxies) == (who.ownership is Ownership.PROXY)
            assert (f"0x{named:040x}" == who.owner) == (who.ownership is Ownership.VAULT_MANAGER)
    assert set(counts) == {Ownership.SAME_ADDRESS, Ownership.VAULT_MANAGER, Ownership.PROXY}


def test_a_flow_belongs_to_whom_the_manager_names_a_proxy_for_itself() -> None:
    """Whose a proxy is takes a read: flows of a backfill and of a followed block are the same."""
    seen_of = Counter[Ownership]()
    for seen in followed():
        for flow in seen.moved:
            who, named = seen.who[flow.account], seen.named[flow.account]
            assert flow.owner == (who.account if named is None else f"0x{named:040x}")
            seen_of[who.ownership] += 1
    assert seen_of[Ownership.PROXY]
    assert seen_of[Ownership.VAULT_MANAGER]

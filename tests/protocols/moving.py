"""The shared suite's check of flows: what logs say moved, beside what is there at the end."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from indexer.book import Book, Draft
from indexer.parts import Parts
from indexer.protocols._interface import Flow, FlowKind, PositionRow
from indexer.sync.logs_of_range import fetch_facts, fetch_range
from tests.protocols.case import Case
from tests.protocols.following import Following

DUST = 4
"""Units so few that a loan or deposit of them may be told as nothing."""
ROUNDING = 2
"""Units that a flow may be off, beside one unit of the market's receipt."""
_Where = tuple[str, str, str]
"""(account, market, asset)."""


def moved_of(live: Following) -> list[Flow]:
    """Every flow of the chain, from its logs alone, block by block as a backfill applies them."""
    parts, book, found = Parts([live.deployment]), Book(), list[Flow]()
    parts.refresh(book)
    tip = live.ref(live.replay.tip)
    logs = fetch_range(live.node, parts, live.replay.chain.blocks[0].number, tip.number)
    facts = fetch_facts(live.node, parts, logs, tip.hash)
    for number, group in groupby(logs, lambda log: log.block_number):
        draft, block = Draft(book), list(group)
        parts.apply_logs(block, draft, facts)
        own = parts._of(0, block)
        told = live.protocol.flows(live.deployment, own, draft)
        assert {flow.transaction for flow in told} <= {log.transaction_hash for log in own}, f"block {number}"
        found += told
        book.apply(draft.changes())
    return found


def adds_up(case: Case, live: Following) -> Counter[str]:
    """What logs say moved is never more than is there at the end, and where nothing earns it is just that.

    Deposits and loans may be told too small, the rest too large, so their sums are bounds. Nobody has more than dust
    that was never brought. Markets that are not listed any more are not compared.
    """
    number, moved = case.numbers()[-1], moved_of(live)
    view, at = live.view(number), live.ref(number).timestamp
    for flow in moved:
        assert flow.amount > 0, f"nothing moved: {flow}"
        assert view.identify(flow.account).market in (None, flow.market), f"another market's account: {flow}"
    keys = {*view.accounts(), *(flow.account for flow in moved)}
    rows = {(key, row.market, str(row.asset)): row for key in keys for row in view.positions(key, at)}
    grains = {one.market: (one.numerator or 0) // one.denominator for one in view.receipts(at)}
    shown, sums = {row.market for row in view.markets(at)}, _sums(moved)
    several = Counter((flow.account, flow.market, str(flow.asset)) for flow in moved)
    counts = Counter(flow.kind.value for flow in moved)
    for where in sorted(where for where in sums.keys() | rows.keys() if where[1] in shown):
        slack = several[where] * (grains.get(where[1], 0) + ROUNDING)
        counts["positions equal to what moved"] += _compare(case, where, sums.get(where), rows.get(where), slack)
    assert set(FlowKind) <= set(counts), f"the chain has only {dict(counts)}"
    return counts


def _sums(moved: Iterable[Flow]) -> dict[_Where, Counter[FlowKind]]:
    found: dict[_Where, Counter[FlowKind]] = {}
    for flow in moved:
        found.setdefault((flow.account, flow.market, str(flow.asset)), Counter())[flow.kind] += flow.amount
    return found


def _compare(case: Case, where: _Where, told: Counter[FlowKind] | None, row: PositionRow | None, slack: int) -> bool:
    """Hold one position against the sums of its flows; whether it had to be equal."""
    own: Counter[FlowKind] = Counter() if told is None else told
    supplied, owed = (0, 0) if row is None else (row.supplied, row.borrowed)
    put_up, drawn = own[FlowKind.DEPOSIT] - own[FlowKind.WITHDRAW], own[FlowKind.BORROW] - own[FlowKind.REPAY]
    shown = f"{where}: {supplied} are there and {owed} are owed, {dict(own)} moved"
    assert put_up <= supplied + slack, shown
    assert drawn <= owed + slack or case.is_released(*where[:2]), shown
    assert own[FlowKind.DEPOSIT] or supplied <= DUST or case.is_given(*where, debt=False), shown
    assert own[FlowKind.BORROW] or owed <= DUST or case.is_given(*where, debt=True), shown
    if not case.is_still(*where[1:]) or case.is_given(*where, debt=False):
        return False
    assert put_up == supplied, shown
    return True

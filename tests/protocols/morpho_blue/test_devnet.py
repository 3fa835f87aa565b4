"""Every position that owes, against the contract itself: health, both forms of a liquidation, accrual, reverts."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple

import pytest

from indexer.errors import ArithmeticOverflow
from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.protocols.morpho_blue.interfaces import TOTALS, parts_of
from indexer.protocols.morpho_blue.liquidation import Outcome, repay, seize
from indexer.protocols.morpho_blue.state import Market, Position
from indexer.protocols.morpho_blue.view import MorphoView
from indexer.words import Reason, State
from scripts.devnet.morpho_plan import LINK
from tests.devnet.liquidator import Refused
from tests.protocols.following import Following, following
from tests.protocols.living import LivingChain
from tests.protocols.morpho_blue.witness import Liquidated, Witness
from tests.protocols.replay import ReplayNode

pytestmark = pytest.mark.node
Figure = Callable[[str, object], None]
SECONDS = (1, 12, 86_400, 40 * 86_400)
BELOW = (State.LIQUIDATABLE, State.BAD_DEBT)
CUT = 105 * 10**16


@pytest.fixture(scope="module")
def live(witness: Witness, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    told = witness.told
    deployment = Deployment(told.name, told.protocol, address(told.entry), told.first_block)
    node = ReplayNode(LivingChain(witness.devnet), finality=64)
    node.cut(told.first_block)
    with following(node, deployment, f"sqlite:///{tmp_path_factory.mktemp('live')}/indexer.db") as found:
        found.follow_to(node.tip)
        yield found


def view_at(live: Following, number: int, at: int) -> MorphoView:
    """Prices and rates as a transaction at `at` would meet them."""
    calls = live.protocol.plan_prices(live.deployment, live.book_at(number))
    answers = live.read(number, list(dict.fromkeys(calls.values())), at)
    prices = live.protocol.read_prices(live.deployment, live.book_at(number), answers)
    view = live.view(number, prices)
    assert isinstance(view, MorphoView)
    return view


def test_every_liquidation_in_both_forms(witness: Witness, live: Following, record_property: Figure) -> None:
    tip, wrong, counts = live.cursor, [], Counter[str]()
    for seconds in SECONDS:
        at = tip.timestamp + seconds
        view = view_at(live, tip.number, at)
        for key, held in witness.holders(tip.number).items():
            if not held[1]:
                continue
            health = view.health(key, at, CUT)
            market = view._accrue(parts_of(key)[1], at).market
            for seized, shares in arguments(Position(*held), only_one=health.state not in BELOW):
                seen = witness.liquidate(key, at, seized, shares)
                ours = predicted(market, Position(*held), seized, shares)
                below = health.state in BELOW
                if isinstance(seen, Refused):
                    counts["refused"] += 1
                    if below is (seen.why == "position is healthy") or (below and ours is not None):
                        wrong.append(f"{key} at {at}: {seen.why!r}, we say {health} {ours}")
                    continue
                counts["executed"] += 1
                counts["bad debt"] += bool(seen.bad_debt_assets)
                if not below or ours is None or astuple(ours)[2:] != astuple(seen):
                    wrong.append(f"{key} at {at}: {seen}, we say {health.state} {ours}")
    assert wrong == []
    assert min(counts[name] for name in ("refused", "executed", "bad debt")) > 5
    for name, count in counts.items():
        record_property(name, count)


def arguments(position: Position, *, only_one: bool) -> list[tuple[int, int]]:
    """(seized assets, repaid shares): all, parts, one unit, one more than there is."""
    shares, collateral = position.borrow_shares, position.collateral
    named = [(0, shares), (collateral, 0)]
    if not only_one:
        named += [(0, shares // 3), (collateral // 3, 0), (0, 1), (1, 0), (0, shares + 1), (collateral + 1, 0)]
    return [(seized, repaid) for seized, repaid in named if seized or repaid]


def predicted(market: Market, position: Position, seized: int, shares: int) -> Outcome | None:
    """None: the contract's arithmetic reverts."""
    try:
        return seize(market, position, seized) if seized else repay(market, position, shares)
    except ArithmeticOverflow:
        return None


def test_totals_after_an_accrual(witness: Witness, live: Following, record_property: Figure) -> None:
    tip, compared = live.cursor, 0
    for seconds in SECONDS:
        at = tip.timestamp + seconds
        view = view_at(live, tip.number, at)
        for market in witness.markets:
            after = view._accrue(f"0x{market.id.hex()}", at).market
            ours = tuple(getattr(after, field) for field in TOTALS)
            assert witness.accrued(market, at) == ours, f"{market.plan.name} {seconds} s later"
            compared += len(ours)
    record_property("totals", compared)


def test_an_oracle_that_reverts_leaves_debtors_unknown(witness: Witness, live: Following) -> None:
    market = witness.markets[LINK]
    seen = Counter[str]()
    for number in range(live.deployment.first_block + 1, live.cursor.number + 1):
        broken = witness.devnet.call(market.params[2], "broken()", returns="bool", block=number)
        if not broken:
            continue
        view, at = live.view(number), live.ref(number).timestamp
        for key, (_, borrow_shares, _) in witness.holders(number).items():
            if not key.endswith(market.id.hex()):
                continue
            health = view.health(key, at, CUT)
            seen[str(health.reason)] += 1
            expected = (State.UNKNOWN, Reason.UNPRICED) if borrow_shares else (State.HEALTHY, None)
            assert (health.state, health.reason, health.health_factor_wad) == (*expected, None)
            assert view.liquidation(key, at) == ()
            assert view.owes(key) is bool(borrow_shares)
    assert seen[Reason.UNPRICED] > 3
    assert seen["None"] > 3


def test_rates_that_revert_leave_debtors_unknown(witness: Witness, live: Following) -> None:
    irm, seen = witness.told.contracts["variable irm"], 0
    for number in range(live.deployment.first_block + 1, live.cursor.number + 1):
        if not witness.devnet.call(irm, "broken()", returns="bool", block=number):
            continue
        view, at = live.view(number, "next_price"), live.ref(number).timestamp + 12
        for key, (_, borrow_shares, _) in witness.holders(number).items():
            if borrow_shares and witness.market(key).plan.irm == "variable":
                assert view.health(key, at, CUT).reason is Reason.UNREADABLE
                seen += 1
    assert seen > 10


def test_executed_terms_are_the_largest(witness: Witness, live: Following) -> None:
    """Nobody can take more than our terms: one share or one unit more reverts."""
    tip = live.cursor
    at = tip.timestamp + 12
    view = live.view(tip.number, "next_price")
    checked = 0
    for key, (_, borrow_shares, collateral) in witness.holders(tip.number).items():
        for terms in view.liquidation(key, at):
            if not terms.allowed:
                continue
            seized, shares = (terms.details[f"{name}_argument"] for name in ("seized_assets", "repaid_shares"))
            assert shares == borrow_shares or seized == collateral
            assert isinstance(witness.liquidate(key, at, seized, shares), Liquidated)
            more = (seized + 1, 0) if seized else (0, shares + 1)
            assert isinstance(witness.liquidate(key, at, *more), Refused)
            checked += 1
    assert checked > 5

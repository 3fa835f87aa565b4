"""The shared suite on a recorded chain whose variable rates are the AdaptiveCurveIrm's, which no package carries."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from indexer.errors import ArithmeticOverflow
from indexer.protocols.morpho_blue.deployments import ADAPTIVE_CURVE_IRMS
from indexer.protocols.morpho_blue.interfaces import PARAMS, TOTALS, parts_of
from indexer.protocols.morpho_blue.liquidation import Outcome, repay, seize
from indexer.protocols.morpho_blue.view import MorphoView
from indexer.words import Gate, State
from tests.protocols import happened
from tests.protocols.case import Decoder, Execution, TapeCase
from tests.protocols.contract import ProtocolContract
from tests.protocols.following import Following, following
from tests.protocols.replay import ReplayNode
from tests.protocols.tape import NEXT_S

Figure = Callable[[str, object], None]
CUT = 105 * 10**16
LATE_FEED_DECIMALS = 8
"""Bitcoin's: its feed shows an answer a minute after it was published."""
LOAN_TOKEN, IRM = 0, 3
"""Where `idToMarketParams` says so."""
LIQUIDATED = (State.LIQUIDATABLE, State.BAD_DEBT)


class RecordedCase(TapeCase):
    """Holders are the recorded answers of `position`; executions the recorded liquidations for the most."""

    every = 2
    truth_values_accounts = False
    kept = frozenset(PARAMS)

    def prepare(self) -> "RecordedCase":
        self.refusals = {Gate.NOT_LIQUIDATABLE: {"position is healthy"}}
        return self

    def heals(self, market: str, field: str) -> bool:
        """Not when a market without interest was last touched: a bare accrual there leaves no log."""
        return super().heals(market, field) and (field != "last_update" or self._bears_interest(market))

    def is_still(self, market: str, asset: str) -> bool:
        """Collateral."""
        return int(asset, 16) != self._params(market)[LOAN_TOKEN]

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """What is lent is no flow."""
        del account
        return not debt and not self.is_still(market, asset)

    def _bears_interest(self, market: str) -> bool:
        return bool(self._params(market)[IRM])

    @cache  # noqa: B019 - one case a run
    def _params(self, market: str) -> Sequence[int]:
        rows = self.tape.asked(self.chain.blocks[-1].number, "idToMarketParams(bytes32)")
        return next(words for _, arguments, words in rows if words and "0x" + arguments[0] == market)

    def happenings(self) -> Mapping[str, Decoder]:
        signature = "Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)"
        return {signature: happened.morpho_liquidate}

    def holders(self, number: int) -> set[str]:
        asked = self.tape.asked(number, "position(bytes32,address)")
        return {f"0x{who[24:]}/0x{market}" for _, (market, who), words in asked if words and any(words)}

    def executions(self, following: Following) -> Iterable[Execution]:
        return [
            tried
            for tried in super().executions(following)
            if tried.at == following.ref(tried.number).timestamp + NEXT_S
        ]

    def execution(self, record: Mapping[str, Any]) -> Execution | None:
        return super().execution(record) if record["largest"] else None


@pytest.fixture(scope="module")
def case() -> RecordedCase:
    found = RecordedCase.golden("morpho_blue")
    assert isinstance(found, RecordedCase)
    return found.prepare()


class TestRecorded(ProtocolContract):
    pass


@pytest.fixture(scope="module")
def live(case: RecordedCase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    node = ReplayNode(case.chain, finality=64)
    node.cut(case.chain.blocks[0].number)
    url = f"sqlite:///{tmp_path_factory.mktemp('recorded')}/indexer.db"
    with following(node, case.deployment, url) as found:
        found.follow_to(node.tip)
        yield found


def view_of(live: Following, number: int, market: str, at: int) -> MorphoView | None:
    """A view at that time; None after the next block where the price moves by the clock, behind the late feed."""
    prices = "next_price" if at == live.ref(number).timestamp + NEXT_S else "price"
    if prices == "price" and live.rows_at(number).markets[market].get("collateral_decimals") == LATE_FEED_DECIMALS:
        return None
    view = live.view(number, prices)
    assert isinstance(view, MorphoView)
    return view


def test_every_recorded_liquidation(case: RecordedCase, live: Following, record_property: Figure) -> None:
    wrong, counts = [], Counter[str]()
    for record in case.tape.liquidations:
        view, at = view_of(live, record["block"], record["market"], record["timestamp"]), record["timestamp"]
        if view is None:
            continue
        key = f"{record['account']}/{record['market']}"
        seized, shares = (int(record["arguments"][name]) for name in ("seized_assets", "repaid_shares"))
        state = view.health(key, at, CUT).state
        if state is State.UNKNOWN:
            counts["reverted oracles"] += 1
            assert record["revert"] == "broken"
            continue
        below = state in LIQUIDATED
        ours, seen = predicted(view, key, at, seized, shares), record["outcome"]
        if not record["ok"]:
            counts["refused"] += 1
            if below is (record["revert"] == "position is healthy") or (below and ours is not None):
                wrong.append(f"{key} at {at}: {record['revert']}, ours {ours}")
            continue
        counts["executed"] += 1
        said = (int(seen[name]) for name in ("repaid", "repaid_shares", "seized", "bad_debt_assets", "bad_debt_shares"))
        amounts = ours and (ours.repaid_assets, ours.repaid_shares, ours.seized_assets)
        if not below or ours is None or (*(amounts or ()), ours.bad_debt_assets, ours.bad_debt_shares) != tuple(said):
            wrong.append(f"{key} at {at}: {seen}, ours {ours}")
    assert wrong == []
    assert min(counts["refused"], counts["executed"]) > 50
    assert counts["reverted oracles"] > 0
    for name, count in counts.items():
        record_property(name, count)


def predicted(view: MorphoView, key: str, at: int, seized: int, shares: int) -> Outcome | None:
    market, position = view._accrue(parts_of(key)[1], at).market, view._position(key)
    try:
        return seize(market, position, seized) if seized else repay(market, position, shares)
    except ArithmeticOverflow:
        return None


def test_every_recorded_accrual(case: RecordedCase, live: Following, record_property: Figure) -> None:
    compared = curves = 0
    for record in case.tape.accruals:
        view = view_of(live, record["block"], record["market"], record["timestamp"])
        if view is None:
            continue
        after = view._accrue(record["market"], record["timestamp"]).market
        assert [int(total) for total in record["totals"]] == [getattr(after, field) for field in TOTALS]
        compared += 1
        curves += after.params.irm in ADAPTIVE_CURVE_IRMS
    assert curves > 20
    record_property("accruals", compared)
    record_property("of the curve", curves)

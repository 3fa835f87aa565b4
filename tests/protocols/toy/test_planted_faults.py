"""The shared suite notices: each fault is planted in Pond's adapter, and the check it is made for fails."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.book import Draft, Entity
from tests.protocols import checks, moving
from tests.protocols.case import Case
from tests.protocols.following import Following, following
from tests.protocols.replay import ReplayNode
from tests.protocols.tape import Tape
from tests.protocols.toy.outside import install_pond, on_path
from tests.protocols.toy.pond_case import PondCase
from tests.protocols.toy.pond_contract import recorded

SEED = 31
Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("site")
    install_pond(found)
    with on_path(found):
        yield found


@pytest.fixture(scope="module")
def case(site: Path) -> Case:
    del site
    return PondCase(Tape.of(recorded(SEED)), "pond_main")


@contextmanager
def followed(case: Case, folder: Path) -> Iterator[Following]:
    node = ReplayNode(case.chain, finality=case.finality)
    node.cut(case.chain.blocks[0].number)
    with following(node, case.deployment, f"sqlite:///{folder}/live.db") as found:
        found.follow_to(node.tip)
        yield found


@pytest.fixture(scope="module")
def live(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    with followed(case, tmp_path_factory.mktemp("live")) as found:
        yield found


def part(name: str) -> Any:
    """A module of the adapter under test."""
    return sys.modules[f"pond.{name}"]


def plant_in_weights(patch: pytest.MonkeyPatch) -> None:
    view, weights = part("view").PondView, part("view").PondView.weights

    def halved(self: Any, at: int) -> Any:
        found = weights(self, at)
        return found and replace(found, debt=found.debt / 2)

    patch.setattr(view, "weights", halved)


def plant_in_accounts(patch: pytest.MonkeyPatch) -> None:
    view = part("view").PondView
    patch.setattr(view, "accounts", lambda self: iter([key for key in self._rows.accounts if self.owes(key)]))


def plant_in_healing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(part("adapter").Pond, "apply_heal", lambda *_: None)


def plant_in_rounding(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(part("view"), "debt_of", lambda shares, index: shares * index // 10**18)


def plant_in_prices(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(part("view").PondView, "comparable", lambda *_: {"collateral": 0, "weighted": 0, "debt": 0})


def plant_in_bonus(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(part("maths"), "BONUS_BPS", 10_501)


def plant_in_names(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(part("view").PondView, "keys_of", lambda *_: [])


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (plant_in_accounts, checks.discovery),
        (plant_in_names, checks.names),
        (plant_in_healing, checks.healing),
        (plant_in_rounding, checks.truth),
        (plant_in_prices, checks.truth),
        (plant_in_weights, checks.screen),
        (plant_in_bonus, checks.liquidations),
    ],
)
def test_a_fault_of_the_view_is_noticed(
    case: Case, live: Following, monkeypatch: pytest.MonkeyPatch, plant: Plant, check: Callable[..., object]
) -> None:
    check(case, live)
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        check(case, live)


@pytest.mark.parametrize("fault", ["nothing", "no withdrawals", "no repayments", "a unit too much", "no loans"])
def test_a_fault_of_the_flows_is_noticed(
    case: Case, live: Following, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """What makes a false proof: nothing told, too little that left, too much that came."""
    moves = part("flows")
    right = moves.flows

    def wrong(*asked: Any) -> list[Any]:
        found = right(*asked)
        if fault == "nothing":
            return []
        if fault in ("no withdrawals", "no repayments"):
            dropped = "withdraw" if fault == "no withdrawals" else "repay"
            return [flow for flow in found if flow.kind != dropped]
        if fault == "a unit too much":
            return [replace(flow, amount=flow.amount + (flow.kind == "deposit")) for flow in found]
        return [flow for flow in found if flow.kind != "borrow"]

    moving.adds_up(case, live)
    monkeypatch.setattr(moves, "flows", wrong)
    with pytest.raises(AssertionError):
        moving.adds_up(case, live)


def test_a_log_that_is_forgotten_is_noticed(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(part("logs")._SIGNS, "Withdrawn", 0)
    with followed(case, tmp_path) as live, pytest.raises(AssertionError):
        checks.logs_agree(case, live)


def test_a_memory_beside_the_book_is_noticed(
    case: Case, live: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adapter that remembers what it once saw cannot forget what a reorg took back."""
    folding, seen = part("logs"), list[int]()
    fold = folding.apply_logs

    def counting(deployment: Any, logs: Any, draft: Draft, facts: Any) -> None:
        fold(deployment, logs, draft, facts)
        seen.extend(log.index for log in logs)
        draft.set(Entity(deployment.name), "logs_seen", len(seen))

    monkeypatch.setattr(folding, "apply_logs", counting)
    with pytest.raises(AssertionError):
        checks.undo(case, live, tmp_path)


def test_a_read_too_many_is_noticed(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second round of reads in every block: a read that is only planned when the first was answered."""
    reads = part("reads")
    plan, extra = reads.plan_reads, part("interfaces").POND

    def in_two_rounds(deployment: Any, draft: Draft) -> Any:
        found = plan(deployment, draft)
        fresh = any(key[1] == "price" for key in draft._new)
        more = (extra.call("totalShares", deployment.entry),) if fresh else ()
        return replace(found, now=(*found.now, *more))

    monkeypatch.setattr(reads, "plan_reads", in_two_rounds)
    with pytest.raises(AssertionError, match="requests for 3 blocks"):
        checks.two_requests(case, tmp_path)

"""The maths of vaults, liquidations and auctions against integers recorded from the contracts."""

import pytest

from indexer.errors import ArithmeticOverflow
from indexer.protocols.maker.accrual import dripped_rate
from indexer.protocols.maker.auction import Abacus, Curve, NoPartialPurchase, needs_redo, redo_reward, take
from indexer.protocols.maker.bark import Limits, bark, reward, starting_price
from indexer.protocols.maker.vault import feed_price, health_factor, is_unsafe, spot_of
from indexer.units import WAD
from tests.protocols.maker.golden import Case, cases

AT_LEAST = 1_000


def _limits(case: Case) -> Limits:
    return Limits(case["chop"], case["hole"], case["dirt"], case["Hole"], case["Dirt"])


def _abacus(case: Case) -> Abacus:
    return Abacus(Curve(case.said("calc")), case["tau"], case["cut"], case["step"])


def _refusal(case: Case) -> str | None:
    """What `bark` says no with, in the contract's order."""
    if not case["dog_live"]:
        return "Dog/not-live"
    if not is_unsafe(case["ink"], case["art"], case["rate"], case["spot"]):
        return "Dog/not-unsafe"
    limits = _limits(case)
    if not limits.room:
        return "Dog/liquidation-limit-hit"
    if bark(case["ink"], case["art"], case["rate"], case["dust"], limits).is_dusty:
        return "Dog/dusty-auction-from-partial-liquidation"
    return "Clipper/stopped-incorrect" if case["stopped"] >= 1 else None


def test_there_are_enough_cases() -> None:
    kinds = ("spot", "bark", "drip", "status", "take", "redo", "price")
    assert sum(len(cases(kind)) for kind in kinds) >= AT_LEAST
    found = {(case.said("boundary"), case.said("ok")) for case in cases("bark")}
    assert {("-1", True), ("0", False), ("1", False)} <= found


@pytest.mark.parametrize("case", cases("spot"))
def test_spot(case: Case) -> None:
    assert spot_of(feed_price(case["val"], case["par"]), case["mat"]) == case["spot"]


@pytest.mark.parametrize("case", cases("bark"))
def test_bark(case: Case) -> None:
    assert _refusal(case) == case.said("revert")
    factor = health_factor(case["ink"], case["art"], case["rate"], case["spot"])
    assert factor is not None
    assert (factor < WAD) is is_unsafe(case["ink"], case["art"], case["rate"], case["spot"])
    if not case.said("ok"):
        return
    found = bark(case["ink"], case["art"], case["rate"], case["dust"], _limits(case))
    assert (found.dink, found.dart, found.due, found.tab) == tuple(
        case[f"out_{name}"] for name in ("dink", "dart", "due", "tab")
    )
    assert starting_price(case["val"], case["par"], case["buf"]) == case["out_top"]
    assert reward(found.tab, case["tip"], case["chip"]) == case["out_coin"]


@pytest.mark.parametrize("case", cases("drip"))
def test_drip(case: Case) -> None:
    asked = (case["rate"], case["duty"], case["base"], case["elapsed"])
    if "new_rate" in case:
        assert dripped_rate(*asked) == case["new_rate"]
    else:
        with pytest.raises(ArithmeticOverflow):
            dripped_rate(*asked)


@pytest.mark.parametrize("case", cases("price"))
def test_price(case: Case) -> None:
    assert _abacus(case).price(case["top"], case["duration"]) == case["price"]


@pytest.mark.parametrize("case", cases("status"))
def test_status(case: Case) -> None:
    price = _abacus(case).price(case["top"], case["duration"])
    assert price == case["price"]
    done = needs_redo(price, case["top"], case["duration"], tail=case["tail"], cusp=case["cusp"])
    assert done is case.said("needs_redo")


@pytest.mark.parametrize("case", [case for case in cases("take") if case.said("ok")])
def test_take(case: Case) -> None:
    found = take(case["tab"], case["lot"], case["amt"], case["price"], case["chost"])
    assert (found.owe, found.tab, found.lot) == (case["out_owe"], case["out_tab_left"], case["out_lot_left"])
    assert case["price"] == case["out_price"]


def _refused() -> list[Case]:
    return [case for case in cases("take") if case.said("revert") == "Clipper/no-partial-purchase"]


@pytest.mark.parametrize("case", _refused())
def test_take_refused(case: Case) -> None:
    with pytest.raises(NoPartialPurchase):
        take(case["tab"], case["lot"], case["amt"], case["price"], case["chost"])


def test_equalities_were_recorded() -> None:
    """A partial bark of the dust goes, or one that leaves it; no part of an auction of chost is sold; tail counts."""
    gone = [case for case in cases("bark") if case.said("ok")]
    assert any(case["out_dart"] * case["rate"] == case["dust"] for case in gone)
    assert any((case["art"] - case["out_dart"]) * case["rate"] == case["dust"] != 0 for case in gone)
    assert any(case["duration"] == case["tail"] for case in cases("status"))
    assert any(case["tab"] == case["chost"] for case in _refused())


@pytest.mark.parametrize("case", cases("redo"))
def test_redo(case: Case) -> None:
    price = feed_price(case["val"], case["par"])
    assert starting_price(case["val"], case["par"], case["buf"]) == case["top"]
    paid = redo_reward(case["tab"], case["lot"], price, case["chost"], tip=case["tip"], chip=case["chip"])
    assert paid == case["coin"]

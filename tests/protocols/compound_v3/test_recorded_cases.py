"""Golden cases: a Comet's storage written by hand, the real contract asked, its integers compared with ours."""

from collections import Counter
from typing import Any

import pytest

from indexer.errors import ArithmeticOverflow
from indexer.protocols.compound_v3.absorption import absorption
from indexer.protocols.compound_v3.accrual import accrued_indices, present_value, rate, total_borrow, total_supply
from indexer.protocols.compound_v3.accrual import utilization as used
from indexer.protocols.compound_v3.liquidity import is_borrow_collateralized, is_liquidatable
from indexer.protocols.compound_v3.state import Pause, UnpricedFeed
from indexer.protocols.compound_v3.storefront import quote_collateral, reserves
from tests.protocols.compound_v3.recorded import Case, cases

ALL = cases()
EVERY = pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])


def answer(compute: Any) -> Any:
    """Our answer, None where the contract reverts."""
    try:
        return compute()
    except (UnpricedFeed, ArithmeticOverflow):
        return None


@EVERY
def test_views_on_stored_indices(case: Case) -> None:
    comet, account, said = case.comet, case.account, case.contract
    stored = comet.totals.indices
    assert answer(lambda: is_liquidatable(comet, account, stored)) == said["is_liquidatable"]
    assert answer(lambda: is_borrow_collateralized(comet, account, stored)) == said["is_borrow_collateralized"]
    assert used(comet.totals) == said["utilization"]
    assert rate(comet.supply_curve, said["utilization"]) == said["supply_rate"]
    assert rate(comet.borrow_curve, said["utilization"]) == said["borrow_rate"]


@EVERY
def test_views_on_accrued_indices(case: Case) -> None:
    comet, account, at, said = case.comet, case.account, case.at, case.contract
    balance = answer(lambda: present_value(account.principal, accrued_indices(comet, at)))
    assert (None if balance is None else max(0, -balance)) == said["borrow_balance"]
    assert (None if balance is None else max(0, balance)) == said["balance"]
    assert answer(lambda: total_supply(comet, at)) == said["total_supply"]
    assert answer(lambda: total_borrow(comet, at)) == said["total_borrow"]
    assert answer(lambda: reserves(comet, at)) == said["reserves"]


@EVERY
def test_quotes(case: Case) -> None:
    for base_amount, offset, told in case.contract["quotes"]:
        asset = case.comet.assets[offset]
        assert answer(lambda a=asset, b=base_amount: quote_collateral(case.comet, a, b)) == told


@EVERY
def test_absorb_at_its_own_timestamp(case: Case) -> None:
    comet, account, said = case.comet, case.account, case.contract["absorb"]
    try:
        accepted = is_liquidatable(comet, account, accrued_indices(comet, case.at))
    except (UnpricedFeed, ArithmeticOverflow):
        accepted = False
    assert (accepted and not comet.is_paused(Pause.ABSORB)) == said["ok"]
    if not said["ok"]:
        return
    ours = absorption(comet, account, accrued_indices(comet, case.at))
    addresses = [asset.address for asset in comet.assets]
    assert [[addresses.index(taken.asset), taken.amount, taken.value] for taken in ours.seized] == said["collateral"]
    assert (ours.base_paid_out, ours.value_paid_out) == (said["base_paid_out"], said["usd_value"])
    assert ours.principal == said["principal"]
    assert (ours.leftover if ours.principal else None) == said["transfer"]
    indices = accrued_indices(comet, case.at)
    assert (indices.supply, indices.borrow) == (said["totals"]["baseSupplyIndex"], said["totals"]["baseBorrowIndex"])
    assert comet.totals.supply + ours.principal == said["totals"]["totalSupplyBase"]
    assert comet.totals.borrow + account.principal == said["totals"]["totalBorrowBase"]


def test_cases_cover_what_matters() -> None:
    """Absorbable although the view says no, boundaries on both sides, bad debt, early exit, broken feeds."""
    seen = Counter((case.contract["is_liquidatable"], case.contract["absorb"]["revert"]) for case in ALL)
    assert len(ALL) >= 200
    assert seen[False, None] >= 50
    assert seen[False, "NotLiquidatable"] >= 50
    assert seen[True, None] >= 50
    assert seen[None, "BadPrice"] >= 3
    assert seen[True, "Paused"] >= 3
    assert {asset.scale for case in ALL for asset in case.account.assets(case.comet)} == {1, 100, 10**6, 10**8, 10**18}
    assert any(case.account.assets_in >> 16 for case in ALL)

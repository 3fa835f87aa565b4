"""Flows of a Comet on its recorded life in dollars: base beside the contract's answers, and the receipt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.abi import signed, topic_of
from indexer.protocols._interface import Flow, FlowKind
from tests.protocols import moving
from tests.protocols.compound_v3.test_contract import CometCase
from tests.protocols.following import Following, following
from tests.protocols.replay import ReplayNode


@pytest.fixture(scope="module")
def case() -> CometCase:
    found = CometCase.golden("compound_v3")
    assert isinstance(found, CometCase)
    return found


@pytest.fixture(scope="module")
def live(case: CometCase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    url = f"sqlite:///{tmp_path_factory.mktemp('comet')}/flows.db"
    with following(ReplayNode(case.chain, finality=case.finality), case.deployment, url) as found:
        yield found


@pytest.fixture(scope="module")
def moved(live: Following) -> list[Flow]:
    return moving.moved_of(live)


def _base(case: CometCase) -> str:
    (base,) = case._bases
    return base


def test_what_was_borrowed_is_what_the_contract_lent(case: CometCase, moved: list[Flow]) -> None:
    """Alone in its block, a loan adds what is told to `borrowBalanceOf`, and a unit where the debt is rounded up."""
    base, compared, before = _base(case), 0, dict[str, int]()
    by_transaction = {event.transaction: block.number for block in case.chain.blocks for event in block.events}
    for block in case.chain.blocks:
        asked = case.tape.asked(block.number, "borrowBalanceOf(address)")
        owed = {f"0x{arguments[0][-40:]}": words[0] for _, arguments, words in asked if words}
        here = [flow for flow in moved if by_transaction[flow.transaction] == block.number and flow.market == base]
        for flow in here:
            if flow.kind is FlowKind.BORROW and len([one for one in here if one.account == flow.account]) == 1:
                account = flow.account
                grown = owed.get(account, 0) - before.get(account, 0)
                if before.get(account, 0) == 0:  # else interest comes on top
                    assert flow.amount <= grown <= flow.amount + 1
                    compared += 1
        before = owed
    assert compared


def test_a_withdrawal_is_never_told_as_a_loan(case: CometCase, moved: list[Flow]) -> None:
    """Whoever was lent anything owed something at the end of that block."""
    base = _base(case)
    by_transaction = {event.transaction: block.number for block in case.chain.blocks for event in block.events}
    loans = [flow for flow in moved if flow.kind is FlowKind.BORROW]
    withdrawn = [flow for flow in moved if flow.kind is FlowKind.WITHDRAW and flow.market == base]
    assert loans
    assert withdrawn
    for flow in loans:
        number = by_transaction[flow.transaction]
        principals = {f"0x{arguments[0][-40:]}": signed(words[0])
                      for _, arguments, words in case.tape.asked(number, "userBasic(address)") if words}  # fmt: skip
        paid = any(one.kind is FlowKind.REPAY and one.account == flow.account
                   and by_transaction[one.transaction] == number for one in moved)  # fmt: skip
        assert principals[flow.account] < 0 or paid


def test_every_log_of_base_is_told_in_full(case: CometCase, moved: list[Flow]) -> None:
    """Supply is a repayment and a deposit, Withdraw a withdrawal and a loan: no less than was moved."""
    sums = {flow.transaction: dict.fromkeys(FlowKind, 0) for flow in moved}
    for flow in moved:
        if flow.market == _base(case):
            sums[flow.transaction][flow.kind] += flow.amount
    compared = 0
    for event in case.logs("Supply(address,address,uint256)"):
        told = sums.get(event.transaction, dict.fromkeys(FlowKind, 0))
        assert told[FlowKind.DEPOSIT] + told[FlowKind.REPAY] >= int(event.data[2:66], 16)
        compared += 1
    for event in case.logs("Withdraw(address,address,uint256)"):
        told = sums.get(event.transaction, dict.fromkeys(FlowKind, 0))
        assert told[FlowKind.WITHDRAW] + told[FlowKind.BORROW] >= int(event.data[2:66], 16)
        compared += 1
    assert compared


def test_base_that_is_sent_is_withdrawn_by_the_sender_and_put_up_by_nobody(case: CometCase, moved: list[Flow]) -> None:
    calls = {topic_of(name) for name in ("Supply(address,address,uint256)", "Withdraw(address,address,uint256)",
                                         "AbsorbDebt(address,address,uint256,uint256)")}  # fmt: skip
    others = {event.transaction for block in case.chain.blocks for event in block.events if event.topics[0] in calls}
    sent = [event for event in case.logs("Transfer(address,address,uint256)") if event.transaction not in others
            and event.address == case.deployment.entry]  # fmt: skip
    senders = {(event.transaction, f"0x{event.topics[1][-40:]}", int(event.data, 16)) for event in sent
               if int(event.topics[1], 16)}  # fmt: skip
    assert senders
    mine = {(flow.transaction, flow.account, flow.amount, flow.kind) for flow in moved
            if flow.transaction in {event.transaction for event in sent}}  # fmt: skip
    assert mine == {(*sender, FlowKind.WITHDRAW) for sender in senders}


def test_the_comet_is_a_receipt_of_its_base(case: CometCase, tmp_path: Path) -> None:
    """Every holder's `balanceOf` is what the receipt makes the position's supply."""
    with following(ReplayNode(case.chain), case.deployment, f"sqlite:///{tmp_path}/late.db") as late:
        number = late.once().number
        at, view = late.ref(number).timestamp, late.view(number)
        (receipt,) = view.receipts(at)
        assert (receipt.token, receipt.market, receipt.asset) == (case.deployment.entry, _base(case), _base(case))
        compared = 0
        for to, arguments, words in case.tape.asked(number, "balanceOf(address)"):
            if to == receipt.token and words is not None:
                held = {row.market: row.supplied for row in view.positions(f"0x{arguments[0][-40:]}", at)}
                assert receipt.numerator is not None
                assert held.get(receipt.market, 0) == words[0] * receipt.numerator // receipt.denominator
                compared += words[0] > 0
        assert compared

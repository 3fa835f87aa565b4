"""Supply and Withdraw of base as the contract logs them, for any principal: what is lent is told exactly."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.abi import topic_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, FlowKind
from indexer.protocols.compound_v3.accrual import present_value, principal_value
from indexer.protocols.compound_v3.flows import flows
from indexer.protocols.compound_v3.state import BASE_INDEX_SCALE, Indices

COMET, USER, BASE = address("0x" + "c0" * 20), "0x" + "11" * 20, 0xBA5E
DEPLOYMENT = Deployment("comet", "compound_v3", COMET)
ZERO = "0x" + "00" * 20
INDICES = st.builds(Indices, *[st.integers(BASE_INDEX_SCALE, 3 * BASE_INDEX_SCALE)] * 2)
PRINCIPALS = st.integers(-(10**15), 10**15)
AMOUNTS = st.integers(1, 2 * 10**15)


def _log(signature: str, first: str, second: str, amount: int, index: int) -> Log:
    topics = (topic_of(signature), *("0x" + one[2:].rjust(64, "0") for one in (first, second)))
    return Log(COMET, topics, f"0x{amount:064x}", 1, "0x01", "0x02", index, 0)


def _told(logs: list[Log]) -> dict[FlowKind, int]:
    draft = Draft(Book())
    draft.set(Entity(DEPLOYMENT.name), "base_token", BASE)
    found = flows(DEPLOYMENT, logs, draft)
    assert {(flow.account, flow.market, flow.asset) for flow in found} == {(USER, address(BASE), address(BASE))}
    assert len({flow.kind for flow in found}) == len(found)
    return {kind: sum(flow.amount for flow in found if flow.kind is kind) for kind in FlowKind}


def _supply_part(principal: int, indices: Indices) -> int:
    """`presentValueSupply`, rounded down."""
    return present_value(max(0, principal), indices)


@given(PRINCIPALS, AMOUNTS, INDICES)
def test_a_withdrawal_borrows_what_is_beyond_the_supply(old: int, amount: int, indices: Indices) -> None:
    """`withdrawBase`: BORROW is what the supply did not cover; WITHDRAW no less than the rest."""
    new = principal_value(present_value(old, indices) - amount, indices)
    logs = [_log("Withdraw(address,address,uint256)", USER, USER, amount, 7)]
    if old > 0:
        burnt = _supply_part(old - max(0, new), indices)
        logs.append(_log("Transfer(address,address,uint256)", USER, ZERO, burnt, 8))
    told, supplied = _told(logs), _supply_part(old, indices)
    assert told[FlowKind.BORROW] == max(0, amount - supplied)
    assert told[FlowKind.WITHDRAW] >= min(amount, supplied)
    assert told[FlowKind.DEPOSIT] == told[FlowKind.REPAY] == 0


@given(PRINCIPALS, AMOUNTS, INDICES)
def test_a_supply_repays_a_debt_first(old: int, amount: int, indices: Indices) -> None:
    """`supplyBase`: REPAY is no less than the debt that is gone, DEPOSIT no more than what is left of the amount."""
    debt = max(0, -present_value(old, indices))
    new = principal_value(present_value(old, indices) + amount, indices)
    logs = [_log("Supply(address,address,uint256)", ZERO, USER, amount, 7)]
    if new > 0:
        minted = _supply_part(new - max(0, old), indices)
        logs.append(_log("Transfer(address,address,uint256)", ZERO, USER, minted, 8))
    told = _told(logs)
    assert told[FlowKind.REPAY] >= min(amount, debt)
    assert told[FlowKind.DEPOSIT] <= max(0, amount - debt)
    assert told[FlowKind.DEPOSIT] + told[FlowKind.REPAY] == amount
    assert told[FlowKind.BORROW] == told[FlowKind.WITHDRAW] == 0

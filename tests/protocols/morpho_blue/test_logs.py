"""Logs of a market of the AdaptiveCurveIrm, folded; and logs that do not add up."""

from collections.abc import Sequence

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from indexer.book import Book, Draft, Entity
from indexer.errors import ArithmeticOverflow, DecodeError, MissedLog
from indexer.evm import ZERO_ADDRESS, Address, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.morpho_blue.adapter import MorphoBlue
from indexer.protocols.morpho_blue.interfaces import IRM, MORPHO
from tests.protocols.morpho_blue.made import ADAPTIVE, COLLATERAL, LOAN, ORACLE, OTHER_IRM, START

ENTRY, ALICE, BOB, FEES = (address(number) for number in (0xE, 0xA11CE, 0xB0B, 0xFEE))
DEPLOYMENT = Deployment("morpho", "morpho_blue", ENTRY)
PROTOCOL = MorphoBlue()


def id_of(irm: Address) -> str:
    words = (LOAN, COLLATERAL, ORACLE, irm, 86 * 10**16)
    return "0x" + keccak(encode(["address"] * 4 + ["uint256"], words)).hex()


def log(
    name: str, topics: Sequence[int | str], words: Sequence[int | str], emitter: Address = ENTRY, at: int = START
) -> Log:
    interface = MORPHO if name in MORPHO.events else IRM

    def word(value: int | str) -> str:
        return f"{int(value, 16) if isinstance(value, str) else value:064x}"

    data = "0x" + "".join(word(value) for value in words)
    found = (interface.topic(name), *("0x" + word(topic) for topic in topics))
    return Log(emitter, found, data, 5, "0x" + "01" * 32, "0x" + "02" * 32, 0, at)


def created(irm: Address) -> list[Log]:
    return [
        log("EnableIrm", [irm], []),
        log("SetFeeRecipient", [FEES], []),
        log("CreateMarket", [id_of(irm)], [LOAN, COLLATERAL, ORACLE, irm, 86 * 10**16]),
        log("SetFee", [id_of(irm)], [10**17]),
    ]


def used(irm: Address, at: int = START) -> list[Log]:
    market = id_of(irm)
    return [
        log("Supply", [market, BOB, ALICE], [10**12, 10**18], at=at),
        log("SupplyCollateral", [market, BOB, BOB], [10**20], at=at),
        log("Borrow", [market, BOB, BOB], [BOB, 34 * 10**10, 34 * 10**16], at=at),
    ]


def folded(logs: Sequence[Log], book: Book | None = None) -> Draft:
    draft = Draft(book or Book())
    PROTOCOL.apply_logs(DEPLOYMENT, logs, draft, {})
    return draft


def field(draft: Draft, name: str, irm: Address = ADAPTIVE, user: Address | None = None) -> int | None:
    market = id_of(irm)
    return draft.get(Entity("morpho", market, f"{user}/{market}" if user else ""), name)


def test_the_example_from_logs() -> None:
    week = START + 7 * 86_400
    rate = [log("BorrowRateUpdate", [id_of(ADAPTIVE)], [514_615_678, 698_345_666], ADAPTIVE, week)]
    accrual = [log("AccrueInterest", [id_of(ADAPTIVE)], [514_615_678, 105_837_920, 10_583_791_000_000], at=week)]
    draft = folded([*created(ADAPTIVE), *used(ADAPTIVE), *rate, *accrual])
    assert field(draft, "total_borrow_assets") == 340_105_837_920
    assert field(draft, "total_supply_assets") == 1_000_105_837_920
    assert field(draft, "total_supply_shares") == 10**18 + 10_583_791_000_000
    assert field(draft, "rate_at_target") == 698_345_666
    assert field(draft, "last_update") == week
    assert field(draft, "supply_shares", user=FEES) == 10_583_791_000_000
    assert field(draft, "borrow_shares", user=BOB) == 34 * 10**16
    assert field(draft, "collateral", user=BOB) == 10**20
    assert field(draft, "supply_shares", user=ALICE) == 10**18


def test_only_a_known_curve_is_followed() -> None:
    assert PROTOCOL.discover(created(ADAPTIVE)) == {ADAPTIVE}
    assert PROTOCOL.discover(created(OTHER_IRM)) == set()
    book = Book()
    book.apply(folded(created(ADAPTIVE)).changes())
    assert PROTOCOL.addresses(DEPLOYMENT, book) == {ENTRY, ADAPTIVE}
    stranger = log("BorrowRateUpdate", [id_of(ADAPTIVE)], [1, 2], OTHER_IRM)
    assert field(folded([stranger], book), "rate_at_target") is None


def test_the_curve_is_computed_and_any_other_rate_is_read() -> None:
    for irm, reads in ((ADAPTIVE, 1), (OTHER_IRM, 2), (ZERO_ADDRESS, 1)):
        plan = PROTOCOL.plan_reads(DEPLOYMENT, folded([*created(irm), *used(irm)]))
        assert len(plan.next) == reads
        assert len(plan.now) == reads + 2  # decimals of both tokens


def test_a_market_repaid_keeps_no_price() -> None:
    book = Book()
    draft = folded([*created(ADAPTIVE), *used(ADAPTIVE)])
    plan = PROTOCOL.plan_reads(DEPLOYMENT, draft)
    answers = {call: (7).to_bytes(32, "big") for call in plan.now}
    PROTOCOL.apply_reads(DEPLOYMENT, draft, START, answers, {call: answers[call] for call in plan.next})
    assert (field(draft, "price"), field(draft, "next_price"), field(draft, "loan_decimals")) == (7, 7, 7)
    assert PROTOCOL.plan_reads(DEPLOYMENT, draft) == type(plan)(plan.next, plan.next)
    book.apply(draft.changes())
    repaid = log("Repay", [id_of(ADAPTIVE), BOB, BOB], [34 * 10**10 + 1, 34 * 10**16])
    after = folded([repaid], book)
    assert PROTOCOL.plan_reads(DEPLOYMENT, after) == type(plan)()
    PROTOCOL.apply_reads(DEPLOYMENT, after, START, {}, {})
    assert field(after, "total_borrow_assets") == 0  # one unit more than was owed
    assert {field(after, name) for name in PROTOCOL.read_fields} == {None}


def test_bad_debt_is_taken_from_the_suppliers() -> None:
    words = [287_400_000_002, 287 * 10**15, 10**20, 52_599_999_998, 53 * 10**15]
    draft = folded([*created(ADAPTIVE), *used(ADAPTIVE), log("Liquidate", [id_of(ADAPTIVE), ALICE, BOB], words)])
    assert field(draft, "total_borrow_assets") == 0
    assert field(draft, "total_borrow_shares") == 0
    assert field(draft, "total_supply_assets") == 10**12 - 52_599_999_998
    assert (field(draft, "borrow_shares", user=BOB), field(draft, "collateral", user=BOB)) == (0, 0)


def test_a_withdrawal_nobody_supplied_does_not_add_up() -> None:
    missed = log("Withdraw", [id_of(ADAPTIVE), ALICE, ALICE], [ALICE, 5, 5])
    with pytest.raises(ArithmeticOverflow):
        folded([*created(ADAPTIVE), missed])


def test_a_short_log_is_refused() -> None:
    with pytest.raises(DecodeError):
        folded([log("CreateMarket", [id_of(ADAPTIVE)], [LOAN, COLLATERAL])])


def test_a_market_that_nobody_created_is_a_missed_log() -> None:
    with pytest.raises(MissedLog, match=id_of(ADAPTIVE)):
        folded(used(ADAPTIVE))


def test_a_market_that_looks_unused_is_compared_with_the_contract() -> None:
    book = Book()
    book.apply(folded(created(ADAPTIVE)).changes())
    call = MORPHO.call("market", ENTRY, id_of(ADAPTIVE))
    assert call in PROTOCOL.plan_reconcile(DEPLOYMENT, book)
    answer = encode(["uint256"] * 6, [10**12, 10**18, 0, 0, START, 10**17])
    wrong = PROTOCOL.reconcile(DEPLOYMENT, book, {call: answer})
    assert [line for line in wrong if "total_supply_shares is 1000000000000000000, logs say 0" in line]

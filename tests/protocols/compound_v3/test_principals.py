"""When everybody's principal is asked again, and what becomes of an answer that fails."""

from typing import Any

from indexer.book import Book, Draft, Entity
from indexer.evm import Answer, Call
from indexer.protocols.compound_v3 import principals, reads
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import Reason, State
from tests.protocols.compound_v3.tape import NAMES, Replay

BASIC = COMET.functions["userBasic"].selector
OWN = Entity("comet")


def at_block(index: int) -> tuple[Replay, dict[str, Any]]:
    """A follower after some blocks, and the next block."""
    replay = Replay(NAMES[0])
    for block in replay.document["blocks"][:index]:
        replay.step(block)
    return replay, replay.document["blocks"][index]


def busy() -> tuple[Replay, dict[str, Any]]:
    """A follower in the middle of its life, at a block in which nobody acted, and the next one."""
    for index in range(30, 60):
        replay, block = at_block(index)
        if replay.book["comet"].own["last_accrual"] < replay.block["timestamp"]:
            return replay, block
    raise AssertionError("somebody acts in every block")


def asked_basics(calls: tuple[Call, ...]) -> set[str]:
    return {"0x" + call.data[-20:].hex() for call in calls if call.data[:4] == BASIC}


def answers_with(replay: Replay, calls: tuple[Call, ...], **changed: Answer) -> dict[Call, Answer]:
    """What the follower's block answers; `totals` instead of its `totalsBasic`, `failing`: an account that fails."""
    found = dict(zip(calls, replay.answers(calls, replay.block["calls"]), strict=True))
    for call in found:
        if "totals" in changed and call.data[:4] == COMET.functions["totalsBasic"].selector:
            found[call] = changed["totals"]
        if "failing" in changed and call.data[-20:] == changed["failing"]:
            found[call] = None
    return found


def totals_accrued_at(replay: Replay, timestamp: int) -> bytes:
    call = COMET.call("totalsBasic", replay.deployment.entry)
    told = replay.answers([call], replay.block["calls"])[0]
    assert told is not None
    return told[: 32 * 6] + timestamp.to_bytes(32, "big") + told[32 * 7 :]


def test_nobody_is_asked_in_a_block_without_logs() -> None:
    replay, _ = busy()
    draft = Draft(replay.book)
    assert asked_basics(reads.plan_reads(replay.deployment, draft).now) == set()


def test_everybody_is_asked_once_totals_tell_that_somebody_acted() -> None:
    replay, _ = busy()
    draft, at = Draft(replay.book), replay.block["timestamp"] + 12
    plan = reads.plan_reads(replay.deployment, draft).now
    now = answers_with(replay, plan, totals=totals_accrued_at(replay, at))
    reads.apply_reads(replay.deployment, draft, at, now, {})
    again = reads.plan_reads(replay.deployment, draft).now
    assert asked_basics(again) == set(replay.view().accounts())
    now = answers_with(replay, again, totals=totals_accrued_at(replay, at))
    reads.apply_reads(replay.deployment, draft, at, now, {})
    assert draft.get(OWN, "principals_as_of") == at
    assert asked_basics(reads.plan_reads(replay.deployment, draft).now) == set()


def test_blocks_of_one_timestamp_are_each_asked() -> None:
    """`lastAccrualTime` cannot tell two blocks of a second apart."""
    replay, _ = busy()
    at = replay.block["timestamp"] + 12
    for _ in range(2):
        draft = Draft(replay.book)
        plan = reads.plan_reads(replay.deployment, draft).now
        assert asked_basics(plan) == set()
        reads.apply_reads(
            replay.deployment, draft, at, answers_with(replay, plan, totals=totals_accrued_at(replay, at)), {}
        )
        plan = reads.plan_reads(replay.deployment, draft).now
        assert asked_basics(plan)
        reads.apply_reads(
            replay.deployment, draft, at, answers_with(replay, plan, totals=totals_accrued_at(replay, at)), {}
        )
        replay.book.apply(draft.changes())


def test_principals_of_before_a_gap_are_not_believed() -> None:
    """Blocks that were backfilled in between leave old principals; the totals tell that they are old."""
    replay, _ = busy()
    draft = Draft(replay.book)
    draft.set(OWN, "principals_as_of", replay.book["comet"].own["last_accrual"] - 1)
    assert asked_basics(reads.plan_reads(replay.deployment, draft).now)


def test_who_has_nothing_is_asked_only_when_named_or_after_a_gap() -> None:
    replay, _ = busy()
    known = set(principals.known_accounts(replay.deployment, replay.book))
    empty = known - set(replay.view().accounts())
    assert empty
    named = min(empty)
    draft = Draft(replay.book)
    principals.forget(replay.deployment, draft)
    draft.touch(Entity("comet", "", named))
    assert asked_basics(reads.plan_reads(replay.deployment, draft).now) == known - empty | {named}
    principals.forget(replay.deployment, draft)
    replay.book.apply(draft.changes())  # as blocks of logs alone leave it
    assert asked_basics(reads.plan_reads(replay.deployment, Draft(replay.book)).now) == known


def test_collateral_supplied_in_a_gap_without_accrual_counts() -> None:
    """Bits come from logs: no principal moved, so nobody is asked, and the new asset is in the comparison."""
    replay, gap = Replay(NAMES[0]), Replay(NAMES[0])
    moved = [COMET.topic(name) for name in ("SupplyCollateral", "TransferCollateral", "WithdrawCollateral")]
    checked = 0
    for block in replay.document["blocks"]:
        replay.step(block)
        own = [log["topics"][0] for log in block["logs"] if log["address"] == replay.deployment.entry]
        only_collateral = bool(own) and set(own) <= set(moved)
        gap.step(block, follow=not only_collateral)
        if only_collateral:
            gap.step({**block, "logs": []})
            checked += 1
        assert set(gap.view().accounts()) == set(replay.view().accounts())
        for key in replay.view().accounts():
            assert gap.view().comparable(key, 0) == replay.view().comparable(key, 0)
    assert checked


def test_an_account_that_cannot_be_read_is_unknown_and_asked_again() -> None:
    replay, _ = busy()
    borrower = next(key for key in replay.view().accounts() if replay.view().owes(key))
    draft, at = Draft(replay.book), replay.block["timestamp"]
    principals.forget(replay.deployment, draft)
    plan = reads.plan_reads(replay.deployment, draft).now
    now = answers_with(replay, plan, failing=bytes.fromhex(borrower[2:]))
    reads.apply_reads(replay.deployment, draft, at, now, {})
    replay.book.apply(draft.changes())
    view, rows = replay.view(), replay.book["comet"]
    health = view.health(borrower, at, WAD)
    assert (health.state, health.reason) == (State.UNKNOWN, Reason.UNREADABLE)
    assert view.owes(borrower)
    assert borrower in set(view.accounts())
    assert view.comparable(borrower, at) is None
    weights = view.weights(at)
    assert weights is not None
    assert borrower in {rows.accounts[row] for row in candidates(rows, weights, 1)}
    assert borrower in asked_basics(reads.plan_reads(replay.deployment, Draft(replay.book)).now)


def test_an_asset_that_moved_makes_its_holders_exact() -> None:
    """The contract goes by the bits it set when the asset stood elsewhere, the screen does not: they are named."""
    replay, _ = busy()
    markets = [name for name, fields in replay.book["comet"].markets.items() if "offset" in fields]
    draft = Draft(replay.book)
    first, last = (Entity("comet", market) for market in (markets[0], markets[-1]))
    offsets = draft.number(first, "offset"), draft.number(last, "offset")
    draft.set(first, "offset", offsets[1])
    draft.set(last, "offset", offsets[0])
    principals.forget(replay.deployment, draft)
    plan = reads.plan_reads(replay.deployment, draft).now
    reads.apply_reads(replay.deployment, draft, replay.block["timestamp"], answers_with(replay, plan), {})
    rows = Book().load(replay.book.items())
    rows.apply(draft.changes())
    marked = {entity.account for entity, field, _ in rows.items() if field == "unscreened"}
    held = {
        entity.account
        for entity, field, value in replay.book.items()
        if field == "supply" and value and entity.market in {first.market, last.market}
    }
    assert marked
    assert marked <= held
    weights = replay.protocol.view(replay.deployment, rows["comet"], "price", 0).weights(replay.block["timestamp"])
    assert weights is not None
    assert marked <= {rows["comet"].accounts[row] for row in candidates(rows["comet"], weights, 1)}


def test_a_configuration_nobody_logged_is_read_through_the_proxy() -> None:
    whole, late = Replay(NAMES[0]), Replay(NAMES[0])
    for block in whole.document["blocks"][:9]:
        whole.step(block)
        upgraded = [log for log in block["logs"] if log["topics"][0] == COMET.topic("Upgraded")]
        late.step({**block, "logs": [log for log in block["logs"] if log not in upgraded]})
    ours = {item for item in late.book.items() if item[0].deployment == "comet"}
    theirs = {item for item in whole.book.items() if item[0].deployment == "comet" and item[1] != "implementation"}
    assert ours == theirs


def test_unread_totals_leave_everybody_unknown() -> None:
    replay, _ = busy()
    borrower = next(key for key in replay.view().accounts() if replay.view().owes(key))
    replay.book["comet"].forget(replay.protocol.read_fields)
    view, at = replay.view(), replay.block["timestamp"]
    assert view.health(borrower, at, WAD).reason is Reason.UNREADABLE
    assert view.owes(borrower)
    assert view.liquidation(borrower, at) == ()
    assert view.markets(at) == []
    assert view.market_claims(at) == []
    assert view.weights(at) is None


def test_unread_principals_leave_everybody_unknown_and_unscreened() -> None:
    replay, _ = busy()
    borrower = next(key for key in replay.view().accounts() if replay.view().owes(key))
    replay.book.set(Entity("comet"), "principals_as_of", None)
    assert replay.view().health(borrower, replay.block["timestamp"], WAD).reason is Reason.UNREADABLE
    assert replay.view().weights(replay.block["timestamp"]) is None

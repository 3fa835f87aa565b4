"""The adapter over a recorded life: every view of the contract, every block, every account; every absorption."""

from collections import Counter
from typing import Any

import pytest
from eth_abi import decode, encode
from eth_hash.auto import keccak

from indexer.abi import signed
from indexer.book import Book, Draft
from indexer.protocols._interface import Claim, Truth
from indexer.reports.contract import return_types
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import Gate, State
from tests.protocols.compound_v3.tape import BLOCK_TIME_S, NAMES, Replay, state

CUT = 105 * WAD // 100
EVERY = pytest.mark.parametrize("name", NAMES)


def calldata(truth: Truth) -> str:
    types = truth.signature[truth.signature.index("(") + 1 : -1]
    arguments = encode(types.split(","), truth.arguments) if types else b""
    return "0x" + (keccak(truth.signature.encode())[:4] + arguments).hex()


def told(replay: Replay, truth: Truth) -> dict[str, int] | None:
    answer = replay.block["calls"][f"{truth.to}:{calldata(truth)}"]
    if answer is None:
        return None
    words = decode(return_types(truth), bytes.fromhex(answer[2:]))
    return {name: int(word) for name, word in zip(truth.fields, words, strict=True) if name}


def compared(replay: Replay, claim: Claim) -> int:
    theirs = told(replay, claim.truth)
    if theirs is None or claim.ours is None:
        assert theirs is None, (replay.block["number"], claim)
        assert claim.ours is None, (replay.block["number"], claim)
        return 1
    assert {field: claim.ours[field] for field in theirs} == theirs, (replay.block["number"], claim)
    return len(theirs)


@EVERY
def test_every_claim_is_what_the_contract_says(name: str) -> None:
    replay, count = Replay(name), 0
    for block in replay.blocks():
        view, at = replay.view(), block["timestamp"]
        if not view.supported:
            continue
        assert view.revision in {"15", "24"}
        claims = view.market_claims(at)
        for key in view.accounts():
            claims.append(Claim(view.truth(key), view.comparable(key, at)))
            claims.extend(view.holdings(key))
        count += sum(compared(replay, claim) for claim in claims)
    assert count > 2_000


@EVERY
def test_state_is_the_view_of_the_contract_now_and_at_the_next_block(name: str) -> None:
    replay, seen = Replay(name), Counter[tuple[str, bool | None]]()
    for block in replay.blocks():
        for prices, at in (("price", block["timestamp"]), ("next_price", block["timestamp"] + BLOCK_TIME_S)):
            view = replay.view(prices)
            for key in view.accounts():
                said = replay.said(calldata(view.truth(key)), following=prices == "next_price")
                health = view.health(key, at, CUT)
                seen[health.state.value, None if said is None else bool(said[0])] += 1
                if said is None:
                    assert health.state is State.UNKNOWN
                    continue
                assert (health.state in {State.LIQUIDATABLE, State.BAD_DEBT}) == bool(said[0])
                if health.health_factor_wad is not None:
                    assert (health.health_factor_wad < WAD) == bool(said[0])
                debt = replay.said(calldata(Truth(view.truth(key).to, "borrowBalanceOf(address)", (key,), ("",))),
                                   following=prices == "next_price")
                supply = replay.said(calldata(Truth(view.truth(key).to, "balanceOf(address)", (key,), ("",))),
                                     following=prices == "next_price")
                rows = view.positions(key, at)
                assert debt == [sum(row.borrowed for row in rows)]
                assert supply == [sum(row.supplied for row in rows if row.market == view._comet.base)]
    assert seen["liquidatable", True] > 5
    if name == NAMES[0]:
        assert seen["unknown", None] > 5


@EVERY
def test_absorptions_are_as_predicted(name: str) -> None:
    replay, seen = Replay(name), Counter[str]()
    by_block: dict[int, list[dict[str, Any]]] = {}
    for row in replay.document["liquidations"]:
        by_block.setdefault(row["block"], []).append(row)
    for block in replay.blocks():
        view, stored = replay.view("next_price"), replay.view()
        for row in by_block.get(block["number"], ()):
            accounts, at = row["arguments"]["accounts"], row["timestamp"]
            predictions = [view.liquidation(account, at) for account in accounts]
            allowed = all(terms and terms[0].allowed for terms in predictions)
            assert allowed == row["ok"], (block["number"], row, predictions)
            after = [view.health(account, at, CUT).liquidatable_after_accrual for account in accounts]
            seen[f"{row['ok']} {row['revert']}"] += 1
            if row["revert"] == "Paused":
                assert all(not terms or Gate.RESERVE_PAUSED in terms[0].gates for terms in predictions)
            elif row["revert"] in {None, "NotLiquidatable"}:
                assert all(after) == row["ok"]
            if row["ok"]:
                seen["stale"] += not all(stored.comparable(a, at) == {"is_liquidatable": 1} for a in accounts)
                _assert_outcome(row, [dict(terms[0].details) for terms in predictions])
    assert seen["True None"] >= 5
    assert seen["False NotLiquidatable"] > 50
    if name == NAMES[0]:
        assert seen["False Paused"] > 5
        assert seen["stale"] >= 3


def _assert_outcome(row: dict[str, Any], details: list[dict[str, int]]) -> None:
    outcome = row["outcome"]
    assert sum(d["base_paid_out"] for d in details) == outcome["repaid"]
    assert sum(d["value_paid_out"] for d in details) == outcome["debt_usd_value"]
    assert sum(d["leftover"] for d in details) == outcome["transfer"]
    assert details[0]["leftover_principal"] == outcome["principal"]
    if len(details) == 1:
        seized = {key.removeprefix("seized_"): n for key, n in details[0].items() if key.startswith("seized_0x")}
        assert seized == outcome["seized"]
        values = {k.removeprefix("seized_value_"): n for k, n in details[0].items() if k.startswith("seized_value_")}
        assert values == outcome["collateral_usd_value"]


@EVERY
def test_one_request_a_block_unless_somebody_acted_silently(name: str) -> None:
    replay, silent = Replay(name), 0
    for block in replay.blocks():
        own = replay.book["comet"].own
        logged = any(log["address"] == replay.deployment.entry for log in block["logs"])
        acted = own.get("last_accrual") == block["timestamp"]
        basics = sum(call.data[:4] == bytes.fromhex("dc4abafd") for call in replay.asked)
        if replay.requests > 1:
            assert acted or logged
        if not logged and acted and replay.book["comet"].accounts:
            silent += 1
            assert replay.requests == 2
            assert basics == len(replay.book["comet"].accounts)
        if not logged and not acted:
            assert replay.requests == 1
            assert basics == 0
    assert silent >= (3 if name == NAMES[0] else 0)


@EVERY
def test_every_debtor_is_known(name: str) -> None:
    replay = Replay(name)
    for block in replay.blocks():
        rows, view = replay.book["comet"], replay.view()
        owed = sum(rows.position_value(row, "debt") for key in rows.accounts for _, row in rows.positions_of(key))
        lent = sum(rows.position_value(row, "lent") for key in rows.accounts for _, row in rows.positions_of(key))
        if not view.supported:
            continue
        assert owed == rows.own["total_borrow"], block["number"]
        assert lent <= rows.own["total_supply"]
    assert name != NAMES[0] or lent < rows.own["total_supply"]  # principals that were rounded down silently


@EVERY
def test_logs_alone_give_the_same_collateral_and_reconcile(name: str) -> None:
    followed, replayed = Replay(name), Replay(name)
    list(followed.blocks())
    list(replayed.blocks(follow=False))
    fields = replayed.protocol.read_fields | {"base_is_usd"}
    assert {item for item in state(followed.book) if item[1] not in fields} == state(replayed.book)
    calls = replayed.protocol.plan_reconcile(replayed.deployment, replayed.book)
    answers = dict(zip(calls, replayed.answers(calls, replayed.block["calls"]), strict=True))
    assert replayed.protocol.reconcile(replayed.deployment, replayed.book, answers) == []
    keys = replayed.book["comet"].accounts
    calls = replayed.protocol.plan_holdings(replayed.deployment, keys, replayed.book)
    answers = dict(zip(calls, replayed.answers(calls, replayed.block["calls"]), strict=True))
    assert replayed.protocol.holdings(replayed.deployment, keys, replayed.book, answers) == []
    assert len(calls) > 10


@EVERY
def test_reads_on_demand_fill_a_block_of_logs(name: str) -> None:
    """Any block whose logs alone were applied, then read, is the block that was followed all along."""
    followed = Replay(name)
    for block in followed.blocks():
        if block["number"] % 7:
            continue
        late = Replay(name)
        for earlier in late.document["blocks"]:
            if earlier["number"] > block["number"]:
                break
            late.step(earlier, follow=earlier["number"] == block["number"])
        assert state(late.book) == state(followed.book)


@EVERY
def test_undo_is_as_if_it_never_happened(name: str) -> None:
    replay, before = Replay(name), []
    for block in replay.document["blocks"]:
        before.append((state(replay.book), replay.step(block)))
    for earlier, changes in reversed(before):
        for change in reversed(changes):
            replay.book.set(change.entity, change.field, change.old)
        assert state(replay.book) == earlier
    assert state(Book().load(replay.book.items())) == state(replay.book)


@EVERY
def test_screen_names_everybody_under_the_cut(name: str) -> None:
    replay = Replay(name)
    for block in replay.blocks():
        rows, view, at = replay.book["comet"], replay.view(), block["timestamp"]
        weights = view.weights(at)
        if weights is None:
            continue
        for cut in (WAD, CUT, 2 * WAD):
            named = {rows.accounts[row] for row in candidates(rows, weights, cut)}
            for key in view.accounts():
                health = view.health(key, at, cut)
                factor = health.health_factor_wad
                below = factor is not None and factor < cut
                if below or health.liquidatable_after_accrual or (health.state is State.UNKNOWN and view.owes(key)):
                    assert key in named, (block["number"], key, health)


@EVERY
def test_heal_after_damage_is_the_state_again(name: str) -> None:
    replay = Replay(name)
    for block in replay.blocks():
        if block["number"] % 11:
            continue
        good = state(replay.book)
        damaged = Book().load(replay.book.items())
        rows = damaged["comet"]
        for entity, field, value in list(damaged.items()):
            if field in {"supply", "debt", "total", "liquidate_factor", "supply_index", "pause_flags"}:
                damaged.set(entity, field, value + 1)
        draft = Draft(damaged)
        calls = replay.protocol.plan_heal(replay.deployment, rows.accounts, draft)
        answers = dict(zip(calls, replay.answers(calls, block["calls"]), strict=True))
        replay.protocol.apply_heal(replay.deployment, rows.accounts, draft, answers)
        damaged.apply(draft.changes())
        mended = {(e, f, v) for e, f, v in state(damaged) if f != "principals_as_of"}
        assert mended == {(e, f, v) for e, f, v in good if f != "principals_as_of"}
        assert rows.own.get("principals_as_of") is None


def test_identity_of_a_comet_and_of_something_else() -> None:
    replay = Replay(NAMES[0])
    list(replay.blocks())
    calls = replay.protocol.plan_identity(replay.deployment, {})
    answers = dict(zip(calls, replay.answers(calls, replay.block["calls"]), strict=True))
    found = replay.protocol.identity(replay.deployment, answers)
    assert (found.fault, found.revision, found.supported) == (None, "24", True)
    assert found.contracts == (replay.deployment.entry,)
    assert replay.protocol.identity(replay.deployment, dict.fromkeys(calls)).fault is not None


def test_units_follow_the_base_feed() -> None:
    usdc, weth = Replay(NAMES[0]), Replay(NAMES[1])
    for replay in (usdc, weth):
        list(replay.blocks())
    assert usdc.view().unit("") == usdc.view().price_unit("")
    assert (usdc.view().unit("").name, usdc.view().unit("").is_usd) == ("usd_e8", True)
    assert (weth.view().unit("").name, weth.view().unit("").is_usd) == ("base_e8", False)


def test_reserves_are_signed() -> None:
    replay, seen = Replay(NAMES[0]), set()
    for block in replay.blocks():
        for row in replay.view().markets(block["timestamp"])[:1]:
            said = replay.said("0x0902f1ac")
            assert said is not None
            assert row.amounts["reserves"] == signed(said[0])
            seen.add(signed(said[0]) < 0)
    assert seen == {True, False}

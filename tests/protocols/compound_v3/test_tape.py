"""The adapter over a recorded life: every view of the contract, every block, every account; every absorption."""

from collections import Counter
from typing import Any

import pytest
from eth_hash.auto import keccak

from indexer.abi import signed
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.protocols.compound_v3.stored import stored_comet
from indexer.protocols.compound_v3.storefront import is_open, quote_collateral
from indexer.units import WAD
from indexer.words import Gate, State
from tests.protocols.compound_v3.tape import NAMES, Replay, state
from tests.protocols.recording import logs_of
from tests.protocols.tape import NEXT_S

CUT = 105 * WAD // 100
EVERY = pytest.mark.parametrize("name", NAMES)


def calldata(signature: str, account: str) -> str:
    return "0x" + keccak(signature.encode())[:4].hex() + account[2:].rjust(64, "0")


@EVERY
def test_state_and_balances_are_the_views_now_and_at_the_next_block(name: str) -> None:
    replay, seen = Replay(name), Counter[tuple[str, bool | None]]()
    for block in replay.blocks():
        for prices, at in (("price", block["timestamp"]), ("next_price", block["timestamp"] + NEXT_S)):
            view, following = replay.view(prices), prices == "next_price"
            for key in view.accounts():
                said = replay.said(calldata("isLiquidatable(address)", key), following=following)
                health = view.health(key, at, CUT)
                seen[health.state.value, None if said is None else bool(said[0])] += 1
                rows = view.positions(key, at)
                debt = replay.said(calldata("borrowBalanceOf(address)", key), following=following)
                assert debt == [sum(row.borrowed for row in rows)]
                supply = replay.said(calldata("balanceOf(address)", key), following=following)
                assert supply == [sum(row.supplied for row in rows if row.market == replay.base)]
                assert view.owes(key) == (debt != [0])
                if said is None:
                    assert health.state is State.UNKNOWN
                    continue
                assert (health.state in {State.LIQUIDATABLE, State.BAD_DEBT}) == bool(said[0])
                if health.health_factor_wad is not None:
                    assert (health.health_factor_wad < WAD) == bool(said[0])
                assert bool(view.explain(key, at))
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
            assert basics >= len(list(replay.view().accounts()))
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
    fields = replayed.protocol.read_fields
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


@EVERY
def test_collateral_bought_is_the_quote(name: str) -> None:
    replay, bought = Replay(name), 0
    event = COMET.events["BuyCollateral"]
    for block in replay.document["blocks"]:
        before = stored_comet(replay.book["comet"], {})
        replay.step(block)
        rows = replay.book["comet"]
        market = stored_comet(rows, {m: fields.get("price") for m, fields in rows.markets.items()})
        for log in logs_of(replay.block):
            if log.topics[0] != event.topic:
                continue
            values = event.decode(log)
            assert market is not None
            assert before is not None
            asset = next(a for a in market.assets if int(a.address, 16) == values["asset"])
            assert quote_collateral(market, asset, values["baseAmount"]) == values["collateralAmount"]
            assert is_open(before, block["timestamp"])
            bought += 1
    assert bought

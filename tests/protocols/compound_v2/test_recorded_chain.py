"""Sixty blocks of real contracts of every generation: whatever we say at a block is what the contracts said there."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from indexer.book import Draft, Entity
from indexer.evm import Answer, Call
from indexer.risk.screen import candidates
from indexer.words import Reason, State
from tests.protocols.compound_v2.recorded import Playback, golden, liquidations, play

WATCH = 105 * 10**16
HEALED = {
    "total_supply", "total_borrows", "reserves", "borrow_index", "accrual", "reserve_factor", "collateral_factor",
    "borrow_paused",
}  # fmt: skip


def test_reads_are_planned_in_one_round_and_never_again() -> None:
    for state in play():
        assert state.rounds <= 1, state.block["number"]


def test_logs_and_reads_are_what_the_contracts_hold() -> None:
    accounts = 0
    for state in play():
        book, rows = state.book, state.book["compound_v2"]
        answers = state.ask(state.protocol.plan_reconcile(state.deployment, book))
        assert state.protocol.reconcile(state.deployment, book, answers) == []
        answers = state.ask(state.protocol.plan_holdings(state.deployment, rows.accounts, book))
        assert state.protocol.holdings(state.deployment, rows.accounts, book, answers) == []
        accounts += len(rows.accounts)
    assert accounts > 900


def test_principal_and_index_are_the_contracts_storage() -> None:
    compared = 0
    for state in play():
        for market, owing in state.block.get("borrows", {}).items():
            for account, stored in owing.items():
                rows = state.book["compound_v2"]
                ours = [rows.position_field(account, market, field) for field in ("debt", "interest_index")]
                assert ours == [int(word) for word in stored], (state.block["number"], market, account)
                compared += 1
    assert compared > 700


def test_every_claim_is_the_contracts_answer() -> None:
    counts: Counter[str] = Counter()
    for state in play():
        view = state.protocol.view(state.deployment, state.book["compound_v2"], "price", state.block["number"])
        claims = [*view.market_claims(0), *(claim for key in view.accounts() for claim in view.holdings(key))]
        for claim in claims:
            assert claim.ours == state.said(claim.truth), (state.block["number"], claim)
            assert claim.ours is not None
            counts[claim.truth.signature] += len(claim.ours)
    assert counts["isDeprecated(address)"] > 100
    assert counts.total() > 9_000


def test_health_is_get_account_liquidity() -> None:
    counts: Counter[str] = Counter()
    for state in play():
        number = state.block["number"]
        view = state.protocol.view(state.deployment, state.book["compound_v2"], "price", number)
        for key in state.book["compound_v2"].accounts:
            said, health = state.said(view.truth(key)), view.health(key, 0, WATCH)
            assert view.comparable(key, 0) == said, (number, key)
            assert said is not None
            counts[health.state.value] += 1
            if said["error"]:
                assert (health.state, health.reason) == (State.UNKNOWN, Reason.UNPRICED)
                continue
            factor = health.health_factor_wad
            assert (factor is not None and factor < 10**18) == (said["shortfall"] > 0)
            if said["shortfall"]:
                assert health.state in (State.LIQUIDATABLE, State.BAD_DEBT)
            counts["deprecated"] += health.state is State.LIQUIDATABLE and not said["shortfall"]
            counts["only after accrual"] += health.state is State.AT_RISK and health.liquidatable_after_accrual is True
    for seen in ("healthy", "at_risk", "liquidatable", "bad_debt", "unknown", "deprecated", "only after accrual"):
        assert counts[seen], f"nobody is {seen}: {counts}"


def test_liquidations_go_as_predicted() -> None:
    counts: Counter[str] = Counter()
    for state in play():
        for record in liquidations(state.block["number"]):
            counts[_compare(state, record)] += 1
    assert counts["allowed"] > 150
    assert counts["refused"] > 400


def test_the_screen_names_whom_the_contract_would_liquidate() -> None:
    named = 0
    for state in play():
        rows, number = state.book["compound_v2"], state.block["number"]
        view = state.protocol.view(state.deployment, rows, "price", number)
        weights = view.weights(0)
        if weights is None or not rows.accounts:
            continue
        cuts: dict[int, set[str]] = {}

        def under(cut: int, found: dict[int, set[str]] = cuts) -> set[str]:
            if cut not in found:
                found[cut] = {rows.accounts[row] for row in candidates(rows, weights, cut)}  # noqa: B023
            return found[cut]

        for key in view.accounts():
            health = view.health(key, 0, WATCH)
            if health.health_factor_wad is not None:
                assert key in under(health.health_factor_wad + 1), (number, key)
            if health.liquidatable_after_accrual or health.state in (State.LIQUIDATABLE, State.BAD_DEBT):
                assert key in under(10**18), (number, key, health)
                named += 1
            if health.state is State.UNKNOWN and view.owes(key):
                assert key in under(1)
    assert named > 100


def test_logs_alone_give_the_same_positions() -> None:
    for followed, folded in zip(play(), play(read=False), strict=True):
        assert _logged(followed) == _logged(folded)


def test_what_does_not_add_up_is_told() -> None:
    *_, state = play()
    rows, book = state.book["compound_v2"], state.book
    account, market = next(
        (entity.account, entity.market)
        for entity, field, value in rows.items("compound_v2")
        if field == "supply" and value
    )
    book.set(Entity("compound_v2", market, account), "supply", 1)
    book.set(Entity("compound_v2", market), "collateral_factor", 1)
    book.set(Entity("compound_v2"), "close_factor", 1)
    told = state.protocol.reconcile(
        state.deployment, book, state.ask(state.protocol.plan_reconcile(state.deployment, book))
    )
    assert [line.split(":")[1].split(" is ")[0].strip() for line in told] == [
        "close_factor",
        "collateral_factor",
        "total_supply",
    ]
    answers = state.ask(state.protocol.plan_holdings(state.deployment, [account], book))
    found = state.protocol.holdings(state.deployment, [account], book, answers)
    assert len(found) == 1
    assert f"{account} {market}: supply is" in found[0]


def test_healing_brings_back_what_was_lost() -> None:
    *_, state = play()
    rows = state.book["compound_v2"]
    draft = Draft(state.book)
    spoilt = [
        (entity, field)
        for entity, field, _ in list(rows.items("compound_v2"))
        if (entity.account and field in ("supply", "member"))
        or (entity.market and not entity.account and field in HEALED)
    ]
    assert len(spoilt) > 80
    before = {where: state.book.get(*where) for where in spoilt}
    for entity, field in spoilt:
        draft.set(entity, field, 7)
    answers = state.ask(state.protocol.plan_heal(state.deployment, rows.accounts, draft))
    state.protocol.apply_heal(state.deployment, rows.accounts, draft, answers)
    assert {where: draft.get(*where) or 0 for where in spoilt} == {where: value or 0 for where, value in before.items()}


def test_a_healed_debt_is_the_contracts_balance() -> None:
    *_, state = play()
    rows, draft = state.book["compound_v2"], Draft(state.book)
    owing = [(e, v) for e, field, v in list(rows.items("compound_v2")) if field == "debt" and v]
    for entity, value in owing:
        draft.set(entity, "debt", value + 1_000_000)
    answers = state.ask(state.protocol.plan_heal(state.deployment, rows.accounts, draft))
    state.protocol.apply_heal(state.deployment, rows.accounts, draft, answers)
    state.book.apply(draft.changes())
    answers = state.ask(state.protocol.plan_holdings(state.deployment, rows.accounts, state.book))
    assert state.protocol.holdings(state.deployment, rows.accounts, state.book, answers) == []
    assert len(owing) > 5


def test_the_entry_is_recognised() -> None:
    *_, state = play()
    known = dict[Call, Answer]()
    while fresh := [call for call in state.protocol.plan_identity(state.deployment, known) if call not in known]:
        known.update(state.ask(fresh))
    found = state.protocol.identity(state.deployment, known)
    assert (found.fault, found.revision, found.supported) == (None, "2.9", True)


def test_all_three_generations_were_met() -> None:
    seen = Counter(
        state.protocol.view(state.deployment, state.book["compound_v2"], "price", 0).revision for state in play()
    )
    assert set(seen) == {"unknown", "G1-G5", "G6-G7", "2.9"}
    assert len(golden("chain.json.gz")["blocks"]) > 60


def _compare(state: Playback, record: Mapping[str, Any]) -> str:
    """A liquidation for the most goes as the terms say, and for one unit more it is refused."""
    view = state.protocol.view(state.deployment, state.book["compound_v2"], "next_price", state.block["number"] + 1)
    arguments = record["arguments"]
    pair = (arguments["debt_asset"], arguments["collateral"])
    found = [t for t in view.liquidation(record["account"], 0) if (t.debt_asset, t.collateral_asset) == pair]
    assert len(found) == 1, record
    terms, repay = found[0], int(arguments["repay"])
    assert record["ok"] == (terms.allowed and repay <= terms.max_debt_to_cover), (record, terms)
    if not record["ok"]:
        return "refused"
    outcome = record["outcome"]
    if arguments["is_most"]:
        assert repay == terms.max_debt_to_cover
        assert int(outcome["seized"]) == terms.collateral_to_liquidator
        assert int(outcome["from_borrower"]) == terms.collateral_to_liquidator + terms.protocol_fee
    return "allowed"


def _logged(state: Playback) -> set[tuple[str, str, str, int]]:
    """What logs alone must tell: all of positions, and of markets what they carry."""
    return {
        (entity.market, entity.account, field, value)
        for entity, field, value in state.book["compound_v2"].items("compound_v2")
        if (entity.account or field in ("total_supply", "total_borrows", "collateral_factor", "borrow_paused"))
        and value
    }

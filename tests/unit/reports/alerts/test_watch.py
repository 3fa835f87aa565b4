"""Rules over a database that sync wrote: what is told when prices fall, recover, are taken back or are not known."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from indexer.book import Change, Entity
from indexer.evm import BlockRef, address
from indexer.oracles import chainlink
from indexer.oracles.feeds import Feed
from indexer.reports.alerts.delivery import Delivery
from indexer.reports.alerts.message import Message
from indexer.reports.alerts.rules import Figure, Kind, Rule, Target
from indexer.reports.alerts.watch import Alerts
from indexer.reports.health.answer import report_answer
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.reports.solvency import solvency_answer
from indexer.risk.alerting import Patience
from indexer.store import BlockRecord, Head, Incident, Store
from indexer.words import State
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import AT_RISK, BLOCK, HEADS, LIQUIDATABLE, USDC, WETH, changes_of, write_store

NOWHERE = Target("http://127.0.0.1:9/", is_webhook=True)
PRICE = 2_000 * 10**8
FALLEN, CRASHED = PRICE * 9 // 10, PRICE // 2
COOLDOWN_S = 60
SOURCE = address(0xFEED)
FEED = chainlink.entity(SOURCE)
EXTRA = (
    Change(Entity(DEPLOYMENT, WETH.asset), "source", None, int(SOURCE, 16)),
    Change(FEED, "round", None, 7),
    Change(FEED, "answer", None, PRICE),
    Change(FEED, "decimals", None, 8),
    Change(FEED, "updated_at", None, BLOCK.timestamp - 100),
    Change(Entity(DEPLOYMENT, USDC.asset), "total_supply", None, 10_000),
    Change(Entity(DEPLOYMENT, USDC.asset), "total_debt", None, 9_000),
)
"""Where ether's price comes from, and how much of USDC is lent."""
SCHEMA = Path(__file__).parents[4] / "docs" / "alert.schema.json"


def rule(kind: Kind = Kind.STATE, name: str = "r", **values: Any) -> Rule:
    return Rule(name, kind, Patience(COOLDOWN_S, 2.0), (NOWHERE,), **values)


@dataclass
class World:
    """A database as sync writes it, the clock, and the alerts over it, which can be started anew."""

    store: Store
    alerts: Alerts
    tip: BlockRef = BLOCK
    price: int | None = PRICE
    now: float = BLOCK.timestamp + 20

    def block(self, price: int | None, *more: Change, fork: str = "a1", later: float = 12) -> None:
        """One more block, in which ether's price is this."""
        self.tip = BlockRef(self.tip.number + 1, "0x" + fork * 32, self.tip.hash, self.tip.timestamp + 12)
        changes = [] if price == self.price else [Change(Entity(DEPLOYMENT, WETH.asset), "price", self.price, price)]
        changes += more
        heads = replace(HEADS, head=Head(self.tip.number, self.tip.hash))
        self.store.commit([BlockRecord(self.tip, complete=True, changes=changes)], self.tip, heads)
        self.price = price
        self.now += later

    def told(self) -> list[dict[str, Any]]:
        """What one more round says."""
        before = self.store.outbox()
        self.alerts.run()
        ids = {row["id"] for row in self.store.outbox()} - {row["id"] for row in before}
        waiting = self.store.waiting(NOWHERE.key, 1_000)
        return [json.loads(one.message.body) for one in waiting if one.message.id in ids]

    def events(self) -> list[tuple[str, int]]:
        return [(message["event"], message["totals"]["subjects"]) for message in self.told()]

    def again(self, *rules: Rule) -> None:
        """The program was started anew, perhaps with other rules."""
        self.alerts = made(self.store, *rules)
        self.alerts.clock = lambda: self.now


class Kept(Delivery):
    """Leaves everything in the outbox."""

    def deliver(self) -> None:
        pass


def made(store: Store, *rules: Rule) -> Alerts:
    asked = Asked(feeds={SOURCE: Feed("ETH / USD", SOURCE, 3_600, None)})
    delivery = Kept(store, [NOWHERE], timeout_s=1, give_up_after_s=1_000)
    return Alerts(store, rules, asked, delivery, max_lag=5, keep_days=30, every_s=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = write_store(f"sqlite:///{tmp_path}/indexer.db", [*changes_of(), *EXTRA])
    with Store.open(url) as store:
        made_world = World(store, made(store))
        made_world.again(rule())
        yield made_world


def test_a_crash_is_one_message_and_a_recovery_another(world: World) -> None:
    (first,) = world.told()
    assert (first["event"], [one["facts"]["account"] for one in first["subjects"]]) == ("fired", [LIQUIDATABLE])
    world.block(CRASHED)
    messages = {message["event"]: message for message in world.told()}
    assert messages["fired"]["totals"] == {"subjects": 2, "listed": 2, "size": 11_600.0, "unit": "usd"}
    assert messages["escalated"]["subjects"][0]["facts"]["state"] == "bad_debt"
    world.block(CRASHED)
    assert world.told() == []
    world.block(PRICE * 2)
    assert world.told() == []
    world.block(PRICE * 2, later=COOLDOWN_S)
    (over,) = world.told()
    assert (over["event"], over["totals"]["subjects"]) == ("resolved", 3)
    assert {one["facts"]["state"] for one in over["subjects"]} == {"healthy"}
    assert "healthy" in over["text"]
    assert "now" in over["text"]
    assert world.store.open_alerts() == []


def test_what_was_said_is_not_said_again_after_a_restart(world: World) -> None:
    assert world.events() == [("fired", 1)]
    world.again(rule())
    assert world.events() == []


def test_an_alert_of_a_rule_that_is_gone_goes_with_it(world: World) -> None:
    world.told()
    world.again(rule(name="other"))
    assert world.events() == [("fired", 1)]
    assert {alert.rule for alert in world.store.open_alerts()} == {"other"}


def test_a_reorg_takes_back_what_was_said_of_its_block(world: World) -> None:
    world.told()
    world.block(CRASHED)
    world.told()
    world.store.undo_to(BLOCK.number)
    world.tip, world.price = BLOCK, PRICE
    world.block(PRICE, fork="b1", later=1)
    messages = {message["event"]: message for message in world.told()}
    assert messages.keys() == {"eased", "resolved"}
    assert all(one["orphaned"] for message in messages.values() for one in message["subjects"])
    assert "block 101, where it was said, was orphaned" in messages["resolved"]["text"]


def test_an_account_that_becomes_unknown_is_not_over(world: World) -> None:
    world.told()
    world.block(None)
    world.block(None, later=10 * COOLDOWN_S)
    assert world.events() == []
    assert len(world.store.open_alerts()) == 1


def test_unknown_is_a_condition_of_its_own(world: World) -> None:
    world.again(rule(states=(State.LIQUIDATABLE, State.UNKNOWN)))
    world.told()
    world.block(None)
    (message,) = world.told()
    assert (message["event"], message["totals"]["subjects"]) == ("fired", 3)
    assert "unknown (unpriced)" in message["text"]


def test_a_worse_state_than_the_rule_names_is_no_end_of_it(world: World) -> None:
    world.again(rule(states=(State.LIQUIDATABLE,)))
    world.told()
    world.block(CRASHED)
    world.block(CRASHED, later=10 * COOLDOWN_S)
    world.told()
    assert LIQUIDATABLE in {alert.facts["account"] for alert in world.store.open_alerts()}


@pytest.mark.parametrize(
    ("filters", "accounts"),
    [
        ({}, {LIQUIDATABLE, AT_RISK}),
        ({"min_debt_usd": 5_000.0}, {LIQUIDATABLE}),
        ({"deployment": "other"}, set()),
        ({"protocol": "maker"}, set()),
        ({"protocol": "aave_v3"}, {LIQUIDATABLE, AT_RISK}),
        ({"asset": "WETH"}, {LIQUIDATABLE, AT_RISK}),
        ({"asset": str(USDC.asset).upper().replace("0X", "0x")}, {LIQUIDATABLE, AT_RISK}),
        ({"asset": "DAI"}, set()),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else str(len(value)),
)
def test_filters(world: World, filters: dict[str, Any], accounts: set[str]) -> None:
    world.again(rule(states=(State.AT_RISK, State.LIQUIDATABLE), **filters))
    assert {one["facts"]["account"] for message in world.told() for one in message["subjects"]} == accounts


def test_behind_the_head_accounts_are_not_news_and_the_lag_is(world: World) -> None:
    world.again(rule(), rule(Kind.SYNC_LAG, "late", above_blocks=10))
    head = Head(BLOCK.number + 50, "0x" + "aa" * 32)
    world.store.save_heads(replace(HEADS, head=head))
    (message,) = world.told()
    assert (message["rule"], message["subjects"][0]["facts"]["lag_blocks"]) == ("late", 50)
    assert message["title"].startswith("FIRED late: the indexer's lag [")
    world.store.save_heads(HEADS)
    assert world.events() == [("fired", 1)]


def test_a_block_that_does_not_come_is_a_lag_in_seconds(world: World) -> None:
    world.again(rule(Kind.SYNC_LAG, above_s=300))
    assert world.events() == []
    world.now += 600
    assert world.events() == [("fired", 1)]
    world.now += 600
    assert world.events() == []
    world.now += 600
    assert world.events() == [("escalated", 1)]


@pytest.mark.parametrize(
    ("figure", "above", "fires"),
    [
        (Figure.LIQUIDATABLE_USD, 17_000.0, True),
        (Figure.LIQUIDATABLE_USD, 17_000.01, False),
        (Figure.AT_RISK_USD, 1_600.0, True),
        (Figure.BAD_DEBT_USD, 1.0, False),
        (Figure.UNKNOWN_BORROWERS, 1.0, False),
        (Figure.UTILISATION, 0.9, True),
        (Figure.UTILISATION, 0.91, False),
    ],
)
def test_figures(world: World, figure: Figure, above: float, fires: bool) -> None:
    world.again(rule(Kind.SOLVENCY, figure=figure, above=above))
    found = world.told()
    assert bool(found) is fires, found
    assert all(one["facts"]["figure"] == figure for message in found for one in message["subjects"])


def test_figures_are_those_of_solvency_and_of_the_report(world: World) -> None:
    figures = [figure for figure in Figure if figure not in (Figure.UTILISATION, Figure.UNKNOWN_BORROWERS)]
    world.again(*(replace(rule(Kind.SOLVENCY, figure=one, above=1e-9), name=one.value) for one in figures))
    world.block(PRICE * 8 // 10)
    told = {message["rule"]: message["subjects"][0]["facts"]["value"] for message in world.told()}
    with open_snapshot(world.store, Asked()) as snapshot:
        (solvency,) = solvency_answer(snapshot)["deployments"]
        headline = report_answer(snapshot)["report"]["headline"]
    assert {"shortfall_usd", "bad_debt_usd"} <= told.keys()
    assert told == {figure.value: solvency[figure] for figure in figures if solvency[figure]}
    assert told["shortfall_usd"] == headline["shortfall_usd"]


def test_unknown_borrowers_are_those_of_the_report(world: World) -> None:
    world.again(rule(Kind.SOLVENCY, figure=Figure.UNKNOWN_BORROWERS, above=1.0))
    world.block(None)
    (message,) = world.told()
    with open_snapshot(world.store, Asked()) as snapshot:
        headline = report_answer(snapshot)["report"]["headline"]
    assert message["subjects"][0]["facts"]["value"] == headline["unknown_borrowers"] == 3
    assert message["totals"]["unit"] == "accounts"


def test_a_shortfall_that_grows_is_told_and_is_held_while_accounts_are_unknown(world: World) -> None:
    world.again(rule(Kind.SOLVENCY, figure=Figure.SHORTFALL_USD, above=1_000.0))
    world.block(PRICE * 8 // 10)
    (message,) = world.told()
    assert message["totals"] == {"subjects": 1, "listed": 1, "size": 1_000.0, "unit": "usd"}
    world.block(CRASHED)
    assert world.events() == [("escalated", 1)]
    world.block(None)
    world.block(None, later=10 * COOLDOWN_S)
    assert world.events() == []
    assert len(world.store.open_alerts()) == 1


def test_a_price_that_cannot_be_read_is_told(world: World) -> None:
    world.again(rule(Kind.ORACLE_STALE))
    assert world.events() == []
    world.block(None)
    (message,) = world.told()
    assert "WETH (" in message["text"]
    assert "cannot read its price" in message["text"]


def test_a_feed_older_than_its_heartbeat_is_told_until_it_is_fresh(world: World) -> None:
    world.again(rule(Kind.ORACLE_STALE), rule(Kind.ORACLE_STALE, "strict", max_age_s=120))
    world.block(PRICE)
    assert world.told() == []
    world.block(PRICE)
    assert [message["rule"] for message in world.told()] == ["strict"]
    old, fresh = BLOCK.timestamp - 100, BLOCK.timestamp - 4_000
    world.block(PRICE, Change(FEED, "updated_at", old, fresh))
    (message, _) = world.told()
    assert (message["rule"], message["event"]) == ("r", "fired")
    assert "older than its heartbeat: ETH ∕ USD" in message["text"]  # noqa: RUF001 - its slash makes no link
    world.block(PRICE, Change(FEED, "updated_at", fresh, BLOCK.timestamp + 48))
    world.told()
    world.block(PRICE, later=COOLDOWN_S)
    assert {message["event"] for message in world.told()} == {"resolved"}


def test_a_pending_answer_is_told_once_where_it_moves_enough(world: World) -> None:
    world.again(rule(Kind.PENDING_PRICE, min_move_bps=500.0), rule(Kind.PENDING_PRICE, "large", min_move_bps=5_000.0))
    assert world.told() == []
    logged = {"logged_round": 8, "logged_answer": FALLEN, "logged_at": BLOCK.timestamp, "cutoff": 60}
    world.block(PRICE, *(Change(FEED, name, None, value) for name, value in logged.items()))
    (message,) = world.told()
    (one,) = message["subjects"]
    assert one["facts"]["pending"] == {"answer": str(FALLEN), "visible_from": BLOCK.timestamp + 61}
    assert one["facts"]["move_bps"] == -1_000.0
    assert "a move of -10.00 %" in message["text"]
    world.block(PRICE)
    assert world.told() == []


def test_a_mismatch_is_told_and_its_end_too(world: World) -> None:
    world.again(rule(Kind.VERIFY_MISMATCH), rule(name="accounts"))
    assert world.events() == [("fired", 1)]
    world.store.save_incident(Incident(DEPLOYMENT, 100, ("x", "y"), "<!everyone> ltv is 1", 1))
    (message,) = world.told()
    assert message["subjects"][0]["facts"]["mismatches"] == 2
    assert "‹!everyone›" in message["text"]  # noqa: RUF001 - harmless look-alikes
    world.store.close_incident(DEPLOYMENT, 101, 2)
    world.block(PRICE)
    world.told()
    world.block(PRICE, later=COOLDOWN_S)
    assert world.events() == [("resolved", 1)]


def test_a_rule_can_keep_its_ends_to_itself(world: World) -> None:
    world.again(rule(resolved=False))
    world.told()
    world.block(PRICE * 2)
    world.told()
    world.block(PRICE * 2, later=COOLDOWN_S)
    assert world.events() == []
    assert world.store.open_alerts() == []


def test_the_body_is_what_the_schema_says(world: World) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema["$ref"] == "#/$defs/Message"
    assert msgspec.json.schema(Message)["$defs"] == schema["$defs"]
    world.again(rule(), rule(Kind.SOLVENCY, "s", figure=Figure.UTILISATION, above=0.5))
    found = world.told()
    assert len(found) == 2
    for message in found:
        assert msgspec.to_builtins(msgspec.convert(message, Message, strict=True)) == message
        assert (message["block"]["block_number"], message["block"]["block_hash"]) == (BLOCK.number, BLOCK.hash)
        assert message["id"] in message["text"]
        assert message["id"][:8] in message["title"]

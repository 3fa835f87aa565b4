"""Alerts and the outbox: written together, marked apart, pruned only when nobody waits."""

from dataclasses import replace

import pytest

from indexer.store import OpenAlert, Outgoing, Store

OPEN = OpenAlert("r", "a", 2, 17_000.5, 1_000, 100, "0x64", None, {"symbol": "=USDC\0", "debt_usd": 17_000.5})
FIRST, SECOND = (Outgoing(f"id-{n}", "r", "fired", 1_000 + n, f"title {n}", '{"n": 1}') for n in (1, 2))


def test_an_open_alert_is_kept_changed_and_closed(store: Store) -> None:
    other = replace(OPEN, rule="s", size=None)
    store.save_alerts([OPEN, other])
    assert store.open_alerts() == [OPEN, other]
    calm = replace(OPEN, calm_since=1_100, size=None)
    store.save_alerts([calm])
    assert store.open_alerts("r") == [calm]
    store.close_alerts("r", ["a", "never there"])
    assert store.open_alerts() == [other]
    assert (store.forget_rules(["r"]), store.open_alerts()) == (1, [])


def test_a_message_waits_for_each_target_until_that_one_accepted_it(store: Store) -> None:
    store.enqueue(FIRST, ["x", "y", "x"])
    store.enqueue(SECOND, ["x"])
    waiting = store.waiting("x", 10)
    assert [(one.message, one.attempts, one.next_at) for one in waiting] == [(FIRST, 0, 1_001), (SECOND, 0, 1_002)]
    assert [one.message for one in store.waiting("x", 10, after=waiting[0].number)] == [SECOND]
    store.save_sent(waiting[0].number, "x", 1_010)
    assert [one.message for one in store.waiting("x", 10)] == [SECOND]
    assert [one.message for one in store.waiting("y", 10)] == [FIRST]
    assert store.sent(1_010) == 1


def test_a_target_that_accepts_again_gets_what_was_put_off_at_once(store: Store) -> None:
    store.enqueue(FIRST, ["x"])
    store.enqueue(SECOND, ["x", "y"])
    first, second = store.waiting("x", 10)
    store.save_failed(first.number, "x", "HTTP 500", attempts=4, next_at=9_000)
    store.save_failed(second.number, "y", "HTTP 500", attempts=1, next_at=9_000)
    assert store.outbox("x")[0]["last_error"] == "HTTP 500"
    store.save_sent(second.number, "x", 2_000)
    assert [(one.attempts, one.next_at) for one in store.waiting("x", 10)] == [(4, 2_000)]
    assert [(one.attempts, one.next_at) for one in store.waiting("y", 10)] == [(1, 9_000)]


def test_old_messages_are_given_up_then_forgotten(store: Store) -> None:
    store.enqueue(FIRST, ["x"])
    store.enqueue(SECOND, ["x"])
    assert store.prune_messages(9_000) == 0
    assert (store.give_up(1_002, 5_000), store.give_up(1_002, 5_000)) == (1, 0)
    assert [one.message for one in store.waiting("x", 10)] == [SECOND]
    assert [row["given_up_at"] for row in store.outbox()] == [5_000, None]
    assert store.prune_messages(9_000) == 1
    assert [row["id"] for row in store.outbox()] == ["id-2"]


def test_a_message_without_a_target_waits_for_nobody(store: Store) -> None:
    store.enqueue(FIRST, [])
    assert store.outbox() == []
    assert store.prune_messages(9_000) == 1


def test_alert_and_message_are_written_together_or_not_at_all(store: Store) -> None:
    def fails() -> None:
        with store.transaction():
            store.save_alerts([OPEN])
            store.enqueue(FIRST, ["x"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert (store.open_alerts(), store.outbox()) == ([], [])

"""The outbox against real servers: ones that answer late, refuse, and die in mid-answer."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.reports.alerts.delivery import HOLDS_UP, Delivery, pause_s
from indexer.reports.alerts.rules import Target
from indexer.store import Outgoing, Store
from tests.unit.reports.alerts.servers import Receiver, receiver

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise's plugins


@dataclass
class Clock:
    now: float = 10_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as opened:
        yield opened


@pytest.fixture
def sink() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def webhook(url: str) -> Target:
    return Target(url, is_webhook=True)


def delivery(store: Store, clock: Clock, *targets: Target, give_up_after_s: int = 1_000_000) -> Delivery:
    return Delivery(store, targets, timeout_s=0.3, give_up_after_s=give_up_after_s, clock=clock)


def enqueue(store: Store, clock: Clock, *targets: Target, count: int = 1, first: int = 0) -> list[str]:
    ids = [f"id-{number:03}" for number in range(first, first + count)]
    for id_ in ids:
        body = f'{{"id": "{id_}", "text": "something happened\\nid {id_}"}}'
        message = Outgoing(id_, "r", "fired", int(clock()), f"FIRED r [{id_}]", body)
        store.enqueue(message, [target.key for target in targets])
    return ids


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def settled(sending: Delivery) -> None:
    """Set the workers to work, and wait for them."""
    sending.deliver()
    for worker in list(sending._workers.values()):
        worker.join(20)


def test_messages_arrive_once_in_order_with_their_ids(store: Store, sink: Receiver) -> None:
    clock, target = Clock(), webhook(sink.url)
    ids = enqueue(store, clock, target, count=120)
    settled(delivery(store, clock, target))
    assert sink.ids == ids == sink.keys
    assert store.outbox() == []


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        ("refuse", "it answered HTTP 503"),
        ("redirect", "it answered HTTP 302"),
        ("late", "no answer in time"),
        ("die", "the connection broke before the answer"),
        ("die_early", "the connection broke"),
    ],
)
def test_what_was_not_accepted_is_sent_again_with_the_same_id(
    store: Store, sink: Receiver, behaviour: str, why: str
) -> None:
    clock, target = Clock(), webhook(sink.url)
    ids = enqueue(store, clock, target, count=3)
    sending = delivery(store, clock, target)
    sink.behaviour = behaviour
    settled(sending)
    (first, *_) = store.outbox()
    assert (first["attempts"], first["next_at"]) == (1, 10_005)
    assert first["last_error"].startswith(why)
    settled(sending)  # not due yet
    assert store.outbox()[0]["attempts"] == 1
    sink.behaviour, clock.now = "ok", clock.now + 5
    settled(sending)
    assert sink.accepted == ids
    assert store.outbox() == []


def test_nobody_listens_and_no_error_tells_the_url(store: Store) -> None:
    clock, target = Clock(), webhook("http://s3cretuser:s3cretpass@127.0.0.1:9/s3cretpath?k=s3cretkey")
    enqueue(store, clock, target)
    settled(delivery(store, clock, target))
    (row,) = store.outbox()
    assert row["last_error"] == "no connection"
    assert "s3cret" not in str(row) + target.shown + repr(target)


def test_a_sink_that_hangs_holds_up_no_other_and_no_evaluation(store: Store, sink: Receiver) -> None:
    clock = Clock()
    with receiver() as hanging:
        hanging.behaviour = "late"
        targets = (webhook(hanging.url), webhook(sink.url))
        ids = enqueue(store, clock, *targets, count=5)
        sending = delivery(store, clock, *targets)
        began = time.monotonic()
        sending.deliver()
        assert time.monotonic() - began < 0.25
        until(lambda: sink.accepted == ids)
        settled(sending)
    assert {row["target"] for row in store.outbox()} == {targets[0].key}


def test_a_message_that_nobody_wants_holds_up_the_others_for_some_attempts_only(store: Store, sink: Receiver) -> None:
    clock, target = Clock(), webhook(sink.url)
    enqueue(store, clock, target, count=2)
    sending = delivery(store, clock, target)
    sink.behaviour = "refuse"
    for attempt in range(1, HOLDS_UP + 1):
        settled(sending)
        assert sink.ids.count("id-000") == attempt
        clock.now += pause_s(attempt)
    assert sink.ids.count("id-001") == 1


def test_pauses_grow_to_ten_minutes() -> None:
    assert [pause_s(attempts) for attempts in (1, 2, 3, 7, 8, 9, 1_000)] == [5, 10, 20, 320, 600, 600, 600]


def test_a_clock_that_is_set_back_holds_no_message_up(store: Store, sink: Receiver) -> None:
    clock, target = Clock(now=1_000_000.0), webhook(sink.url)
    ids = enqueue(store, clock, target)
    clock.now = 10_000.0
    settled(delivery(store, clock, target))
    assert sink.ids == ids


def test_after_the_stated_age_it_is_given_up(store: Store, sink: Receiver) -> None:
    clock, target = Clock(), webhook(sink.url)
    enqueue(store, clock, target)
    sink.behaviour = "refuse"
    sending = delivery(store, clock, target, give_up_after_s=100)
    settled(sending)
    clock.now += 101
    settled(sending)
    assert [row["given_up_at"] for row in store.outbox()] == [10_101]
    assert len(sink.ids) == 1


def test_apprise_sends_plain_text_with_the_id(store: Store, sink: Receiver) -> None:
    clock = Clock()
    target = Target(sink.url.replace("http://", "json://"), is_webhook=False)
    (id_,) = enqueue(store, clock, target)
    settled(delivery(store, clock, target))
    assert store.outbox() == []
    (body,) = sink.arrived
    assert (body["title"], body["message"]) == (f"FIRED r [{id_}]", f"something happened\nid {id_}")


def test_apprise_s_failures_tell_no_secret(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    urls = ("json://127.0.0.1:9/s3cretpath", "nonsense://s3crethost")
    targets = [Target(url, is_webhook=False) for url in urls]
    enqueue(store, clock, *targets)
    settled(delivery(store, clock, *targets))
    errors = {row["target"]: row["last_error"] for row in store.outbox()}
    assert [errors[target.key] for target in targets] == [
        "the service did not accept it",
        "apprise does not understand this URL",
    ]
    assert "s3cret" not in str(store.outbox()) + "".join(target.shown for target in targets)
    assert "s3cret" not in "".join(capsys.readouterr())

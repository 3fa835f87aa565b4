"""`kill -9` of a real process while alerts fire: every message arrives with its id, and none is lost or made up."""

import json
import random
import signal
import subprocess
import sys
import time
from typing import Any

from sqlalchemy import select

from indexer.store import Store
from indexer.store.tables import ALERT_MESSAGE
from tests.store.made import NewUrl
from tests.store.mortal_alerts import alerts_over
from tests.unit.reports.alerts.servers import open_after, receiver
from tests.unit.reports.stored import changes_of, write_store

KILLS = {"sqlite": 4, "postgresql": 2}
BLOCKS = (2, 8)
"""After so many blocks at least and at most, and a random moment more."""


def killed_after(url: str, webhook: str, blocks: int, seconds: float) -> None:
    """Let the program tell of so many blocks and work a little longer, then end it without a warning."""
    command = [sys.executable, "-m", "tests.store.mortal_alerts", url, webhook]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    assert process.stdout is not None
    said = (line for line in process.stdout if line == "said\n")  # the others are logs
    assert len([line for _, line in zip(range(blocks), said, strict=False)]) == blocks
    time.sleep(seconds)
    assert process.poll() is None, "it died by itself"
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    process.stdout.close()


def test_every_alert_arrives_over_kills(new_url: NewUrl) -> None:
    dice = random.Random(7)
    url = write_store(new_url(), changes_of())
    kills = KILLS[url.partition(":")[0]]
    with receiver() as sink:
        for turn in range(kills):
            sink.behaviour = ("ok", "die", "ok", "late")[turn % 4]
            killed_after(url, sink.url, dice.randint(*BLOCKS), dice.uniform(0, 0.1))
        sink.behaviour = "ok"
        with Store.open(url) as store:
            alerts = alerts_over(store, sink.url)
            alerts.delivery._clock = lambda: time.time() + 10_000  # whatever was put off is due
            alerts.deliver()
            for worker in alerts.delivery._workers.values():
                worker.join(60)
            assert store.outbox() == []
            told = messages(store)
            still_open = {alert.subject for alert in store.open_alerts()}
    assert len(told) >= BLOCKS[0] * kills
    assert set(sink.accepted) == {body["id"] for body in told}
    assert sink.ids == sink.keys
    assert len({body["id"] for body in told}) == len(told)
    assert open_after(told) == still_open


def messages(store: Store) -> list[dict[str, Any]]:
    with store._reading() as connection:
        return [json.loads(row.body) for row in connection.execute(select(ALERT_MESSAGE).order_by("number"))]

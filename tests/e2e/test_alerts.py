"""The service on a living chain: a crash is told to a webhook, and so is the end of it, over a `kill -9`."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.devnet import Devnet
from tests.e2e.command import Indexer
from tests.e2e.test_stopping import told_to_stop, wait_for_cursor
from tests.unit.reports.alerts.servers import Receiver, open_after, receiver

pytestmark = pytest.mark.node


def subjects(sink: Receiver, event: str) -> set[str]:
    return {one["subject"] for body in sink.arrived if body["event"] == event for one in body["subjects"]}


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it was not told"
        time.sleep(0.05)


def test_a_crash_is_told_and_its_end_too(own: Indexer, own_database: Path, playground: Devnet) -> None:
    rule = {"name": "crash", "kind": "state", "states": ["liquidatable", "bad_debt"]}
    with receiver() as sink:
        service = own.with_env(
            INDEXER_SCHEDULE__POLL_S="0.1",
            INDEXER_SCHEDULE__VERIFY_EVERY_S="0",
            INDEXER_ALERTS__EVERY_S="1",
            INDEXER_ALERTS__COOLDOWN_S="1",
            INDEXER_ALERTS__RULES=json.dumps([rule]),
            INDEXER_ALERTS__WEBHOOKS=sink.url,
        )
        process = service.start("run")
        until(lambda: sink.arrived)  # who was under water before
        before = subjects(sink, "fired")
        playground.crash("WETH", 3_000)
        until(lambda: subjects(sink, "fired") > before)
        fallen = subjects(sink, "fired") - before
        process.kill()
        process.communicate(timeout=60)
        again = service.start("run")
        playground.crash("WETH", -9_000)
        wait_for_cursor(own_database, playground.block_number)
        until(lambda: subjects(sink, "resolved") & fallen)
        code, err = told_to_stop(again, signal.SIGTERM)
    assert code == 0, err
    assert "s3cret" not in err
    told = {body["id"]: body for body in sink.arrived}.values()  # what came twice has the same id
    listed = own.run("alerts", "--format", "json")
    assert listed.code == 0, listed.err
    still = {row["subject"] for row in listed.answer["alerts"]}
    assert fallen - still <= subjects(sink, "resolved")
    assert listed.answer["outbox"] or open_after(told) == still

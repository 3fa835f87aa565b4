"""Ctrl-C and SIGTERM at any time: exit 0, nothing half written, and the next sync goes on."""

import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from scripts.devnet import Devnet
from tests.e2e.command import Indexer, said
from tests.e2e.conftest import Given

pytestmark = pytest.mark.node


def told_to_stop(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    """Send a signal; exit code and stderr."""
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert out == ""
    assert "Traceback" not in err
    return process.returncode, err


def wait_for_cursor(database: Path, at_least: int) -> None:
    """Wait until the database's cursor is at a block."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                row = connection.execute("SELECT cursor_number FROM chain").fetchone()
            connection.close()
        except sqlite3.OperationalError:
            row = None
        if row is not None and row[0] is not None and row[0] >= at_least:
            return
        time.sleep(0.05)
    raise AssertionError(f"the cursor did not reach {at_least}")


@pytest.mark.parametrize(("number", "after"), [(signal.SIGINT, 185), (signal.SIGTERM, 200)])
def test_sync_stops_and_goes_on_later(
    synced: Indexer, given: Given, devnet: Devnet, tmp_path: Path, number: int, after: int
) -> None:
    command = synced.on(tmp_path / "new.db")
    process = command.start("sync")
    wait_for_cursor(tmp_path / "new.db", after)
    code, err = told_to_stop(process, number)
    assert code == 0, err
    assert command.run("sync", "--once").code == 0
    answer = command.run("at-risk", "--format", "json").answer
    assert answer["block_hash"] == devnet.tip_hash
    assert said(answer) == said(given("at-risk", "--format", "json").answer)


def test_the_service_follows_verifies_and_ends_in_order(own: Indexer, own_database: Path, playground: Devnet) -> None:
    service = own.with_env(
        INDEXER_SCHEDULE__VERIFY_EVERY_S="1",
        INDEXER_SCHEDULE__HOUSEKEEPING_EVERY_S="1",
        INDEXER_SCHEDULE__POLL_S="0.1",
    )
    process = service.start("run")
    playground.mine()
    wait_for_cursor(own_database, playground.block_number)
    time.sleep(4)
    code, err = told_to_stop(process, signal.SIGTERM)
    assert code == 0, err
    assert "verified" in err
    with sqlite3.connect(own_database) as connection:
        runs = {row[0]: row[1:] for row in connection.execute("SELECT name, last_finished, last_error FROM job_run")}
    connection.close()
    assert runs.keys() == {"verify", "housekeeping"}
    assert all(finished is not None and error is None for finished, error in runs.values())


def test_a_reader_that_has_seen_enough_is_no_traceback(synced: Indexer) -> None:
    process = synced.start("accounts", "--format", "json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert err == ""

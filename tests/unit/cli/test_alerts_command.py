"""`indexer alerts` and `indexer alerts test` as a person types them, and what `doctor` says of alerts."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.cli.entry import main
from indexer.reports.alerts.rules import Target
from indexer.store import OpenAlert, Outgoing, Store
from tests.unit.reports.alerts.servers import Receiver, receiver
from tests.unit.reports.stored import LIQUIDATABLE, changes_of, write_store

DEAD = "http://127.0.0.1:9/s3cretdead?token=s3crettoken"
FACTS = {"deployment": "d", "account": LIQUIDATABLE, "state": "liquidatable", "debt_usd": 17_000.0}


@pytest.fixture
def sink() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sink: Receiver) -> Path:
    """A folder with a database and a configuration of two rules, one of which tells a dead target."""
    write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "indexer.toml").write_text(
        f'[alerts]\nwebhooks = ["{sink.url}"]\n[[alerts.rules]]\nname = "good"\nkind = "state"\n'
        f'[[alerts.rules]]\nname = "bad"\nkind = "state"\nwebhooks = ["{DEAD}"]\n'
    )
    return tmp_path


def test_a_test_reaches_every_target_and_fails_where_one_does(
    folder: Path, sink: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "test", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    rows = json.loads(out)["targets"]
    assert [(row["ok"], row["why"]) for row in rows] == [(True, None), (False, "no connection")]
    assert rows[1]["target"] == "http://127.0.0.1:9/…"
    assert "s3cret" not in out + err
    (body,) = sink.arrived
    assert (body["event"], body["id"], sink.keys) == ("test", rows[0]["id"], [body["id"]])
    assert folder.exists()


@pytest.mark.usefixtures("folder")
def test_a_test_of_one_rule_tries_its_targets_alone(sink: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "test", "--rule", "good", "--format", "table"]) == 0
    assert "accepted" in capsys.readouterr().out
    assert [body["rule"] for body in sink.arrived] == ["good"]
    assert main(["alerts", "test", "--rule", "god"]) == 2
    assert "there is no rule 'god' in the configuration; there are: good, bad" in capsys.readouterr().err


def test_without_a_target_it_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["alerts", "test"]) == 2
    assert "write to (apprise URLs) or webhooks under [alerts]" in capsys.readouterr().err


def test_what_is_open_and_what_waits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = int(time.time())
    with Store.open(f"sqlite:///{folder}/indexer.db") as store:
        store.save_alerts([OpenAlert("bad", f"d|{LIQUIDATABLE}|", 2, 17_000.0, now, 100, "0x64", None, FACTS)])
        store.enqueue(
            Outgoing("an-id", "bad", "fired", now - 1_000, "FIRED", "{}"), [Target(DEAD, is_webhook=True).key]
        )
        store.save_failed(1, Target(DEAD, is_webhook=True).key, "no connection", attempts=4, next_at=now)
    assert main(["alerts", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["block_number"], answer["chain_id"], len(answer["alerts"])) == (100, 1, 1)
    assert [(row["target"], row["attempts"]) for row in answer["outbox"]] == [("http://127.0.0.1:9/…", 4)]
    assert main(["alerts", "--format", "table"]) == 0
    out = capsys.readouterr().out
    assert "$17,000" in out
    assert "1 open · 1 deliveries wait · 0 given up" in out
    assert main(["alerts", "--rule", "good", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["alerts"] == []


def test_doctor_sees_a_stuck_outbox_and_what_was_given_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now, dead = int(time.time()), Target(DEAD, is_webhook=True).key
    with Store.open(f"sqlite:///{folder}/indexer.db") as store:
        store.enqueue(Outgoing("old", "bad", "fired", now - 2_000, "FIRED", "{}"), [dead])
        store.give_up(now - 1_500, now)
        store.enqueue(Outgoing("stuck", "bad", "fired", now - 1_000, "FIRED", "{}"), [dead, "gone"])
    assert main(["doctor", "--format", "json"]) == 1  # no node is set here
    checks = [row for row in json.loads(capsys.readouterr().out)["checks"] if row["check"].startswith("alert")]
    said = [(row["status"], row["found"]) for row in checks]
    assert said[0][0] == "ok"
    assert said[0][1].startswith("2 rules tell 2 targets: http://127.0.0.1:")
    assert [status for status, _ in said[1:]] == ["warn", "warn", "fail"]
    assert "1 messages wait for http://127.0.0.1:9/…" in said[1][1]
    assert "a target that the configuration no longer names" in said[2][1]
    assert "s3cret" not in str(checks)

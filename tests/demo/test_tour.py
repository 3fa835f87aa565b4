"""The tour itself, and that nothing it started outlives it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.node

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240


@contextmanager
def tour(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "scripts.demo_tour", "--folder", str(folder), *arguments]
    # The node of someone's own must not be asked by a demo.
    environment = os.environ | {"INDEXER_NODE__URL": "http://127.0.0.1:9", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                running.terminate()


def processes_that_name(text: str) -> list[str]:
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if text in line]


def port_of(line: str) -> str:
    return line.rpartition(":")[2].strip().rstrip(".")


def test_the_whole_tour_ends_well(tmp_path: Path) -> None:
    with tour(tmp_path / "demo", "--exit") as running:
        said, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0, said
    expected = [
        "$ indexer sync --once",
        "$ indexer at-risk",
        "WETH falls by",
        "at_risk -> liquidatable",
        "$ indexer explain 0x",
        "$ indexer verify --all",
        "/v1/at-risk?sort=debt&limit=3'",
        "/v1/stream'",
        "event: block",
        "$ indexer snapshot --out snapshots",
        "$ indexer report --out reports",
        "INDEXER_NODE__URL=",
    ]
    places = [said.find(text) for text in expected]
    assert -1 not in places, said
    assert places == sorted(places)
    assert "Traceback" not in said


@pytest.mark.parametrize(("number", "until"), [(signal.SIGINT, "falls by"), (signal.SIGTERM, "The chain stands at")])
def test_an_interruption_stops_everything_that_was_started(tmp_path: Path, number: signal.Signals, until: str) -> None:
    with tour(tmp_path / "demo", "--protocols") as running:
        assert running.stdout is not None
        port, lines = "", []
        for line in running.stdout:
            lines.append(line)
            if line.startswith("The chain stands at block"):
                port = port_of(line)
            if until in line:
                break
        assert processes_that_name(f"--port {port}"), lines
        running.send_signal(number)
        rest = running.stdout.read()
        running.wait(30)
    assert running.returncode == 130
    assert "everything the demo started is stopped" in rest
    assert "Traceback" not in rest
    assert processes_that_name(f"--port {port}") == []


def test_a_chain_that_cannot_start_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with tour(tmp_path / "demo", "--exit", "--port", str(taken.getsockname()[1])) as running:
            said, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 1, said
    assert "scripts/demo: anvil did not answer" in said
    assert "Traceback" not in said

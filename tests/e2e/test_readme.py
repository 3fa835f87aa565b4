"""Every command of the README's three sections, as its reader types it: in a shell's words, one folder, one service."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.api_process import Running, answering
from tests.e2e.command import LONGEST_S, Indexer

pytestmark = pytest.mark.node

ROOT = Path(__file__).resolve().parents[2]
AT = "http://127.0.0.1:8580"
_FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TITLE = "\n## Three who knock\n"


def commands() -> list[str]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition(_TITLE)[2].partition("\n## ")[0]
    lines = [line for block in _FENCE.findall(section) for line in block.splitlines()]
    return [re.sub(r"\s+# .*", "", line) for line in lines]


def test_there_are_commands_for_all_three() -> None:
    assert {"indexer run", "indexer solvency", "indexer report --out reports"} <= set(commands())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader is."""
    return tmp_path_factory.mktemp("reader")


@pytest.fixture(scope="module")
def service(synced: Indexer, database: Path, folder: Path) -> Iterator[Running]:
    """What `indexer run`, the first of the commands, started, over a copy of the synced database."""
    for file in database.parent.glob(f"{database.name}*"):
        shutil.copy(file, folder / file.name)
    with answering(synced.on(folder / database.name), "run") as running:
        while httpx.get(f"{running.url}/readyz").status_code != httpx.codes.OK:
            time.sleep(0.1)
        yield running


@pytest.mark.parametrize("line", [line for line in commands() if line != "indexer run"])
def test_it_does_what_it_says(line: str, synced: Indexer, database: Path, service: Running, folder: Path) -> None:
    program, *arguments = shlex.split(line.replace(AT, service.url))
    if program == "indexer":
        done = whole([sys.executable, "-m", "indexer", "--config", str(synced.config), *arguments],
                     folder, synced.on(folder / database.name).whole_environment())  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout
    elif program == "python":
        assert "watched" in until("watched", [sys.executable, str(ROOT / arguments[0]), *arguments[1:]])
    elif "-N" in arguments:
        assert "event: block" in until("event: block", curl(arguments))
    else:
        assert '"block_hash":"0x' in whole(curl(arguments), folder).stdout


def curl(arguments: list[str]) -> list[str]:
    found = shutil.which("curl")
    if found is None:
        pytest.skip("this machine has no curl")
    return [found, *arguments]


def whole(
    command: list[str], folder: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the README's
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )


def until(text: str, command: list[str]) -> str:
    """What it says up to the first line with `text`; then it is told to end."""
    said = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - the README's
        try:
            for line in running.stdout or ():
                said += line
                if text in line:
                    break
        finally:
            running.terminate()
    return said

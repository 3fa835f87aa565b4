"""Exit codes and error lines of the command itself, without a node."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from indexer.cli import logs, main, secrets
from indexer.cli.app import COMMANDS, NAMES, app_with

ROOT = Path(__file__).resolve().parents[3]
OTHERS = {"web3", "matplotlib", "networkx", "apscheduler", "psycopg", "alembic"}
SLOW = OTHERS | {"sqlalchemy", "numpy", "httpx"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("INDEXER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(secrets, "_pieces", [])


def error(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == main([]) == 0
    out = capsys.readouterr().out
    assert all(f" {name} " in out for name in NAMES)


def test_a_command_not_asked_for_is_shown_as_it_is_shown_when_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = [CliRunner().invoke(app_with(wanted), ["--help"]).output for wanted in ((), NAMES)]
    assert shown[0] == shown[1]
    assert all(one.line in shown[0] for one in COMMANDS)


def loaded_by(arguments: list[str]) -> set[str]:
    """The packages that a command of its own process loaded."""
    program = f"import sys; from indexer.cli import main; main({arguments!r}); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    return {name.partition(".")[0] for name in ran.stderr.split()}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["nope"]])
def test_what_is_no_command_loads_nothing_that_takes_long(arguments: list[str]) -> None:
    assert loaded_by(arguments) & {*SLOW, "typer"} == {"typer"}


def test_a_list_loads_nothing_that_only_other_commands_need() -> None:
    assert loaded_by(["markets", "--help"]) & {*OTHERS, "sqlalchemy"} == {"sqlalchemy"}


def test_the_shell_completes_an_option_of_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_INDEXER_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "indexer at-risk --proj")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit):
        main([])
    assert "--projections" in capsys.readouterr().out


@pytest.mark.parametrize("command", sorted(NAMES))
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"indexer {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("indexer ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope"], "No such command 'nope'"),
        (["at-risk", "--nope"], "No such option: --nope"),
        (["account"], "Missing argument 'ADDRESS'"),
        (["account", "0x1"], "not an address"),
        (["at-risk", "--within-drop", "200%"], "no price fall"),
        (["--config", "none.toml", "at-risk"], "there is no configuration file none.toml"),
        (["at-risk"], "there is no database at indexer.db"),
        (["sync", "--once"], "no Ethereum node is set"),
        (["run"], "no Ethereum node is set"),
        (["verify", "--all"], "no Ethereum node is set"),
    ],
)
def test_a_mistake_is_one_line_and_two(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    line = error(capsys)
    assert line.startswith("error: ")
    assert says in line


def test_a_url_that_is_none_keeps_its_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INDEXER_NODE__URL", "ftp://user:s3cret@host/k3y")
    assert main(["sync"]) == 2
    line = error(capsys)
    assert "s3cret" not in line
    assert "k3y" not in line


def test_doctor_without_anything_fails_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--format", "table"]) == 1
    out = capsys.readouterr().out
    assert "set INDEXER_NODE__URL" in out


def test_logs_lose_secrets_and_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    logs.keep_secret(["http://user:s3cret@host:1/k3yk3y"])
    logs.configure("info", "json")
    structlog.get_logger().warning("seen", url="http://user:s3cret@host:1/k3yk3y", symbol="A\x1b[2J")
    err = capsys.readouterr().err
    assert "s3cret" not in err
    assert "k3yk3y" not in err
    assert "\\u001b" not in err
    assert secrets.scrubbed("the node at http://host:1") == "the node at http://host:1"

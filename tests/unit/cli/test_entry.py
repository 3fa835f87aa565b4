"""Exit codes and error lines of the command itself, without a node."""

import os
from pathlib import Path

import pytest
import structlog

from indexer.cli import logs, main
from indexer.cli.app import app

COMMANDS = {
    "sync",
    "run",
    "at-risk",
    "account",
    "explain",
    "accounts",
    "markets",
    "prices",
    "verify",
    "doctor",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("INDEXER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "_secrets", [])


def error(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert {command.name for command in app.registered_commands} == COMMANDS
    assert main(["--help"]) == main([]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
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
    assert logs.scrubbed("the node at http://host:1") == "the node at http://host:1"

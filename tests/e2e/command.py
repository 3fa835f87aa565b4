"""Running `indexer` as a person or a program would: another process, its own environment."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.forked import run_forked

LONGEST_S = 120
COMMAND = (sys.executable, "-m", "indexer")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """Its stdout as JSON."""
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed

    @property
    def error(self) -> str:
        """Its one error line."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0].removeprefix("error: ")


@dataclass(frozen=True)
class Indexer:
    """The command with a configuration file and an environment."""

    config: Path
    environment: Mapping[str, str]

    def with_env(self, **environment: str) -> "Indexer":
        """The same command in another environment."""
        return Indexer(self.config, {**self.environment, **environment})

    def on(self, database: Path) -> "Indexer":
        """The same command with another database."""
        return self.with_env(INDEXER_DATABASE__URL=f"sqlite:///{database}")

    def without_node(self) -> "Indexer":
        """The same command, its node unreachable."""
        return self.with_env(INDEXER_NODE__URL="http://127.0.0.1:9", INDEXER_NODE__ATTEMPTS="1")

    def run(self, *arguments: str) -> Ran:
        """Run to its end, in a process forked from one that has loaded the program."""
        given = ("--config", str(self.config), *arguments)
        done = run_forked(given, self.whole_environment(), LONGEST_S)
        return Ran(done.returncode, done.stdout, done.stderr)

    def run_alone(self, *arguments: str) -> Ran:
        """Run to its end as a shell would: a new interpreter that loads everything itself, a second or two more."""
        done = subprocess.run(  # noqa: S603 - our own command
            [*COMMAND, "--config", str(self.config), *arguments],
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
            env=self.whole_environment(),
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start and let it run."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, "--config", str(self.config), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.whole_environment(),
        )

    def whole_environment(self) -> dict[str, str]:
        """This process's environment without settings of ours, and the command's own; a free port for its API."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("INDEXER_")}
        return {**kept, "COLUMNS": "100", "INDEXER_API__PORT": "0", **self.environment}


def said(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of an answer without what `verify` noted meanwhile."""
    return [{name: value for name, value in row.items() if name != "verified_block"} for row in answer["accounts"]]

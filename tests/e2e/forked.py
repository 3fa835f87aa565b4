"""A command in a process of its own that need not load the program first: a server has loaded it once, and forks.

All but the loading is its own: memory, environment, stdout, stderr, exit code. What the loading, the interpreter's end
or a signal is part of is tested with `Indexer.run_alone` and `Indexer.start`.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from indexer.cli import main
from indexer.cli.app import COMMANDS

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "tests.e2e.forked",
        "web3",
        *sorted({f"indexer.cli.commands.{one.module}" for one in COMMANDS}),
    ]
)
_ONE_AT_A_TIME = Lock()  # who starts a process looks after all of them, and two that look at once are told nonsense


def run_forked(
    arguments: Sequence[str], environment: Mapping[str, str], longest_s: float
) -> subprocess.CompletedProcess[str]:
    """Run `indexer` with these arguments to its end, as subprocess.run would. Raises TimeoutExpired."""
    with _ONE_AT_A_TIME, TemporaryDirectory(prefix="forked-") as name:
        out, err = Path(name) / "out", Path(name) / "err"
        process = _FORKS.Process(target=_command, args=(list(arguments), dict(environment), out, err))
        process.start()
        process.join(longest_s)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), longest_s, out.read_text(), err.read_text())
        code = process.exitcode
        process.close()
        return subprocess.CompletedProcess(list(arguments), code, out.read_text(), err.read_text())


def _command(arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in ((sys.stdout, out), (sys.stderr, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
    sys.exit(main(arguments))

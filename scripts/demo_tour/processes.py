"""Processes of the demo: the real `indexer` in front and in the background, and how they end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

INDEXER = Path(sys.executable).with_name("indexer")
PATIENCE_S = 5.0


class ProcessFailed(Exception):
    """A command of the tour ended with an error; what it said stands above, or in the message."""


def run_in_front(arguments: Sequence[str], folder: Path) -> None:
    """Run `indexer …` on our own terminal. Raises ProcessFailed."""
    sys.stdout.flush()
    code = subprocess.run([INDEXER, *arguments], cwd=folder, check=False).returncode
    if code:
        raise ProcessFailed(f"`indexer {' '.join(arguments)}` ended with exit code {code}")


class Background:
    """An `indexer …` that goes on beside the tour; what it says goes to a file."""

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        self._shown = " ".join(("indexer", *arguments))
        self._said = folder / f"{arguments[0]}.log"
        with self._said.open("wb") as output:
            # A session of its own: Ctrl-C reaches the tour alone, which then ends this in order.
            self._process = subprocess.Popen(
                [INDEXER, *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise ProcessFailed when it has ended."""
        if self._process.poll() is not None:
            said = self._said.read_text(errors="replace")[-2000:]
            raise ProcessFailed(f"`{self._shown}` ended with exit code {self._process.returncode}:\n{said}")

    def stop(self) -> None:
        """End it by its id."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextmanager
def in_background(arguments: Sequence[str], folder: Path) -> Iterator[Background]:
    """A Background that ends with the block."""
    running = Background(arguments, folder)
    try:
        yield running
    finally:
        running.stop()


def end_children() -> None:
    """End what an interruption left behind, such as a compiler, by the ids of our own children."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for pid in _descendants(os.getpid()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_S
    with suppress(ChildProcessError):  # raised when none is left
        while time.monotonic() < deadline:
            os.waitpid(-1, os.WNOHANG)
            time.sleep(0.05)


def _descendants(ancestor: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    found = [ancestor]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]

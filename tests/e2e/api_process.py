"""`indexer serve` and `indexer run` in processes of their own, found by the line that names their address."""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.e2e.command import LONGEST_S, Indexer

_URL = re.compile(r"url=(http://\S+)")


@dataclass
class Running:
    """A process that answers."""

    process: subprocess.Popen[str]
    url: str = ""
    lines: list[str] = field(default_factory=list)
    _reading: threading.Thread | None = None

    def read(self) -> None:
        """Read stderr for ever, so that the process is never held up by it."""
        for line in self.process.stderr or ():
            self.lines.append(line)
            found = _URL.search(line)
            if found:
                self.url = found[1]

    def told(self, number: int) -> tuple[int, str]:
        """Send a signal; exit code and stderr."""
        self.process.send_signal(number)
        code = self.process.wait(60)
        if self._reading is not None:
            self._reading.join(10)
        return code, "".join(self.lines)


@contextmanager
def answering(command: Indexer, name: str) -> Iterator[Running]:
    """Start a command and wait until it answers; killed at the end if it still runs."""
    process = command.start(name)
    running = Running(process)
    running._reading = threading.Thread(target=running.read, daemon=True)
    running._reading.start()
    try:
        until = time.monotonic() + LONGEST_S
        while not running.url:
            assert process.poll() is None, "".join(running.lines)
            assert time.monotonic() < until
            time.sleep(0.05)
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        running._reading.join(10)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

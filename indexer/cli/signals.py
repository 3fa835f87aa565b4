"""Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

_HARD_EXIT = 130


@contextmanager
def stopping(stop: Event) -> Iterator[None]:
    """Inside, SIGINT and SIGTERM set `stop`; what is being stored is stored to its end. For the main thread."""

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.is_set() and number == signal.SIGINT:
            os._exit(_HARD_EXIT)  # every block is one transaction: what is not committed is not there
        stop.set()
        if number == signal.SIGINT:
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"stopping; Ctrl-C again stops at once\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

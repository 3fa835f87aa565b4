"""The command line: `indexer`, and `python -m indexer`."""

import sys
from collections.abc import Sequence
from importlib import import_module

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Everything is loaded in here: that takes a second, in which Ctrl-C must be no traceback either.
    """
    try:
        code: int = import_module("indexer.cli.entry").main(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return _INTERRUPTED
    return code

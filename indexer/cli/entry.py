"""From exceptions to exit codes: 0 fine, 1 a check failed, 2 the user's mistake or the node's, 70 ours.

An error is one line on stderr. Nothing here shows a traceback unless `--verbose` asks for it, and never a secret.
"""

import os
import sys
import traceback
from collections.abc import Sequence

from indexer.cli.app import NAMES, app_with
from indexer.cli.secrets import scrubbed
from indexer.errors import IndexerError

MISTAKE = 2
OURS = 70
INTERRUPTED = 130
_COMPLETING = "_INDEXER_COMPLETE"
_VERBOSE = frozenset(("-v", "--verbose"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # The shell asks for completions by an environment variable: then the line to complete is no argument.
    wanted = NAMES if _COMPLETING in os.environ else NAMES & set(given)
    try:
        code = app_with(wanted)(given, prog_name="indexer", standalone_mode=False)
    except KeyboardInterrupt:
        return INTERRUPTED
    except IndexerError as error:
        return _say(str(error), MISTAKE)
    except Exception as error:  # noqa: BLE001 - the last resort: one line, and how to see more
        usage = getattr(error, "format_message", None)
        if usage is not None:
            return _say(f"{_sentence(usage())} (see `indexer {_command(given)}--help`)", MISTAKE)
        if _VERBOSE & set(given):
            _say(traceback.format_exc().rstrip(), OURS)
        return _say(f"unexpected {type(error).__name__}: {error} (--verbose shows where; please report it)", OURS)
    return code if isinstance(code, int) else 0


def _say(line: str, code: int) -> int:
    sys.stderr.write(f"error: {scrubbed(line)}\n")
    return code


def _sentence(message: str) -> str:
    return " ".join(message.split()).rstrip(".")


def _command(given: Sequence[str]) -> str:
    """The command's name among the arguments, so that the help named is the right one."""
    return next((f"{word} " for word in given if word in NAMES), "")

"""Logs: structlog to stderr, as lines for people or JSON for machines. No secret of a URL ever passes."""

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

from indexer.cli.secrets import keep, scrubbed
from indexer.node.endpoint import redact, secret_pieces
from indexer.reports.text import harmless

_SILENT = ("httpx", "httpcore", "urllib3", "web3", "requests", "asyncio", "apprise")
"""Libraries that write whole URLs, keys included; what matters of theirs we say ourselves."""


def keep_secret(urls: Iterable[str]) -> None:
    """From now on no log and no error line repeats a secret piece of these URLs."""
    for url in urls:
        shown = redact(url)
        keep(piece for piece in secret_pieces(url) if piece not in shown)


def configure(level: str, layout: str) -> None:
    """Set up logging for this process. `level` as in `[log]`, `layout` "console" or "json"."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True),
            structlog.processors.format_exc_info,
            _safe,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
            if layout == "console"
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,  # sys.stderr changes while a progress bar is shown
    )
    _bridge_stdlib()


def _safe(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401
    """Secrets out, and what could move a terminal's cursor."""
    for key, value in event.items():
        if isinstance(value, str):
            lines = key == "exception"
            event[key] = scrubbed(value) if lines else harmless(scrubbed(value))
    return event


class _Bridge(logging.Handler):
    """Warnings of libraries, through our own renderer."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), logger=record.name)


def _bridge_stdlib() -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, _Bridge) for handler in root.handlers):
        root.addHandler(_Bridge(level=logging.WARNING))
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)

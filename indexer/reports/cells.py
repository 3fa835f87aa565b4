"""One cell of CSV, with nothing that a spreadsheet would run."""

import re

import msgspec

from indexer.reports.text import harmless

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def cell(value: object) -> str:
    """A value as text: nothing for None, nested values as JSON, no text that begins like a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return harmless(msgspec.json.encode(value).decode())
    text = str(value)
    if not isinstance(value, str) or _NUMBER.fullmatch(text):
        return text
    return "'" + harmless(text) if text.startswith(_FORMULA) else harmless(text)

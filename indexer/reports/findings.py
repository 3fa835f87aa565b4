"""What an examination finds: one line a check, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How bad it is. Only FAIL makes `doctor` end with 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `todo` says what to do; None where nothing is to be done."""

    check: str
    status: Status
    found: str
    todo: str | None = None

    def row(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {"check": self.check, "status": self.status.value, "found": self.found, "todo": self.todo}


def ok(check: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Status.OK, found)


def warn(check: str, found: str, todo: str) -> Finding:
    """It works, but not all of it."""
    return Finding(check, Status.WARN, found, todo)


def fail(check: str, found: str, todo: str) -> Finding:
    """It will not work."""
    return Finding(check, Status.FAIL, found, todo)

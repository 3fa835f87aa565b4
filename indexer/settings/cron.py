"""Cron expressions with a time zone: five fields as crontab(5) reads them, and when they are due next.

APScheduler walks the calendar, in wall-clock time without a zone; instants are made here, because its own arithmetic
runs a job twice when clocks go back. A time that clocks skip is due when they have gone forward; one that comes twice
is due once, unless the expression is for every hour.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from indexer.resources import when_used

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = 5
_LONGEST_SHIFT = timedelta(hours=3)
"""More than clocks are ever moved by."""
_PART = re.compile(r"(\*|[0-7a-z]+)(?:-([0-7a-z]+))?(?:/([1-9]\d*))?")


@dataclass(frozen=True, slots=True)
class Cron:
    """Raises ValueError, one line, for what is no expression or no zone."""

    expression: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        zone_name(self.timezone)
        cron_expression(self.expression)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time strictly after `moment`, in UTC; None where the calendar has no such day."""
        zone = ZoneInfo(self.timezone)
        start = moment.astimezone(zone).replace(tzinfo=None, fold=0) - _LONGEST_SHIFT
        found: datetime | None = None
        last: datetime | None = None
        for wall in _walls(self.expression, start):
            if last is not None and wall > last:
                break
            for instant in self._instants(wall, zone):
                if instant > moment and (found is None or instant < found):
                    found, last = instant, last or wall + _LONGEST_SHIFT
        return found

    def missed(self, last: datetime, now: datetime) -> bool:
        """Whether a time lies after `last` and not after `now`."""
        due = self.next_after(last)
        return due is not None and due <= now

    def _instants(self, wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """When clocks show `wall`: twice an instant of its own only where every hour is wanted."""
        first = wall.replace(tzinfo=zone).astimezone(UTC)
        yield first
        if self.expression.split()[1].startswith("*"):
            second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
            if second > first:
                yield second


def cron_expression(text: str) -> str:
    """The expression with single spaces. Raises ValueError."""
    shown = " ".join(text.split())
    fields = shown.split(" ")
    if len(fields) != _FIELDS:
        raise ValueError(
            f"{shown!r} has {len(fields)} fields: a cron expression has five, minute hour day month weekday"
        )
    if fields[2] != "*" and fields[4] != "*":
        raise ValueError(f"{shown!r} names days of the month and of the week: name one of them, * the other")
    try:
        _trigger(shown)
    except ValueError as error:
        raise ValueError(f"{shown!r} is no cron expression: {error}") from None
    if next(_walls(shown, datetime(2024, 1, 1)), None) is None:  # noqa: DTZ001 - wall-clock time
        raise ValueError(f"{shown!r} never comes: there is no such day")
    return shown


def zone_name(name: str) -> str:
    """A zone of the IANA database. Raises ValueError."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write a name like Europe/Berlin, or UTC") from None


def _walls(expression: str, start: datetime) -> Iterator[datetime]:
    """Every wall-clock time of the expression from `start` on."""
    trigger = _trigger(expression)
    at = start.replace(tzinfo=UTC)
    while (found := trigger.get_next_fire_time(None, at)) is not None:
        yield found.replace(tzinfo=None)
        at = found + timedelta(seconds=1)


@cache
def _trigger(expression: str) -> Any:  # noqa: ANN401 - a CronTrigger, loaded when a schedule is set at all
    """Wall-clock time stands in for UTC."""
    minute, hour, day, month, weekday = expression.split(" ")
    triggers = when_used("apscheduler.triggers.cron")
    return triggers.CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday.lower()), timezone=UTC
    )


def _weekdays(text: str) -> str:
    """By name: to cron 0 and 7 are Sunday, to APScheduler 0 is Monday."""
    if text == "*":
        return text
    found: set[str] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no day of the week: 0 to 7 or sun to sat")
        first, last, step = match.groups()
        low, high = (0, 6) if first == "*" else (_day(first), _day(last or first))
        if last and high < low and high == 0:
            high = 7
        if step and first != "*" and not last:
            high = 6
        if high < low:
            raise ValueError(f"{part!r} ends before it begins")
        found |= {_DAYS[day] for day in range(low, high + 1, int(step or 1))}
    return ",".join(day for day in _DAYS[:7] if day in found)


def _day(text: str) -> int:
    if text.isdecimal() and int(text) <= 7:
        return int(text)
    if text in _DAYS:
        return _DAYS.index(text)
    raise ValueError(f"{text!r} is no day of the week: 0 to 7 or sun to sat")

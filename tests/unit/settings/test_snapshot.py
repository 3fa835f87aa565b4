"""[snapshot]: when, in which time zone, and where."""

import re

import pytest
from pydantic import ValidationError

from indexer.settings import Settings


def test_a_schedule_needs_a_place_and_a_zone() -> None:
    given = Settings(
        snapshot={"cron": "15 0 * * *", "timezone": "Europe/Berlin", "out": "s3://bucket/archive"}
    ).snapshot
    assert (given.cron, given.timezone, given.out) == ("15 0 * * *", "Europe/Berlin", "s3://bucket/archive")
    assert Settings().snapshot.cron is None


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"cron": "15 0 * * *"}, "cron needs out"),
        ({"cron": "daily", "out": "x"}, "a cron expression has five"),
        ({"timezone": "Mars/Olympus"}, "is no time zone"),
        ({"timezone": "../../etc/passwd"}, "is no time zone"),
        ({"out": ""}, "at least 1 character"),
    ],
)
def test_mistakes_are_named(given: dict[str, str], line: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(line)):
        Settings(snapshot=given)

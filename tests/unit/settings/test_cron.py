"""Cron expressions: days of the week as crontab has them, clocks that go forward and back, what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import ConfigurationError
from indexer.settings import Cron, load


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(cron: Cron, start: str, count: int) -> list[str]:
    moment, found = at(start), []
    for _ in range(count):
        following = cron.next_after(moment)
        assert following is not None
        moment = following
        found.append(moment.strftime("%a %m-%d %H:%M"))
    return found


def test_a_time_of_day_is_the_zone_s() -> None:
    assert times(Cron("0 7 * * *", "Europe/Berlin"), "2026-03-27T12:00", 3) == [
        "Sat 03-28 06:00", "Sun 03-29 05:00", "Mon 03-30 05:00",
    ]  # fmt: skip


def test_a_time_that_clocks_skip_is_due_once_they_went_forward() -> None:
    """Half past two does not exist on 29 March: at that moment clocks show half past three."""
    assert times(Cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00", 2) == ["Sun 03-29 01:30", "Mon 03-30 00:30"]


def test_a_time_that_comes_twice_is_due_once() -> None:
    assert times(Cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00", 2) == ["Sun 10-25 00:30", "Mon 10-26 01:30"]


def test_every_hour_is_every_hour_also_when_clocks_go_back() -> None:
    found = times(Cron("0 * * * *", "Europe/Berlin"), "2026-10-24T22:30", 4)
    assert found == ["Sat 10-24 23:00", "Sun 10-25 00:00", "Sun 10-25 01:00", "Sun 10-25 02:00"]


@pytest.mark.parametrize(
    ("days", "named"),
    [("0", ["Sun"]), ("7", ["Sun"]), ("1", ["Mon"]), ("mon-fri", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
     ("5-7", ["Fri", "Sat", "Sun"]), ("sat,1", ["Mon", "Sat"]), ("*/3", ["Sun", "Wed", "Sat"])],
)  # fmt: skip
def test_days_of_the_week_are_those_of_cron(days: str, named: list[str]) -> None:
    found = {time[:3] for time in times(Cron(f"0 7 * * {days}"), "2026-11-20T12:00", 7)}
    assert found == set(named)


@given(
    st.sampled_from(["0 7 * * *", "30 2 * * *", "*/20 * * * *", "15 1,2,3 * * sun", "0 0 1 * *"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
)
@settings(max_examples=60, deadline=None)
def test_the_next_time_lies_ahead_and_nothing_lies_between(expression: str, zone: str, start: datetime) -> None:
    cron, moment = Cron(expression, zone), start.replace(tzinfo=UTC)
    following = cron.next_after(moment)
    assert following is not None
    assert following > moment
    middle = moment + (following - moment) / 2
    assert cron.next_after(middle) == following
    assert cron.missed(moment, following)
    assert not cron.missed(moment, following - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("line", "words"),
    [('cron = "0 7 * *"', "four|4 fields"), ('cron = "61 7 * * *"', "no cron expression"), ('cron = "daily"', "five"),
     ('cron = "0 7 * * 8"', "'8' is no day of the week"), ('cron = "0 7 31 2 *"', "never comes"),
     ('cron = "0 7 1 * 1"', "name one of them"), ('timezone = "Mars/Olympus"', "no time zone"),
     ('timezone = "../UTC"', "no time zone"), ('timezone = ""', "no time zone")],
)  # fmt: skip
def test_a_mistake_is_one_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f"[report]\n{line}\n")
    with pytest.raises(ConfigurationError, match=words) as raised:
        load(path)
    assert "\n" not in str(raised.value)


def test_without_an_expression_there_is_no_trigger(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[report]\ntimezone = "Europe/Berlin"\n')
    assert load(path).report.trigger is None
    path.write_text('[report]\ncron = "0  7 * * *"\ntimezone = "Europe/Berlin"\n')
    assert load(path).report.trigger == Cron("0 7 * * *", "Europe/Berlin")

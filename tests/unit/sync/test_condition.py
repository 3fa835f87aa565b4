"""The condition: since when, why, and a line a minute while it lasts."""

import structlog
from structlog.testing import capture_logs

from indexer.sync.condition import Activity, Condition, ConditionLog


def test_waiting_keeps_its_beginning_and_tells_the_latest_reason() -> None:
    kept = ConditionLog(100)
    kept.turn(Activity.FOLLOWING, 110)
    kept.wait("no answer", 120.5)
    kept.wait("HTTP 503", 130)
    assert kept.condition == Condition(Activity.WAITING, 120, "HTTP 503")
    assert not kept.condition.is_ready
    kept.turn(Activity.FOLLOWING, 140)
    assert kept.condition == Condition(Activity.FOLLOWING, 140)
    assert kept.condition.is_ready


def test_a_line_at_once_each_minute_and_at_the_end() -> None:
    structlog.reset_defaults()
    kept = ConditionLog(0)
    with capture_logs() as lines:
        for now in range(0, 150, 5):
            kept.wait("no answer", now)
        kept.turn(Activity.FOLLOWING, 150)
    assert [(line["event"], line["seconds"]) for line in lines] == [
        ("waiting", 0), ("waiting", 60), ("waiting", 120), ("the wait is over", 150),
    ]  # fmt: skip

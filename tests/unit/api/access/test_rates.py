"""Token buckets, on a clock that the test moves."""

import pytest

from indexer.api.access.rates import Rates


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_and_then_the_rate(clock: Clock) -> None:
    rates = Rates(60, 3, clock=clock)
    assert [rates.wait_s("bot") for _ in range(4)] == [0, 0, 0, 1]
    clock.now += 0.5
    assert rates.wait_s("bot") == 0.5
    clock.now += 0.5
    assert [rates.wait_s("bot"), rates.wait_s("bot")] == [0, 1]


def test_a_long_silence_saves_no_more_than_a_burst(clock: Clock) -> None:
    rates = Rates(60, 2, clock=clock)
    rates.wait_s("bot")
    clock.now += 86_400
    assert [rates.wait_s("bot") for _ in range(3)] == [0, 0, 1]


def test_clients_do_not_share(clock: Clock) -> None:
    rates = Rates(60, 1, clock=clock)
    assert [rates.wait_s(who) for who in ("one", "two", "one", "two")] == [0, 0, 1, 1]


def test_as_many_clients_as_wanted_are_remembered_and_not_one_more(clock: Clock) -> None:
    rates = Rates(60, 1, most=10, clock=clock)
    for number in range(1_000):
        assert rates.wait_s(str(number)) == 0
    assert len(rates) == 10
    assert rates.wait_s("999") > 0
    assert rates.wait_s("0") == 0  # forgotten, so it begins anew

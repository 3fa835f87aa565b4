"""Volatility of a ratio's own path: irregular times, prices that share what moves them, too few to tell."""

import random
from math import exp, sqrt

import pytest

from indexer.risk.metrics.volatility import FEWEST_MOVES, YEAR_S, ratio_path, volatility_of

HOUR = 3_600


def walk(annual: float, count: int, seed: int) -> list[tuple[int, int]]:
    """A log-normal price at irregular times."""
    dice = random.Random(seed)
    at, price, out = 1_000, 2_000 * 10**18, []
    for _ in range(count):
        out.append((at, price))
        gap = dice.randrange(60, 2 * HOUR)
        at += gap
        price = int(price * exp(dice.gauss(0, annual * sqrt(gap / YEAR_S))))
    return out


def test_it_finds_the_volatility_that_made_the_path() -> None:
    found = volatility_of(ratio_path({"eth": 1.0}, {}, {"eth": walk(0.8, 4_000, seed=7)}))
    assert found.annual == pytest.approx(0.8, rel=0.05)
    assert found.standard_error == pytest.approx(0.8 / sqrt(2 * 3_999), rel=0.05)


def test_steps_by_hand() -> None:
    path = [(hour * HOUR, 0.01 * (hour % 2)) for hour in range(FEWEST_MOVES + 1)]
    assert volatility_of(path).annual == pytest.approx(0.01 * sqrt(YEAR_S / HOUR))


def test_a_pair_that_moves_together_has_no_volatility_however_wild_each_is() -> None:
    ether = walk(0.8, 500, seed=1)
    staked = [(at, price * 11 // 10) for at, price in ether]
    found = volatility_of(ratio_path({"steth": 1.0}, {"eth": 0.7}, {"steth": staked, "eth": ether}))
    assert found.annual == pytest.approx(0, abs=1e-9)


def test_unrelated_sides_add_their_squares() -> None:
    paths = {"a": walk(0.6, 5_000, seed=2), "b": walk(0.8, 5_000, seed=3)}
    assert volatility_of(ratio_path({"a": 3.0}, {"b": 2.0}, paths)).annual == pytest.approx(1.0, rel=0.05)


def test_a_price_that_stood_still_counts_as_still() -> None:
    paths = {"eth": walk(0.8, 1_000, seed=4), "usd": [(0, 10**8)]}
    assert volatility_of(ratio_path({"eth": 1.0}, {"usd": 1.0}, paths)).annual == pytest.approx(0.8, rel=0.1)


def test_a_basket_moves_less_than_its_part() -> None:
    paths = {"eth": walk(0.8, 3_000, seed=5), "usd": [(0, 10**8)]}
    half = volatility_of(ratio_path({"eth": 1.0, "usd": 1.0}, {"usd": 1.0}, paths)).annual
    assert half is not None
    assert 0.2 < half < 0.6


@pytest.mark.parametrize("count", [0, 1, FEWEST_MOVES])
def test_too_few_moves_tell_nothing(count: int) -> None:
    found = volatility_of(ratio_path({"eth": 1.0}, {}, {"eth": walk(0.8, count, seed=6)}))
    assert found.annual is None
    assert found.standard_error is None
    assert found.moves == max(0, count - 1)


def test_a_market_without_prices_tells_nothing() -> None:
    assert ratio_path({"eth": 1.0}, {"usd": 1.0}, {"eth": walk(0.8, 100, seed=8)}) == []


def test_before_all_are_known_nothing_is_measured() -> None:
    paths = {"eth": [(0, 100), (10, 200), (20, 210)], "usd": [(15, 1)]}
    assert [at for at, _ in ratio_path({"eth": 1.0}, {"usd": 1.0}, paths)] == [15, 20]

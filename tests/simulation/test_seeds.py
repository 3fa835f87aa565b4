"""Whatever a seed does to chain, nodes, process and database: every answer on the way is true, every row at the end."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.simulation.conftest import EXHAUSTIVE, NewUrl
from tests.simulation.faults import Fault
from tests.simulation.simulation import Simulation

pytestmark = pytest.mark.long
# What each found when it was added; every read that a block gets more moves the dice, so some find it no longer.
NOTABLE = {
    3: "a commit's answer is lost, the next commit is not taken for another process's",
    5: "a node mixes in a header of a dead fork",
    8: "a range without a transfer: totals agree, accounts do not",
    9: "a range without its first mint: balances below zero",
    17: "a range without a reserve's listing: no known reserve misses anything",
    34: "a range is refused as too large",
}
SEEDS = sorted({*NOTABLE, *range(200 if EXHAUSTIVE else 15)})
injected: Counter[Fault] = Counter()
checked: list[int] = []
"""Accounts' answers compared with the contracts, by seed."""


@pytest.mark.parametrize("seed", SEEDS)
def test_seed(seed: int, new_url: NewUrl) -> None:
    simulation = Simulation(seed, new_url())
    try:
        simulation.run()
    finally:
        injected.update(simulation.faults.counts)
    checked.append(simulation.checked)
    assert simulation.compare(new_url()) > 50


def test_every_fault_was_injected(record_property: Callable[[str, object], None]) -> None:
    """Runs after the seeds of this file; alone it has nothing to count."""
    if not injected:
        pytest.skip("no seed ran before")
    for kind in Fault:
        record_property(kind.value, injected[kind])
    assert [kind for kind in Fault if not injected[kind]] == []
    record_property("answers compared", sum(checked))


def test_a_seed_replays_exactly(new_url: NewUrl) -> None:
    first, second = Simulation(4, new_url()), Simulation(4, new_url())
    first.run()
    second.run()
    assert first.faults.counts
    assert first.trace == second.trace
    assert first.faults.counts == second.faults.counts

"""What happens when nothing helps for a while: a state that says since when and why, and the way back."""

from collections.abc import Callable
from random import Random

import pytest

from indexer.errors import DatabaseError, DeepReorgError, ReconciliationFailed
from indexer.sync.condition import Activity, Condition
from indexer.sync.waiting import JOB
from tests.simulation.chain import FINALITY
from tests.simulation.conftest import NewUrl
from tests.simulation.faults import Fault, Faults
from tests.simulation.simulation import Indexer, Pauses, Simulation
from tests.store.made import dump

STEPS = 200


@pytest.fixture
def calm(new_url: NewUrl) -> Simulation:
    """A chain of forty blocks without faults."""
    simulation = Simulation(1, new_url(), handled=frozenset())
    simulation.target = 0
    while simulation.chain.head.number < 40:
        simulation.chain.mine()
    return simulation


def follow(simulation: Simulation, alive: Indexer, until: Callable[[int], bool]) -> None:
    """Follow until a pause at which `until` holds; it gets the number of the pause."""
    pauses = 0

    def passing(seconds: float) -> bool:
        nonlocal pauses
        pauses += 1
        simulation.clock += seconds
        return until(pauses) or pauses > STEPS

    alive.sync.follow(Pauses(passing))
    assert pauses <= STEPS, f"never came to it: {alive.sync.condition}"


def at_head(simulation: Simulation, alive: Indexer) -> bool:
    cursor = alive.store.cursor()
    return cursor is not None and cursor.hash == simulation.chain.head.hash


class TestNodeGone:
    def test_it_says_since_when_and_why_and_recovers_without_a_restart(self, calm: Simulation) -> None:
        with calm.indexer() as alive:
            follow(calm, alive, lambda _: at_head(calm, alive))
            assert alive.sync.condition.is_ready
            calm.node.outage, gone_at, seen = 10**6, int(calm.clock), list[Condition]()

            def watch(pause: int) -> bool:
                seen.append(alive.sync.condition)
                if pause == 20:
                    job = alive.store.job_runs()[JOB]
                    assert job.last_error is not None
                    assert "does not answer" in job.last_error
                    calm.node.outage = 0
                    calm.chain.mine()
                return pause > 20 and at_head(calm, alive)

            follow(calm, alive, watch)
            waiting = [condition for condition in seen if condition.activity is Activity.WAITING]
            assert len({condition.since for condition in waiting}) == 1
            assert 0 <= waiting[0].since - gone_at < 30
            assert "does not answer" in waiting[0].why
            assert alive.sync.condition.is_ready
            assert alive.store.job_runs()[JOB].last_error is None


class TestReorgBelowFinality:
    def test_it_stops_keeps_everything_and_says_what_to_do(self, calm: Simulation) -> None:
        with calm.indexer() as alive:
            follow(calm, alive, lambda _: at_head(calm, alive))
            before = dump(alive.store)
            calm.chain.finalized = 0
            calm.chain.reorg(FINALITY + 3, FINALITY + 6)
            with pytest.raises(DeepReorgError, match=r"nothing was undone\. Check that \[node\] url"):
                follow(calm, alive, lambda _: False)
            assert dump(alive.store) == before

    def test_a_reorg_down_to_finality_is_followed(self, calm: Simulation, new_url: NewUrl) -> None:
        with calm.indexer() as alive:
            follow(calm, alive, lambda _: at_head(calm, alive))
            calm.chain.reorg(FINALITY, FINALITY + 1)
            follow(calm, alive, lambda _: at_head(calm, alive))
        assert calm.compare(new_url()) > 100


class TestShortRanges:
    def test_a_node_that_always_answers_less_is_never_believed(self, calm: Simulation, new_url: NewUrl) -> None:
        calm.ranges = 2_000
        calm.node.faults = Faults(Random(2), frozenset({Fault.SHORT_RANGE}), 1.0)
        with calm.indexer() as alive:
            with pytest.raises(ReconciliationFailed, match="not add up"):
                alive.sync.once(Pauses(lambda _: False))
            assert alive.store.cursor() is None
            assert dump(alive.store)["change"] == []
            calm.node.faults.on = False
            follow(calm, alive, lambda _: at_head(calm, alive))
        assert calm.compare(new_url()) > 100


class TestTwoWriters:
    def test_waiting_does_not_let_a_second_writer_in(self, calm: Simulation) -> None:
        with calm.indexer() as one, calm.indexer() as other:
            follow(calm, one, lambda _: at_head(calm, one))
            with pytest.raises(DatabaseError, match="let only one `indexer` write"):
                self.take_turns(calm, one, other)

    def take_turns(self, calm: Simulation, *writers: Indexer) -> None:
        for _ in range(3):
            calm.chain.mine()
            for writer in writers:
                follow(calm, writer, lambda _, writer=writer: at_head(calm, writer))  # type: ignore[misc]

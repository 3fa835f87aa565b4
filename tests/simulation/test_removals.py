"""Each fault's handling matters: without it a named seed fails that passes with it."""

import pytest

from indexer.errors import IndexerError
from tests.simulation.conftest import EXHAUSTIVE, NewUrl
from tests.simulation.faults import Fault
from tests.simulation.mortal import Killed
from tests.simulation.removals import removed
from tests.simulation.simulation import Simulation

pytestmark = [pytest.mark.long, pytest.mark.skipif(not EXHAUSTIVE, reason="once in a while: scripts/test --exhaustive")]

NEEDS = {
    Fault.OTHER_CHAIN: {Fault.REFUSED},
    Fault.DEAD_FORK: {Fault.REORG, Fault.REFUSED},
    Fault.OLD_FORK: {Fault.REORG},
    Fault.OTHER_FORK: set(Fault),
}
"""Faults without which another cannot show."""
SEEDS = {
    Fault.REFUSED: 1, Fault.TIMEOUT: 3, Fault.RATE_429: 2, Fault.HTTP_503: 1, Fault.CUT_JSON: 1, Fault.WRONG_ID: 1,
    Fault.ITEM_RATE: 3, Fault.OUTAGE: 2, Fault.OTHER_CHAIN: 3, Fault.LAG: 1, Fault.NULL_HEADER: 9,
    Fault.OTHER_FORK: 27, Fault.OLD_FORK: 2, Fault.DEAD_FORK: 4, Fault.REMOVED: 1, Fault.SHORT_BLOCK: 3,
    Fault.SHORT_RANGE: 9, Fault.TOO_LARGE: 9, Fault.PRUNED: 2, Fault.CUT_CALL: 1, Fault.REORG: 1,
    Fault.TWO_REORGS: 1, Fault.KILL: 2, Fault.KILL_COMMIT: 1, Fault.DATABASE_GONE: 1, Fault.ANSWER_LOST: 3,
    Fault.STOP: 0,
}  # fmt: skip


def live(kind: Fault, new_url: NewUrl) -> None:
    simulation = Simulation(SEEDS[kind], new_url(), handled=frozenset({kind, *NEEDS.get(kind, set())}))
    simulation.run()
    simulation.compare(new_url())


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", SEEDS)
def test_without_its_handling_a_seed_fails(kind: Fault, new_url: NewUrl) -> None:
    live(kind, new_url)
    with removed(kind), pytest.raises((AssertionError, IndexerError, LookupError, Killed, ValueError)):
        live(kind, new_url)

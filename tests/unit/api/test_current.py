"""The thread that follows the store: every listener hears of every step, also where the database was away meanwhile."""

import pytest

from indexer.errors import DatabaseUnavailable
from indexer.reports.living import Step
from indexer.reports.rows import Row
from indexer.reports.snapshot import Snapshot
from tests.unit.api.doors import FIRST, House


def test_a_step_that_could_not_be_told_is_told_again(house: House) -> None:
    heard: list[int] = []
    faults = [DatabaseUnavailable("gone for now"), None]

    def failing(_: Snapshot, step: Step, __: list[Row]) -> None:
        fault = faults.pop(0)
        if fault is not None:
            raise fault
        heard.append(step.ref.number)

    house.current.listen(failing)
    with pytest.raises(DatabaseUnavailable):
        house.follow("a1", FIRST // 2)
    assert house.current.advance()
    assert heard == [101]
    assert not house.current.advance()

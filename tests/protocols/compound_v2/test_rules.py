"""Generations of the Comptroller: which one an implementation is, and when a market is deprecated."""

import pytest

from indexer.protocols.compound_v2.generations import generation
from indexer.protocols.compound_v2.rules import COMPOUND, V2_9, compound_rules
from indexer.units import WAD

DEPRECATED = {"collateral_factor": 0, "borrow_paused": 1, "reserve_factor": WAD}


@pytest.mark.parametrize(
    ("deprecated", "contributors", "expected"), [(0, 0, 9), (0, None, 9), (None, 0, 6), (None, None, 1)]
)
def test_a_generation_is_told_by_what_it_answers(
    deprecated: int | None, contributors: int | None, expected: int
) -> None:
    assert generation(deprecated, contributors) == expected


def test_an_unknown_implementation_has_no_rules() -> None:
    assert compound_rules({}) is None
    assert compound_rules({"generation": 0}) is None
    assert compound_rules({"generation": 9}) is V2_9


def test_deprecated_takes_all_three_signs() -> None:
    assert V2_9.is_forced({}, DEPRECATED)
    for field, other in {"collateral_factor": 1, "borrow_paused": 0, "reserve_factor": WAD - 1}.items():
        assert not V2_9.is_forced({}, {**DEPRECATED, field: other})
        if field != "collateral_factor":
            assert not V2_9.is_forced({}, {k: v for k, v in DEPRECATED.items() if k != field})


def test_earlier_generations_know_no_deprecation() -> None:
    assert [rules.is_forced({}, DEPRECATED) for rules in COMPOUND.values()] == [False, False, True]

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
    assert not V2_9.is_forced({}, {"reserve_factor": WAD})


def test_without_its_reserve_factor_a_market_may_be_deprecated() -> None:
    unread = {field: value for field, value in DEPRECATED.items() if field != "reserve_factor"}
    assert V2_9.is_forced({}, unread) is None
    assert V2_9.is_forced({}, {**unread, "borrow_paused": 0}) is False
    assert V2_9.is_forced({}, {**unread, "collateral_factor": 1}) is False


def test_earlier_generations_know_no_deprecation() -> None:
    assert [rules.is_forced({}, DEPRECATED) for rules in COMPOUND.values()] == [False, False, True]

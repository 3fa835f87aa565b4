"""The state of an account, by the contract's comparison: the whole table."""

import pytest

from indexer.units import WAD
from indexer.words import Gate, Health, Reason, State, Terms, state_of

CUT = 105 * WAD // 100


@pytest.mark.parametrize(
    ("health_factor", "collateral", "debt", "expected"),
    [
        (None, 0, 0, State.HEALTHY),
        (None, 10**8, 0, State.HEALTHY),
        (CUT, 200, 100, State.HEALTHY),
        (CUT - 1, 200, 100, State.AT_RISK),
        (WAD, 200, 100, State.AT_RISK),
        (WAD - 1, 200, 100, State.LIQUIDATABLE),
        (0, 100, 100, State.LIQUIDATABLE),
        (0, 99, 100, State.BAD_DEBT),
        (0, 0, 1, State.BAD_DEBT),
        (CUT, 99, 100, State.BAD_DEBT),
    ],
)
def test_state_of(health_factor: int | None, collateral: int, debt: int, expected: State) -> None:
    assert state_of(health_factor, collateral, debt, threshold_wad=WAD, cut_wad=CUT) is expected


def test_a_cut_below_the_threshold_never_hides_what_is_liquidatable() -> None:
    assert state_of(WAD - 1, 200, 100, threshold_wad=WAD, cut_wad=WAD // 2) is State.LIQUIDATABLE


def test_unknown_carries_its_reason_and_no_number() -> None:
    unknown = Health.unknown(Reason.UNPRICED)
    assert unknown == Health(State.UNKNOWN, Reason.UNPRICED, None, None, None, None)


@pytest.mark.parametrize(("gates", "allowed"), [((), True), ((Gate.SENTINEL,), False)])
def test_terms_are_allowed_without_a_gate(gates: tuple[Gate, ...], allowed: bool) -> None:
    terms = Terms("0xdebt", "0xcollateral", 1, 1, 0, 500, 5_000, 1, gates)
    assert terms.allowed is allowed

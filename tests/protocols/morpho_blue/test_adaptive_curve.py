"""The AdaptiveCurveIrm against integers recorded from the contract, and its edges."""

import gzip
import json
from pathlib import Path

import pytest

from indexer.protocols.morpho_blue.adaptive_curve import MAX_RATE_AT_TARGET, MIN_RATE_AT_TARGET, curve_rate, w_exp

RECORDED = Path(__file__).parents[2] / "golden" / "morpho_blue" / "adaptive_curve.json.gz"


def test_every_recorded_answer(record_property: pytest.FixtureRequest) -> None:
    cases = json.loads(gzip.decompress(RECORDED.read_bytes()))["cases"]
    clamped = {MIN_RATE_AT_TARGET: 0, MAX_RATE_AT_TARGET: 0}
    for case in cases:
        supply, borrow, start = (
            int(case[name]) for name in ("total_supply_assets", "total_borrow_assets", "rate_at_target")
        )
        rate = curve_rate(supply, borrow, start, case["elapsed"])
        assert (rate.borrow_rate, rate.rate_at_target) == (int(case["borrow_rate"]), int(case["new_rate_at_target"]))
        if rate.rate_at_target in clamped:
            clamped[rate.rate_at_target] += 1
    assert len(cases) >= 200
    assert min(clamped.values()) >= 20
    record_property("rates", len(cases))  # type: ignore[operator]


def test_exponent_edges() -> None:
    assert w_exp(0) == 10**18
    assert w_exp(-41446531673892822313) == 0
    assert w_exp(93859467695000404319) == 57716089161558943949701069502944508345128422502756744429568
    assert w_exp(93859467695000404318) < 57716089161558943949701069502944508345128422502756744429568 * 2

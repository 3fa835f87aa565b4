"""The API's bench starts what it needs and measures; how fast it is, is not asked here."""

import json

import pytest

from scripts.bench.api import main


@pytest.mark.long
def test_the_bench_prints_one_flat_object(capsys: pytest.CaptureFixture[str]) -> None:
    small = "--accounts 500 --rounds 1 --seconds 0.2 --connections 2 --clients 3 --blocks 5"
    main([*small.split(), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["requests_per_s", "ratio_to_default", "p99_ms", "push_p99_ms", "push_ratio"]
    assert all(value > 0 for value in report.values())

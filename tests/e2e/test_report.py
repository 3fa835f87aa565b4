"""`indexer report` as people run it: the formats say the same, what is written is remembered, mistakes are one line."""

import json
from pathlib import Path

import pytest

from tests.e2e.command import Indexer
from tests.e2e.conftest import Given

pytestmark = pytest.mark.node


def test_the_report_says_what_the_lists_say(given: Given) -> None:
    report = given("report", "--format", "json").answer
    listed = given("accounts", "--format", "json").answer
    assert report["block_hash"] == listed["block_hash"]
    owing = [row for row in listed["accounts"] if row["health_factor_wad"] is not None]
    below = [row for row in owing if row["state"] in ("liquidatable", "bad_debt")]
    headline = report["report"]["headline"]
    unknown = headline["unknown_borrowers"]
    assert (headline["borrowers"] - unknown, headline["liquidatable_accounts"]) == (len(owing), len(below))
    assert headline["liquidatable_debt_usd"] == pytest.approx(sum(row["debt_usd"] for row in below))
    assert all(curve["points"][0]["liquidatable_accounts"] == len(below) for curve in report["report"]["curves"])
    thresholds = report["report"]["shocks"][-1]
    assert thresholds["figures"]["liquidatable_accounts"] > len(below) > 0


def test_what_is_written_is_remembered(own: Indexer, tmp_path: Path) -> None:
    first = own.run("report", "--out", str(tmp_path / "reports"))
    assert first.code == 0, first.err
    files = [Path(line) for line in first.out.splitlines()]
    assert [file.suffix for file in files] == [".html", ".md", ".json"]
    answer = json.loads(files[2].read_text())
    number = answer["block_number"]
    assert answer["report"]["since"] is None
    assert f"block {number}" in files[1].read_text().splitlines()[0]
    assert answer["block_hash"] in files[0].read_text()
    old = own.run("report", "--since", "1", "--format", "json")
    assert old.code == 2
    assert "no report of block 1 or earlier is remembered" in old.error

"""What an analyst does, with nothing of this program: sums to the integer, hashes by the recipe, the notebook."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from indexer.reports.rows import position_rows
from indexer.reports.solvency import solvency_answer
from tests.solvency_by_duckdb import assert_duckdb_agrees
from tests.unit.reports.export.made import go_on, happened, opened, sql, written
from tests.unit.reports.stored import BLOCK

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "snapshots.md").read_text(encoding="utf-8")
NOTEBOOK = DOCS / "solvency.ipynb"


def recipe() -> Callable[[Path, dict[str, Any], str], str]:
    """The function of docs/snapshots.md."""
    names: dict[str, Any] = {}
    exec(compile(PAGE.partition("```python\n")[2].partition("```")[0], "snapshots.md", "exec"), names)  # noqa: S102
    found: Callable[[Path, dict[str, Any], str], str] = names["content_hash"]
    return found


def test_sums_and_states_are_those_of_the_rows(tmp_path: Path) -> None:
    written(tmp_path, tmp_path / "out")
    expected: dict[tuple[str, str, str], int] = defaultdict(int)
    with opened(tmp_path) as snapshot:
        for found in snapshot.deployments:
            for key in found.now.accounts():
                state = found.now.health(key, snapshot.at, 105 * 10**16).state.value
                for row in position_rows(snapshot, found, key):
                    for side in ("supplied", "borrowed"):
                        expected[row["asset"], side, state] += int(row[side])
    sums = sql(
        tmp_path / "out",
        "SELECT asset, side, state, sum(raw::BIGNUM)::VARCHAR FROM {positions} AS p "
        "JOIN {accounts} AS a USING (chain_id, protocol, block, deployment, key) GROUP BY ALL",
    )
    assert {(asset, side, state): int(total) for asset, side, state, total in sums} == {
        key: total for key, total in expected.items() if total
    }
    assert len(sums) == 7


def test_solvency_comes_out_of_the_files(tmp_path: Path) -> None:
    written(tmp_path, tmp_path / "out")
    with opened(tmp_path) as snapshot:
        assert assert_duckdb_agrees(tmp_path / "out", solvency_answer(snapshot)) == 2 * 13 + 17


def test_content_hashes_come_out_of_the_pages_recipe(tmp_path: Path) -> None:
    manifest, _ = written(tmp_path, tmp_path / "out", liquidations=happened(debt_repaid=2**255, protocol_fee=-5))
    said = json.loads((tmp_path / "out" / "manifest.json").read_text())
    content_hash = recipe()
    assert {name: content_hash(tmp_path / "out", said, name) for name in said["tables"]} == manifest.content
    assert len(said["tables"]) == 8


@pytest.mark.parametrize("number", [0, 1])
def test_the_pages_queries_run(tmp_path: Path, number: int) -> None:
    written(tmp_path, tmp_path / "archive")
    query = re.findall(r"```sql\n(.*?);\n```", PAGE, re.DOTALL)[number].replace("'archive/", "'@/archive/")
    asset = sql(tmp_path / "archive", "SELECT min(asset) FROM {positions} WHERE side = 'borrowed'")[0][0]
    found = sql(tmp_path, query.replace("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", asset))
    assert len(found) == (1, 4)[number]


@pytest.fixture
def kernel_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jupyter's files in a folder that goes."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.mark.usefixtures("kernel_of_our_own")
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, tmp_path / "archive", liquidations=happened())
    go_on(tmp_path)
    written(tmp_path, tmp_path / "archive", liquidations=happened())
    monkeypatch.setenv("SNAPSHOTS", str(tmp_path / "archive"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=where).execute()
    shown = {
        cell.id: "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    assert BLOCK.hash[:8] in shown["archive"]
    assert "=USDC" in shown["newest"]
    assert "17000000000" in shown["newest"]
    assert shown["worst"].count("0x") == 2
    assert "0.4" in shown["hhi"]
    assert "111000000" in shown["liquidations"]


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)

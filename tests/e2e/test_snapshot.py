"""`indexer snapshot` as a person runs it: files that check out, one line for each mistake."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.command import Indexer

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def archive(synced: Indexer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the last block, and of the finalized one."""
    out = tmp_path_factory.mktemp("archive")
    for block in ("latest", "finalized"):
        ran = synced.run("snapshot", "--out", str(out), "--block", block)
        assert ran.code == 0, ran.err
        assert "table=accounts" in ran.err
    return out


def test_two_blocks_check_out_and_the_answer_is_alone_on_stdout(synced: Indexer, archive: Path) -> None:
    checked = synced.run("snapshot", "--check", str(archive))
    assert (checked.code, checked.answer["faults"], checked.answer["snapshots"]) == (0, [], 2)
    again = synced.run("snapshot", "--out", str(archive))
    assert (again.code, again.answer["is_new"]) == (0, False)
    rows = {row["table"]: row["rows"] for row in again.answer["snapshot"]}
    assert rows["accounts"] == len(synced.run("accounts", "--format", "json").answer["accounts"])
    assert rows["markets"] == len(synced.run("markets", "--format", "json").answer["markets"])
    assert rows["prices"] == len(synced.run("prices", "--format", "json").answer["prices"])
    blocks = {path.parent.name for path in archive.glob("manifests/*/*/manifest.json")}
    assert f"block={again.answer['block_number']}" in blocks
    assert len(blocks) == 2


def test_the_manifests_command_reproduces_it(
    synced: Indexer, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.loads((archive / "manifest.json").read_text())
    monkeypatch.chdir(tmp_path)
    ran = synced.run_alone(*said["command"].split()[1:])
    assert ran.code == 0, ran.err
    hashes = {row["table"]: row["content_hash"] for row in ran.answer["snapshot"]}
    assert hashes == {name: table["content_hash"] for name, table in said["tables"].items()}
    assert (tmp_path / "snapshot" / "manifest.json").exists()


def test_a_changed_file_ends_with_1(synced: Indexer, tmp_path: Path) -> None:
    assert synced.run("snapshot", "--out", str(tmp_path), "--format", "csv").code == 0
    changed = next(tmp_path.glob("accounts/**/*.csv"))
    changed.write_text(changed.read_text().replace("healthy", "HEALTHY"))
    ran = synced.run("snapshot", "--check", str(tmp_path))
    assert ran.code == 1
    assert [fault["what"] for fault in ran.answer["faults"]] == ["its sha256 is not the manifest's"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "say where the snapshot goes: --out DIR, or [snapshot] out in the configuration"),
        (("--out", "/dev/null/x"), "cannot write the snapshot at /dev/null/x: not a directory"),
        (("--out", "nowhere://x"), "--out nowhere"),
        (("--out", "s3://bucket/x"), "s3:// needs another package: install s3fs"),
        (("--out", "x", "--block", "first"), "'first' is no block: give a number, latest or finalized"),
        (("--out", "x", "--block", "99999999"), "block 99999999 is not indexed"),
        (("--check", "/dev/null/x"), "holds no snapshot"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_one_line(synced: Indexer, arguments: tuple[str, ...], line: str) -> None:
    ran = synced.run("snapshot", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert line in ran.error


def test_a_finalized_block_that_nobody_saw_or_nobody_has(own: Indexer, own_database: Path, tmp_path: Path) -> None:
    for number, line in (
        (99_999, "the finalized block is 99999, the store ends at"),
        (None, "names no finalized block"),
    ):
        with sqlite3.connect(own_database) as database:
            database.execute("UPDATE chain SET finalized_number = ?", (number,))
        database.close()
        ran = own.run("snapshot", "--out", str(tmp_path / "out"), "--block", "finalized")
        assert ran.code == 2
        assert line in ran.error
    assert not (tmp_path / "out").exists()

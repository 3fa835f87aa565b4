"""One sync, then `getUserAccountData` of every account at every tenth block of the story."""

import pytest

from indexer.book import Book
from scripts.devnet import Devnet
from tests.devnet.comparison import Comparison, compare
from tests.devnet.conftest import Figure, NewUrl
from tests.devnet.indexing import Indexer, indexer
from tests.devnet.witness import Witness

pytestmark = pytest.mark.node

AT_LEAST = 5_000


def test_every_tenth_block_of_the_past_is_what_the_contracts_said(
    fresh_devnet: Devnet, new_url: NewUrl, record_property: Figure
) -> None:
    with indexer(fresh_devnet, new_url()) as synced:
        synced.once()
        blocks, total = compared(fresh_devnet, synced)
    record_property("blocks", blocks)
    record_property("fields compared", total.fields)
    record_property("balances compared", total.positions)
    record_property("mismatches", len(total.mismatches))
    assert total.mismatches == []
    assert total.fields >= AT_LEAST


def compared(devnet: Devnet, synced: Indexer) -> tuple[int, Comparison]:
    """How many blocks were compared, and what came of it."""
    first = devnet.block_number - devnet.story_blocks
    blocks = [*range(first, devnet.block_number, 10), devnet.block_number]
    witnesses = [Witness(devnet, deployment) for deployment in devnet.manifest.deployments]
    total = Comparison()
    for number in blocks:
        ref = synced.header(number)
        book = Book().load(synced.store.load_state(number))
        for witness in witnesses:
            name = witness.deployment.name
            view = synced.view_at(name, book, ref.hash)
            total += compare(view, book[name], witness, number, ref.hash, ref.timestamp)
    return len(blocks), total

"""One sync, then `getUserAccountData` of every account at every tenth block of the story."""

import pytest

from indexer.book import Book
from scripts.devnet import Devnet
from tests.devnet.comparison import Comparison, compare
from tests.devnet.conftest import Figure
from tests.devnet.indexing import Indexer
from tests.devnet.witness import Witness

pytestmark = pytest.mark.node

AT_LEAST = 5_000


def test_every_tenth_block_of_the_past_is_what_the_contracts_said(
    devnet: Devnet, at_tip: Indexer, record_property: Figure
) -> None:
    first = devnet.block_number - devnet.story_blocks
    blocks = [*range(first, devnet.block_number, 10), devnet.block_number]
    witnesses = [Witness(devnet, deployment) for deployment in devnet.manifest.deployments]
    total = Comparison()
    for number in blocks:
        ref = at_tip.header(number)
        book = Book().load(at_tip.store.load_state(number))
        for witness in witnesses:
            name = witness.deployment.name
            view = at_tip.view_at(name, book, ref.hash)
            total += compare(view, book[name], witness, number, ref.hash, ref.timestamp)
    record_property("blocks", len(blocks))
    record_property("fields compared", total.fields)
    record_property("balances compared", total.positions)
    record_property("mismatches", len(total.mismatches))
    assert total.mismatches == []
    assert total.fields >= AT_LEAST

"""Deployments added later, or left out for a while: the rows are as if they had always been there."""

import pytest

from scripts.devnet import Devnet
from scripts.devnet.plan import LEGACY, MAIN
from tests.devnet.conftest import NewUrl
from tests.devnet.indexing import Indexer, deployments_of, indexer, rows_of

pytestmark = pytest.mark.node

EVERY = 9
READ_EACH_BLOCK = {
    *("price", "next_price", "cash", "virtual_balance", "grace_until", "source"),
    *("sequencer", "sequencer_answer", "sentinel_since", "sentinel_grace"),
}
"""What no log carries: it is stored for blocks that were followed, not for those that were backfilled."""


@pytest.mark.parametrize(("early", "late"), [(LEGACY, MAIN), (MAIN, LEGACY)])
def test_deployment_added_later_ends_in_the_same_rows(
    playground: Devnet, at_tip: Indexer, new_url: NewUrl, early: str, late: str
) -> None:
    url = new_url()
    both = deployments_of(playground)
    with indexer(playground, url, deployments=[item for item in both if item.name == early]) as first:
        first.once()
        assert rows_of(first.store, deployment=late) == {}
    with indexer(playground, url) as joined:
        joined.once()
        assert_history_of(joined, at_tip, late)
        assert rows_of(joined.store) == rows_of(at_tip.store), "the head is followed fully, also for the new one"
        playground.live(2)
        joined.once()
        at_tip.once()
        assert rows_of(joined.store) == rows_of(at_tip.store)


@pytest.mark.parametrize(("kept", "left_out"), [(LEGACY, MAIN), (MAIN, LEGACY)])
def test_deployment_left_out_for_a_while_misses_nothing(
    playground: Devnet, at_tip: Indexer, new_url: NewUrl, kept: str, left_out: str
) -> None:
    url = new_url()
    both = deployments_of(playground)
    with indexer(playground, url) as first:
        first.once()
    playground.live(6)
    with indexer(playground, url, deployments=[item for item in both if item.name == kept]) as alone:
        alone.once()
    with indexer(playground, url) as again:
        again.once()
        at_tip.once()
        assert_history_of(again, at_tip, left_out)
        playground.live(1)
        assert again.once() == at_tip.once()
        assert rows_of(again.store) == rows_of(at_tip.store)


def assert_history_of(joined: Indexer, always: Indexer, name: str) -> None:
    """What logs say about a deployment, at blocks all through its life."""
    for number in [*range(0, always.cursor.number, EVERY), always.cursor.number]:
        mine, theirs = (
            {key: value for key, value in rows_of(store, number, name).items() if key[1] not in READ_EACH_BLOCK}
            for store in (joined.store, always.store)
        )
        assert mine == theirs

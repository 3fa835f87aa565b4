"""Live-following: ten blocks of life, a sync, and every account again, through the whole story."""

from collections.abc import Iterator

import pytest

from indexer.wrappers import DEPLOYMENT as WRAPPERS
from scripts.devnet import Devnet
from tests.conftest import SEED
from tests.devnet.comparison import Comparison, compare
from tests.devnet.conftest import Figure, NewUrl
from tests.devnet.indexing import indexer, rows_of
from tests.devnet.witness import Witness

pytestmark = pytest.mark.node

AT_LEAST = 5_000


@pytest.fixture(scope="module")
def living() -> Iterator[Devnet]:
    """A devnet whose story has not begun."""
    with Devnet.start(seed=SEED, protocols=()) as running:
        yield running


def test_following_agrees_with_the_contracts_all_along(
    living: Devnet, new_url: NewUrl, record_property: Figure
) -> None:
    total, syncs = Comparison(), 0
    with indexer(living, new_url()) as following:
        end = living.block_number + living.story_blocks
        while living.block_number < end:
            living.live(min(10, end - living.block_number))
            cursor = following.once()
            assert cursor.hash == living.tip_hash
            syncs += 1
            for deployment in living.manifest.deployments:
                name = deployment.name
                rows, witness = following.sync.book[name], Witness(living, deployment)
                total += compare(following.view(name), rows, witness, cursor.number, cursor.hash, cursor.timestamp)
        followed = rows_of(following.store)
    with indexer(living, new_url()) as late:
        late.once()
        backfilled = rows_of(late.store)
    record_property("syncs", syncs)
    record_property("fields compared", total.fields)
    record_property("balances compared", total.positions)
    record_property("mismatches", len(total.mismatches))
    assert total.mismatches == []
    assert total.fields >= AT_LEAST
    # What a token is stays known after the last market dropped it; who comes later never asks.
    dropped = {entity for entity, _ in followed.keys() - backfilled.keys()}
    assert {(entity.deployment, field) for entity, field in followed if entity in dropped} <= {(WRAPPERS, "kind")}
    assert {key: value for key, value in followed.items() if key[0] not in dropped} == backfilled

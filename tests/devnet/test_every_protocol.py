"""Everything deployed on the devnet in one sync: the contracts' own integers all along, for two requests a block."""

from collections import Counter

import pytest

from indexer.reports.snapshot import Asked, open_snapshot
from indexer.reports.verify import verify
from scripts.bench.metering import measure
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from tests.conftest import SEED
from tests.devnet.conftest import Figure, NewUrl
from tests.devnet.indexing import indexer

pytestmark = pytest.mark.node
EVERY = 10
FOLLOWED = 15
ADDING = 6
"""Blocks of the story that deploy, or that put a new contract behind a market."""


def test_every_tenth_block_is_the_contracts_own(everything: Devnet, new_url: NewUrl, record_property: Figure) -> None:
    compared: Counter[str] = Counter()
    with indexer(everything, new_url()) as synced:
        tip = synced.once().number
        for number in sorted({*range(EVERY, tip, EVERY), tip}):
            asked = Asked(block=number, node=synced.node, block_time_s=BLOCK_SECONDS)
            with open_snapshot(synced.store, asked) as snapshot:
                outcome = verify(snapshot, everything.url)
            assert outcome.mismatches == [], f"block {number}"
            protocols = {found.deployment.name: found.deployment.protocol for found in snapshot.deployments}
            for row in outcome.deployments:
                compared[protocols[row["deployment"]]] += row["fields"]
    for protocol, fields in sorted(compared.items()):
        record_property(protocol, f"{fields} fields")
    assert min(compared[item.protocol] for item in everything.manifest.listed) > 1_000


def test_all_of_them_cost_two_requests_a_block(record_property: Figure) -> None:
    with Devnet.start(seed=SEED, common=False) as devnet:
        devnet.live_all()
        found = measure(devnet, FOLLOWED)
        record_property("deployments", len(devnet.manifest.listed))
    record_property("HTTP requests a block", sorted(Counter(cost.http for cost in found.blocks).items()))
    assert {cost.http for cost in found.blocks[-FOLLOWED:]} == {2}
    assert sum(cost.http > 2 for cost in found.blocks) <= ADDING, "only a block that adds contracts asks once more"

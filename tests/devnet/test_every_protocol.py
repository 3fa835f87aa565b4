"""Everything deployed on the devnet in one sync: the contracts' own integers all along, for two requests a block."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.book.change import Change
from indexer.reports.export.check import check_archive
from indexer.reports.export.write import write_snapshot
from indexer.reports.rows import position_rows
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.reports.verify import verify
from indexer.store import BlockRecord, Store
from scripts.bench.metering import measure
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from tests.conftest import SEED
from tests.devnet.conftest import Figure, NewUrl
from tests.devnet.indexing import Indexer, indexer, wrappers_of
from tests.postgres_server import PostgresServer
from tests.unit.reports.export.made import sql

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


def test_a_snapshot_of_every_protocol_adds_up_in_duckdb_and_is_the_same_on_postgresql(
    everything: Devnet, new_url: NewUrl, tmp_path: Path
) -> None:
    asked = Asked(block_time_s=BLOCK_SECONDS, wrappers=wrappers_of(everything))
    with indexer(everything, new_url()) as synced, PostgresServer() as server:
        synced.once()
        with open_snapshot(synced.store, asked) as snapshot:
            manifest, _ = write_snapshot(snapshot, str(tmp_path / "sqlite"), datetime.now(UTC))
            expected = sums_of(snapshot)
        with copied_to(server.new_database(), synced) as copy, open_snapshot(copy, asked) as snapshot:
            assert (
                write_snapshot(snapshot, str(tmp_path / "postgresql"), datetime.now(UTC))[0].content == manifest.content
            )
    assert len(manifest.tables["accounts"].files) == len({item.protocol for item in everything.manifest.listed})
    assert min(file.rows for table in manifest.tables.values() for file in table.files) > 0
    assert check_archive(str(tmp_path / "sqlite")).faults == []
    added = sql(
        tmp_path / "sqlite",
        "SELECT deployment, asset, side, sum(raw::BIGNUM)::VARCHAR FROM {positions} GROUP BY ALL",
    )
    assert {(name, asset, side): int(total) for name, asset, side, total in added} == expected


def sums_of(snapshot: Snapshot) -> dict[tuple[str, str, str], int]:
    """Raw units by deployment, token and side, from the rows of `indexer account`; only what is not 0."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for found in snapshot.deployments:
        for key in found.now.accounts():
            for row in position_rows(snapshot, found, key):
                for side in ("supplied", "borrowed"):
                    sums[found.deployment.name, row["asset"], side] += int(row[side])
    return {key: total for key, total in sums.items() if total}


@contextmanager
def copied_to(url: str, synced: Indexer) -> Iterator[Store]:
    """The same block in another database, its integers in another order."""
    changes = sorted(Change(entity, field, None, value) for entity, field, value in synced.store.load_state())
    with Store.open(url) as copy:
        copy.bind_chain(synced.store.chain_id or 0)
        copy.save_deployments(replace(each, covered_from=None, covered_to=None) for each in synced.store.deployments())
        copy.save_tokens(synced.store.tokens().values())
        copy.commit([BlockRecord(synced.cursor, True, changes)], synced.cursor)
        yield copy

"""Everything deployed on the devnet in one sync: the contracts' own integers all along, for two requests a block."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.book.change import Change
from indexer.reports.accounts import Filters, at_risk
from indexer.reports.export.check import check_archive
from indexer.reports.export.manifest import Manifest
from indexer.reports.export.write import write_snapshot
from indexer.reports.liquidations import LiquidationFilters, liquidations_answer
from indexer.reports.measured import account_rows
from indexer.reports.metrics import Measured
from indexer.reports.rows import position_rows
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.reports.solvency import solvency_answer
from indexer.reports.verify import verify
from indexer.store import BlockRecord, Store
from indexer.words import State
from scripts.bench.metering import measure
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from tests.conftest import SEED
from tests.devnet.conftest import Figure, NewUrl
from tests.devnet.indexing import Indexer, indexer, wrappers_of
from tests.postgres_server import PostgresServer
from tests.solvency_by_duckdb import assert_duckdb_agrees
from tests.solvency_by_sql import assert_sql_agrees
from tests.unit.reports.export.made import sql

pytestmark = pytest.mark.node
EVERY = 10
FOLLOWED = 15
TARGETS = 6
"""Amounts looked at of each protocol."""
ADDING = 6
"""Blocks of the story that deploy, or that put a new contract behind a market."""


@pytest.fixture(scope="module")
def synced(everything: Devnet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexer]:
    """One sync of everything, for all tests that only read."""
    with indexer(everything, f"sqlite:///{tmp_path_factory.mktemp('everything')}/indexer.db") as found:
        found.once()
        yield found


def test_every_tenth_block_is_the_contracts_own(everything: Devnet, synced: Indexer, record_property: Figure) -> None:
    compared: Counter[str] = Counter()
    tip = synced.cursor.number
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


def test_solvency_is_what_sql_sums_over_accounts_and_positions(synced: Indexer, record_property: Figure) -> None:
    with open_snapshot(synced.store, Asked(node=synced.node, block_time_s=BLOCK_SECONDS)) as snapshot:
        compared = assert_sql_agrees(snapshot)
        answer = solvency_answer(snapshot)
    for row in answer["solvency"]:
        by_state = sum(int(row[f"debt_{state.value}"]) for state in State)
        owners = row["borrowers"]
        assert by_state >= owners, row["market"]
        if row["borrowed"] is not None and row["bad_debt"] is None:
            assert abs(by_state - int(row["borrowed"])) <= max(owners, by_state // 10**6), row["market"]
    sick = {row["deployment"]: row["liquidatable"] + row["bad_debt"] for row in answer["deployments"]}
    assert sum(sick.values()) > len(sick)
    record_property("integers", compared)


def test_every_protocol_says_what_reaches_a_target(synced: Indexer, record_property: Figure) -> None:
    """By each protocol's own health over the changed integers."""
    reached: Counter[str] = Counter()
    with open_snapshot(synced.store, Asked(node=synced.node, block_time_s=BLOCK_SECONDS)) as snapshot:
        for row in at_risk(snapshot, Filters(below=2.0))[0]:
            if row["health_factor_wad"] is None or reached[row["protocol"]] >= TARGETS:
                continue
            target = int(row["health_factor_wad"]) * 12 // 10 + 1
            for own in account_rows(snapshot, row["owner"], Measured(target_wad=target)):
                asked = (own["repay_to_target"] or []) + (own["add_to_target"] or [])
                for each in asked:
                    if each["amount"] not in (None, "0"):
                        factor = each["health_factor_wad"]
                        assert factor is None or int(factor) >= target
                        reached[own["protocol"]] += 1
    assert set(reached) >= {deployment.protocol for deployment in synced.deployments}, reached
    record_property("amounts", dict(reached))


def test_all_of_them_cost_two_requests_a_block(record_property: Figure) -> None:
    with Devnet.start(seed=SEED, common=False) as devnet:
        devnet.live_all()
        found = measure(devnet, FOLLOWED)
        record_property("deployments", len(devnet.manifest.listed))
    record_property("HTTP requests a block", sorted(Counter(cost.http for cost in found.blocks).items()))
    assert {cost.http for cost in found.blocks[-FOLLOWED:]} == {2}
    assert sum(cost.http > 2 for cost in found.blocks) <= ADDING, "only a block that adds contracts asks once more"


def test_a_snapshot_of_every_protocol_adds_up_in_duckdb_and_is_the_same_on_postgresql(
    everything: Devnet, new_url: NewUrl, tmp_path: Path, record_property: Figure
) -> None:
    asked = Asked(block_time_s=BLOCK_SECONDS, wrappers=wrappers_of(everything))
    with indexer(everything, new_url()) as synced, PostgresServer() as server:
        synced.once()
        with open_snapshot(synced.store, asked) as snapshot:
            manifest = exported(snapshot, synced.store, tmp_path / "sqlite")
            expected, solvency = sums_of(snapshot), solvency_answer(snapshot)
        with copied_to(server.new_database(), synced) as copy, open_snapshot(copy, asked) as snapshot:
            assert exported(snapshot, copy, tmp_path / "postgresql").content == manifest.content
    assert len(manifest.tables["accounts"].files) == len({item.protocol for item in everything.manifest.listed})
    assert min(file.rows for table in manifest.tables.values() for file in table.files) > 0
    assert check_archive(str(tmp_path / "sqlite")).faults == []
    added = sql(
        tmp_path / "sqlite",
        "SELECT deployment, asset, side, sum(raw::BIGNUM)::VARCHAR FROM {positions} GROUP BY ALL",
    )
    assert {(name, asset, side): int(total) for name, asset, side, total in added} == expected
    record_property("integers", assert_duckdb_agrees(tmp_path / "sqlite", solvency))


def exported(snapshot: Snapshot, store: Store, out: Path) -> Manifest:
    happened = liquidations_answer(snapshot, store, LiquidationFilters())["liquidations"]
    return write_snapshot(snapshot, happened, str(out), datetime.now(UTC))[0]


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
        happened = synced.store.liquidations(LiquidationFilters())
        copy.commit([BlockRecord(synced.cursor, True, changes, liquidations=happened)], synced.cursor)
        yield copy

"""The same work leaves the same rows on SQLite and on PostgreSQL: a dump of one equals a dump of the other."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from indexer.book.change import Change, Entity
from indexer.evm import Address
from indexer.store import BlockRecord, Deployment, Head, HeadsSeen, Store, Token, Verification
from indexer.store.tables import METADATA
from tests.store.made import NewUrl, happened, ref

ENTRY = Address("0x" + "ee" * 20)
NAMES = ["aave_v3_main", "Aave_V3_Main", "aave-v3", "étoile", "zzz", "_"]


@pytest.fixture
def both(tmp_path: Path, new_postgres_url: NewUrl) -> Iterator[tuple[Store, Store]]:
    """Two stores, one on each database."""
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as lite, Store.open(new_postgres_url()) as server:
        for store in (lite, server):
            store.bind_chain(1)
        yield lite, server


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, ids included: both databases give the same."""
    with store._reading() as connection:
        return {
            table.name: list(map(tuple, connection.execute(select(table).order_by(*table.primary_key))))
            for table in METADATA.sorted_tables
        }


def work(store: Store, seed: int, width: int) -> None:
    """Blocks of `width` changes, then an undo and another fork, with some facts in between."""
    chance = random.Random(seed)
    values: dict[tuple[Entity, str], int] = {}
    store.save_deployments([Deployment(name, "p", ENTRY, 0) for name in NAMES])
    for number in range(1, 7):
        store.commit([_record(chance, values, number, width)], ref(number), HeadsSeen(Head(9, "0x9"), None, None, 5))
    store.undo_to(3)
    values = {(entity, field): value for entity, field, value in store.load_state()}
    values = dict(sorted(values.items()))
    store.commit([_record(chance, values, number, width, fork="f") for number in (4, 5)], ref(5, "f"))
    store.drop_deployment("zzz")
    store.save_tokens([Token(Address(f"0x{n:040x}"), "=\0\N{SNOWMAN}" * n, n, None) for n in range(5)] * 2)
    store.save_verified([Verification("aave-v3", str(n % 3), n, "0x", ok=n % 2 == 0) for n in range(9)])
    store.keep_answers("0x5", {bytes([n]): None if n % 2 else b"\0\xff" * n for n in range(9)})
    store.save_job_finished("verify", 5, "failed\0")
    store.prune_block_hashes(3, keep_complete=False)


def _record(
    chance: random.Random, values: dict[tuple[Entity, str], int], number: int, width: int, fork: str = "0"
) -> BlockRecord:
    changes = []
    for _ in range(width):
        entity = Entity(
            chance.choice(NAMES), chance.choice(["", "0xm"]), chance.choice(["", str(chance.randrange(width))])
        )
        field = chance.choice(["debt", "index"])
        new = chance.choice([None, 0, -1, -(2**255), 2**256 - 1, chance.randrange(2**256)])
        changes.append(Change(entity, field, values.get((entity, field)), new))
        values.pop((entity, field), None)
        if new is not None:
            values[entity, field] = new
    own = [happened(number, index, deployment=name) for index, name in enumerate(NAMES)]
    return BlockRecord(ref(number, fork), complete=number % 2 == 0, changes=changes, liquidations=own)


@pytest.mark.parametrize(("seed", "width"), [(1, 0), (2, 3), (3, 60), (4, 999), (5, 4_000)])
def test_the_same_work_leaves_the_same_rows(both: tuple[Store, Store], seed: int, width: int) -> None:
    """Few rows travel as arrays, many by COPY and a temporary table: the widths lie on both sides of the border."""
    for store in both:
        work(store, seed, width)
    lite, server = map(everything, both)
    assert lite == _numbered_alike(server, lite)
    assert both[0].deployments() == both[1].deployments()
    for block in (3, 4, None):
        assert sorted(both[0].load_state(block)) == sorted(both[1].load_state(block))
    assert both[1].integrity() == []


def _numbered_alike(
    server: dict[str, list[tuple[object, ...]]], lite: dict[str, list[tuple[object, ...]]]
) -> dict[str, list[tuple[object, ...]]]:
    """PostgreSQL never gives a number of `change` twice, SQLite after an undo does: their order must agree."""
    assert len(server["change"]) == len(lite["change"])
    numbers = [row[0] for row in lite["change"]]
    return server | {"change": [(n, *row[1:]) for n, row in zip(numbers, server["change"], strict=True)]}

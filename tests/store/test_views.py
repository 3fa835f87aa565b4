"""The analysts' views say what the rows say, on both databases."""

from typing import Any

from sqlalchemy import text

from indexer.book import Entity
from indexer.book.change import Change
from indexer.evm import address
from indexer.risk.evidence import DEPLOYMENT as REUSE
from indexer.store import Deployment, Head, HeadsSeen, Store
from indexer.wrappers import DEPLOYMENT as WRAPPERS
from tests.store.made import BORROWER, commit, record, ref

HEADS = HeadsSeen(Head(5, "0x05"), None, None, 0)


def test_proofs_of_reuse_and_wrappers(store: Store) -> None:
    pair, whole = Entity(REUSE, "a|who|usdc|usdc|b|who|usdc|usdc", "who"), Entity(REUSE, "c|…", "other")
    token = Entity(WRAPPERS, "0xtoken")
    commit(
        store,
        1,
        Change(pair, "proven", None, 255),
        Change(whole, "borrowed", None, 16),
        Change(whole, "deposited", None, 17),
        Change(token, "kind", None, 1),
        Change(token, "underlying", None, 0xAB),
    )
    commit(store, 2, Change(pair, "proven", 255, 254))
    with store._reading() as connection:
        proofs = connection.execute(
            text("SELECT owner, pair, proven_hex, borrowed_hex, deposited_hex, repaid_hex, changed_at_block "
                 "FROM v_reuse_proof_hex ORDER BY owner")
        ).all()  # fmt: skip
        wrapped = connection.execute(
            text("SELECT token, kind_hex, underlying_hex, numerator_hex FROM v_wrapper_hex")
        ).all()
    assert [(*row[:2], *(None if v is None else int(v, 16) for v in row[2:6]), row[6]) for row in proofs] == [
        ("other", "c|…", None, 16, 17, None, 1),
        ("who", pair.market, 254, None, None, None, 2),
    ]
    assert [(row[0], int(row[1], 16), int(row[2], 16), row[3]) for row in wrapped] == [("0xtoken", 1, 0xAB, None)]


def test_every_view_names_the_block_of_its_figures(store: Store) -> None:
    late, chain, proof = Entity("late", "market"), Entity("chains", "pair", "who"), Entity(REUSE, "pair", "who")
    deployments = [Deployment("aave_v3_main", "aave_v3", address(1), 0), Deployment("late", "aave_v3", address(2), 0)]
    store.save_deployments(deployments)
    followed = {"aave_v3_main": 1, "late": 1}
    changes = [Change(each, "low", None, 5) for each in (late, chain, proof, BORROWER, Entity(WRAPPERS, "0xtoken"))]
    store.commit([record(1, *changes)], ref(1), covered=followed)
    store.commit([record(2, Change(BORROWER, "low", 5, 6))], ref(2), HEADS, {"aave_v3_main": 2})
    with store._reading() as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.execute(text(query))]

        assert rows(
            "SELECT chain_id, block_number, block_hash, block_timestamp, head_block, lag_blocks FROM v_block"
        ) == [(1, 2, ref(2).hash, ref(2).timestamp, 5, 3)]
        position = (
            "SELECT deployment, changed_at_block, block_number, block_hash FROM v_position_hex ORDER BY deployment"
        )
        assert rows(position) == [
            ("aave_v3_main", 2, 2, ref(2).hash),
            ("chains", 1, 2, ref(2).hash),
            ("late", 1, 1, ref(1).hash),
            (REUSE, 1, 2, ref(2).hash),
            (WRAPPERS, 1, 2, ref(2).hash),
        ]
        for view in ("v_chain_hex", "v_reuse_proof_hex", "v_wrapper_hex"):
            assert rows(f"SELECT block_number, block_hash FROM {view}") == [(2, ref(2).hash)]  # noqa: S608
        changed = rows("SELECT block_number, block_hash, block_timestamp FROM v_change_hex ORDER BY id")
        assert changed == [(1, ref(1).hash, ref(1).timestamp)] * 5 + [(2, ref(2).hash, ref(2).timestamp)]

"""The analysts' views say what the rows say, on both databases."""

from sqlalchemy import text

from indexer.book import Entity
from indexer.book.change import Change
from indexer.risk.evidence import DEPLOYMENT as REUSE
from indexer.store import Store
from indexer.wrappers import DEPLOYMENT as WRAPPERS
from tests.store.made import commit


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

"""A planted error is found by the periodic comparison, quarantines its deployment, and is mended by reading again."""

import pytest

from indexer.book import Book, Change, Entity
from indexer.reports.doctor_database import _quarantine
from indexer.reports.face import Reader
from indexer.reports.findings import Status
from indexer.reports.incidents import compare_and_quarantine
from indexer.store import BlockRecord
from scripts.devnet import Devnet
from scripts.devnet.plan import LEGACY, MAIN
from tests.devnet.conftest import NewUrl
from tests.devnet.indexing import Indexer, indexer, rows_of

pytestmark = pytest.mark.node


def plant(found: Indexer, deployment: str, field: str) -> Entity:
    """Change one integer of the store behind the indexer's back: a threshold by a basis point, others by 2 %."""
    book = Book().load(found.store.load_state())
    entity, value = next(
        (entity, value)
        for entity, name, value in book.items()
        if entity.deployment == deployment and name == field and value > 10**6 and is_felt(book, entity)
    )
    cursor, by = found.cursor, 1 << 16 if field == "configuration" else value // 50
    found.store.commit([BlockRecord(cursor, complete=True, changes=[Change(entity, field, value, value + by)])], cursor)
    return entity


def is_felt(book: Book, entity: Entity) -> bool:
    """Whether the contract values this integer: of an account only what is owed or flagged as collateral."""
    if not entity.account:
        return True
    return bool(book.get(entity, "collateral") or book.get(entity, "debt"))


def compare(found: Indexer, devnet: Devnet) -> int:
    return len(compare_and_quarantine(found.store, devnet.url, sample=1000, at=1).mismatches)


@pytest.mark.parametrize("name", [LEGACY, MAIN])
@pytest.mark.parametrize("field", ["debt", "supply", "liquidity_index", "configuration"])
def test_a_mismatch_is_quarantined_and_heals(
    playground: Devnet, at_tip: Indexer, new_url: NewUrl, name: str, field: str
) -> None:
    plant(at_tip, name, field)
    assert compare(at_tip, playground) > 0
    with Reader(f"sqlite:///{at_tip.store.name}") as reader:
        states = {(row["deployment"], row["state"], row["reason"]) for row in reader.accounts()}
        quarantined = [row for row in reader.at_risk(projections=True) if row["deployment"] == name]
        assert quarantined
        assert {row["projection"] for row in quarantined} == {None}
        assert [finding.check for finding in _quarantine(at_tip.store) if finding.status == Status.FAIL] == [
            f"deployment {name}"
        ]
        assert {state for state in states if state[0] == name} == {(name, "unknown", "quarantined")}
        assert all(reason is None for deployment, _, reason in states if deployment != name)

    with indexer(playground, f"sqlite:///{at_tip.store.name}") as restarted:
        playground.mine()
        restarted.once()
        assert compare(restarted, playground) == 0
        incident = restarted.store.incidents()[0]
        assert (incident.deployment, incident.is_open) == (name, False)
        assert incident.healed_block == restarted.cursor.number
        with Reader(f"sqlite:///{at_tip.store.name}") as reader:
            assert all(row["reason"] is None for row in reader.accounts())
        with indexer(playground, new_url()) as fresh:
            fresh.once()
            assert state_of(restarted) == state_of(fresh)


def state_of(found: Indexer) -> dict[tuple[Entity, str], int]:
    """Every integer but zeros, which healing does not write where nothing was."""
    return {key: value for key, value in rows_of(found.store).items() if value}


def test_an_incident_stays_open_until_state_was_read_again(playground: Devnet, at_tip: Indexer) -> None:
    plant(at_tip, MAIN, "debt")
    compare(at_tip, playground)
    compare(at_tip, playground)
    assert [incident.is_open for incident in at_tip.store.incidents()] == [True]

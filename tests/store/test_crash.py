"""A process killed in the middle of commits leaves whole blocks, and the last one it reported."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.book.change import Entity
from indexer.store import Store
from tests.store.made import ref, state

ROOT = Path(__file__).parents[2]
ENTITIES = 200
WRITER = f"""
import sys
from indexer.book.change import Change, Entity
from indexer.store import Store
from tests.store.made import commit

with Store.open(sys.argv[1]) as store:
    store.bind_chain(1)
    cursor = store.cursor()
    number = cursor.number if cursor else 0
    for step in range(1, 100_000):
        number += 1
        old = number - 1 or None
        commit(store, number, *[Change(Entity("d", "m", str(n)), "f", old, number) for n in range({ENTITIES})])
        print(number, flush=True)
        if step % 7 == 0:
            number -= 2
            store.undo_to(number)
"""


@pytest.mark.long
def test_killed_while_committing(database_url: str) -> None:
    chance = random.Random(7)
    for _ in range(5):
        reported = _run_and_kill(database_url, blocks=chance.randrange(3, 40))
        with Store.open(database_url, read_only=True) as store:
            cursor = store.cursor()
            assert cursor is not None
            assert cursor.number >= reported - 2  # an undo takes back two
            assert cursor == ref(cursor.number)
            assert store.integrity() == []
            for number in range(max(cursor.number - 3, 1), cursor.number + 1):
                expected = {(Entity("d", "m", str(n)), "f"): number for n in range(ENTITIES)}
                assert state(store, number) == expected
            told = [(number, change.new) for number, change in store.history(Entity("d", "m", "0"))]
            assert told == [(number, number) for number in range(1, cursor.number + 1)]  # none lost, none twice


def _run_and_kill(url: str, blocks: int) -> int:
    """Let the writer report some blocks, kill it at whatever it is doing, return the last block reported."""
    command = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:  # noqa: S603
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(blocks)]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().split()
    assert writer.returncode == -signal.SIGKILL
    return int(lines[-1])


@pytest.mark.parametrize("after", ["_save_changes", "_move_cursor", "_save_heads"])
def test_killed_inside_a_commit(database_url: str, after: str) -> None:
    """Killed at a set place: after the rows were written and before the commit."""
    script = f"""
import os, signal, sys
from indexer.book.change import Change
from indexer.store import Head, HeadsSeen, Store
from tests.store.made import BORROWER, commit, record, ref

store = Store.open(sys.argv[1])
store.bind_chain(1)
commit(store, 1, Change(BORROWER, "debt", None, 1))
real = store.{after}
def die(*arguments):
    real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
store.{after} = die
heads = HeadsSeen(Head(2, "0x2"), None, None, 1)
store.commit([record(2, Change(BORROWER, "debt", 1, 2))], ref(2), heads)
"""
    done = subprocess.run([sys.executable, "-c", script, database_url], cwd=ROOT, check=False)  # noqa: S603
    assert done.returncode == -signal.SIGKILL
    with Store.open(database_url) as store:
        assert store.cursor() == ref(1)
        assert store.blocks(0, 9)[-1].ref == ref(1)
        assert list(state(store).values()) == [1]
        assert store.heads_seen() is None
        assert store.counts()["change"] == 1


@pytest.mark.parametrize(
    ("work", "statement"),
    [
        ("store.prune_block_hashes(9)", "DELETE FROM block"),
        ("store.undo_to(1)", "DELETE FROM block"),
        ("store.drop_deployment(BORROWER.deployment)", "DELETE FROM"),
    ],
)
def test_killed_inside_housekeeping(database_url: str, work: str, statement: str) -> None:
    """Killed right after a statement of it ran: the next start finds everything as it was."""
    script = f"""
import os, signal, sys
from sqlalchemy import event
from indexer.book.change import Change
from indexer.store import Store
from tests.store.made import BORROWER, commit

store = Store.open(sys.argv[1])
store.bind_chain(1)
for number in range(1, 6):
    commit(store, number, Change(BORROWER, "debt", number - 1 or None, number), complete=False)

def die(connection, cursor, sql, *rest):
    if sql.startswith({statement!r}):
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(store._engine, "after_cursor_execute", die)
{work}
"""
    done = subprocess.run([sys.executable, "-c", script, database_url], cwd=ROOT, check=False)  # noqa: S603
    assert done.returncode == -signal.SIGKILL
    with Store.open(database_url) as store:
        assert [block.ref for block in store.blocks(0, 9)] == [ref(number) for number in range(1, 6)]
        assert list(state(store).values()) == [5]
        assert store.integrity() == []


def test_killed_inside_a_migration(database_url: str) -> None:
    """Killed while the tables are made: the next start makes them, all of them."""
    script = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from indexer.store import Store

def die(connection, cursor, sql, *rest):
    if "CREATE TABLE verification" in sql:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "after_cursor_execute", die)
Store.open(sys.argv[1])
"""
    done = subprocess.run([sys.executable, "-c", script, database_url], cwd=ROOT, check=False)  # noqa: S603
    assert done.returncode == -signal.SIGKILL
    with Store.open(database_url) as store:
        store.bind_chain(1)
        assert set(store.counts().values()) <= {0, 1}
        assert store.integrity() == []

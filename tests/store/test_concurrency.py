"""Readers beside a writer: one block an answer, whatever is committed meanwhile."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import pytest

from indexer.book.change import Change, Entity
from indexer.errors import DatabaseError
from indexer.store import Store
from tests.store.made import BORROWER, commit, ref, state
from tests.store.test_crash import ROOT

SECONDS = 1.0
WRITER = """
import sys
from indexer.book.change import Change, Entity
from indexer.store import Store
from tests.store.made import commit

with Store.open(sys.argv[1]) as store:
    store.bind_chain(1)
    for number in range(1, 100_000):
        commit(store, number, *[Change(Entity("d", "m", str(n)), "f", number - 1 or None, number) for n in range(50)])
        print(number, flush=True)
"""


@contextmanager
def writing(url: str) -> Iterator[None]:
    command = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:  # noqa: S603
        assert writer.stdout is not None
        writer.stdout.readline()
        drain = threading.Thread(target=writer.stdout.read)
        drain.start()
        try:
            yield
            assert writer.poll() is None
        finally:
            writer.kill()
            drain.join()


def test_a_snapshot_in_another_process_sees_one_block(database_url: str) -> None:
    seen = set()
    with writing(database_url), Store.open(database_url, read_only=True) as reader:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with reader.snapshot():
                cursor = reader.cursor()
                assert cursor is not None
                first, before = state(reader), state(reader, cursor.number - 1)
                assert (state(reader), reader.cursor()) == (first, cursor)
            assert set(first.values()) == {cursor.number}
            assert set(before.values()) == ({cursor.number - 1} if cursor.number > 1 else set())
            seen.add(cursor.number)
    assert len(seen) > 3


def test_one_answer_without_a_snapshot_is_of_one_block_too(database_url: str) -> None:
    with writing(database_url), Store.open(database_url, read_only=True) as reader:
        until = time.monotonic() + SECONDS / 2
        while time.monotonic() < until:
            assert len(set(state(reader).values())) == 1


def test_a_snapshot_begins_at_once(store: Store, database_url: str) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1))
    with Store.open(database_url, read_only=True) as reader:
        with reader.snapshot():
            commit(store, 2, Change(BORROWER, "debt", 1, 2))
            assert (reader.cursor(), state(reader)) == (ref(1), {(BORROWER, "debt"): 1})
        assert reader.cursor() == ref(2)


def test_answers_are_kept_beside_an_open_snapshot(store: Store, database_url: str) -> None:
    """As `reports.face` does: a second store, opened for writing only to keep what was read on demand."""
    commit(store, 1)
    with Store.open(database_url, read_only=True) as reader:
        with reader.snapshot(), Store.open(database_url, create=False) as writer:
            assert reader.kept_answers("0x1") == {}
            writer.keep_answers("0x1", {b"key": b"answer"})
            assert reader.kept_answers("0x1") == {}
        assert reader.kept_answers("0x1") == {b"key": b"answer"}
    commit(store, 2)


def test_a_second_writer_waits_for_the_first(store: Store, database_url: str) -> None:
    commit(store, 1)
    with Store.open(database_url) as second, ThreadPoolExecutor() as pool:
        with store.transaction():
            commit(store, 2)
            waiting = pool.submit(second.save_job_started, "verify", 5)
            commit(store, 3)
            assert second.job_runs() == {}
            assert not waiting.done()
        waiting.result()
        assert store.job_runs()["verify"].last_started == 5
        with pytest.raises(DatabaseError, match="another process has written"):
            commit(second, 4)


def test_threads_share_a_store(store: Store) -> None:
    """Writers queue up; a reader in the same process is not held up and sees whole blocks."""
    commit(store, 1, *_all_at(1))
    with ThreadPoolExecutor() as pool:
        work = [pool.submit(_follow, store), pool.submit(_read, store), pool.submit(_read, store)]
        work += [pool.submit(_note, store, name) for name in ("verify", "prune")]
        for done in as_completed(work):
            done.result()
    assert store.cursor() == ref(59)
    assert {run.last_started for run in store.job_runs().values()} == {59}


def _all_at(number: int) -> list[Change]:
    return [Change(Entity("d", "m", str(n)), "f", number - 1 or None, number) for n in range(20)]


def _follow(store: Store) -> None:
    for number in range(2, 60):
        commit(store, number, *_all_at(number))


def _note(store: Store, name: str) -> None:
    for at in range(60):
        store.save_job_started(name, at)


def _read(store: Store) -> None:
    for _ in range(60):
        with store.snapshot():
            cursor = store.cursor()
            assert cursor is not None
            assert set(state(store).values()) == {cursor.number}

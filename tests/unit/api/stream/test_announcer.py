"""What is said of each step, what a start goes on from, and what two servers say together."""

import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.api.stream import announcer as announcing
from indexer.api.stream.events import Kind, Wanted, split
from indexer.api.stream.log import Entry
from indexer.api.stream.replay import Position, missed
from indexer.errors import DatabaseUnavailable
from indexer.store import Incident, StreamEntry
from tests.unit.api.stream.play import Play
from tests.unit.api.stream.scene import FIRST, Chain, Reader, Server
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import AT_RISK, BLOCK, HEALTHY, LIQUIDATABLE


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(f"sqlite:///{tmp_path}/indexer.db")
    yield made
    made.close()


def entries(chain: Chain) -> list[StreamEntry]:
    return list(chain.store.stream_entries(0))


def kinds(chain: Chain) -> list[str]:
    return [entry.kind for entry in entries(chain)]


def restarted(chain: Chain) -> Server:
    """A new process: it finds what was said, and keeps up."""
    server = Server(chain.url)
    server.keep_up()
    return server


def data_of(server: Server, kind: Kind) -> list[dict[str, object]]:
    return [frame.data for frame in server.frames() if frame.kind is kind]


class TestOneServer:
    def test_what_happens_to_accounts(self, chain: Chain) -> None:
        server = Server(chain.url)
        server.keep_up()
        chain.follow("a", FIRST // 2)
        server.keep_up()
        chain.follow("a", FIRST * 2)
        server.keep_up()
        entered = [(row["block_number"], row["account"], row["to"]) for row in data_of(server, Kind.ENTER)]
        assert entered == [
            (100, LIQUIDATABLE, "liquidatable"), (100, AT_RISK, "at_risk"), (101, HEALTHY, "liquidatable"),
        ]  # fmt: skip
        moved = {row["account"]: (row["from"], row["to"]) for row in data_of(server, Kind.CHANGE)}
        assert moved == {LIQUIDATABLE: ("liquidatable", "bad_debt"), AT_RISK: ("at_risk", "bad_debt")}
        left = {row["account"]: (row["from"], row["now"]) for row in data_of(server, Kind.LEAVE)}
        assert left == {account: (was, "healthy") for account, was in
                        [(LIQUIDATABLE, "bad_debt"), (AT_RISK, "bad_debt"), (HEALTHY, "liquidatable")]}  # fmt: skip
        ends = data_of(server, Kind.BLOCK)
        assert [end["accounts"] for end in ends] == [2, 3, 0]
        assert ends[1]["states"] == {"bad_debt": 2, "liquidatable": 1}
        assert ends[1]["events"] == {"enter": 1, "change": 2, "leave": 0, "price": 1, "pending": 0}
        assert [end["jumped"] for end in ends] == [True, False, False]
        server.close()

    def test_prices_and_answers_that_are_not_visible_yet(self, chain: Chain) -> None:
        server = Server(chain.url)
        server.keep_up()
        first, half = FIRST - 5, FIRST // 2
        for price, pending in [(first, None), (first, half), (first, half - 1), (half - 1, None), (half - 1, None)]:
            chain.follow("a", price, pending)
            server.keep_up()
        prices = [(row["block_number"], row["previous"], row["price"]) for row in data_of(server, Kind.PRICE)]
        assert prices == [(100, None, str(FIRST)), (101, str(FIRST), str(first)), (104, str(first), str(half - 1))]
        pendings = [(row["block_number"], row["change"], row["pending"]) for row in data_of(server, Kind.PENDING)]
        assert pendings == [
            (102, "appeared", {"answer": str(half), "visible_from": None}),
            (103, "changed", {"answer": str(half - 1), "visible_from": None}),
            (104, "gone", None),
        ]
        server.close()

    def test_orphaned_blocks_are_named_and_taken_back(self, chain: Chain) -> None:
        server, reader = Server(chain.url), Reader()
        old = []
        for price in (FIRST // 2, FIRST // 3):
            old.append(chain.follow("a", price))
            server.keep_up()
        first = chain.at_risk(101)
        chain.reorg(1)
        new = chain.follow("b", FIRST)
        server.keep_up()
        (taken_back,) = data_of(server, Kind.RETRACTION)
        assert taken_back["orphaned"] == [{"block_number": 102, "block_hash": old[1].hash}]
        assert taken_back["block_hash"] == old[0].hash
        for frame in server.frames():
            reader.take(frame)
        assert [picture.block.block_hash for picture in reader.pictures] == [
            old[0].hash, old[1].hash, old[0].hash, new.hash,
        ]  # fmt: skip
        assert reader.pictures[2].accounts == first
        server.close()

    def test_what_was_taken_back_is_not_taken_back_again(self, chain: Chain) -> None:
        server = Server(chain.url)
        server.keep_up()
        refs = [chain.follow("a", FIRST // 2), chain.follow("a", FIRST // 3)]
        server.keep_up()
        server.close()
        server = restarted(chain)
        for fork, depth in (("b", 1), ("c", 2)):
            chain.reorg(depth)
            refs.append(chain.follow(fork, FIRST // 4))
            server.keep_up()
        _, second = data_of(server, Kind.RETRACTION)
        assert [each["block_hash"] for each in second["orphaned"]] == [refs[2].hash, refs[0].hash]  # type: ignore[attr-defined]
        server.close()

    def test_a_quarantine_is_news_of_the_same_block(self, chain: Chain) -> None:
        server = Server(chain.url)
        server.keep_up()
        chain.store.save_incident(Incident(DEPLOYMENT, BLOCK.number, ("x",), "an example", 1))
        server.keep_up()
        assert [end["block_number"] for end in data_of(server, Kind.BLOCK)] == [100, 100]
        assert server.said[-1].picture.accounts == chain.at_risk(100)
        assert {row["state"] for row in server.said[-1].picture.accounts.values()} == {"unknown"}
        server.close()

    def test_a_database_that_refuses_costs_no_block(self, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Server(chain.url)
        server.keep_up()
        with monkeypatch.context() as broken:

            def refuse(_: StreamEntry) -> bool:
                raise DatabaseUnavailable("the disk is full")

            broken.setattr(server.store, "append_stream", refuse)
            refs = [chain.follow("a", FIRST // 2), chain.follow("a", FIRST)]
            server.keep_up()
            assert len(server.said) == 1
        refs.append(chain.follow("a", FIRST // 3))
        server.keep_up()
        assert [said.mark.block_hash for said in server.said[1:]] == [ref.hash for ref in refs]
        server.close()


class TestStarts:
    def test_blocks_of_the_meantime_are_said_one_by_one(self, chain: Chain) -> None:
        restarted(chain).close()
        refs = [chain.follow("a", FIRST // part) for part in (2, 3, 1)]
        server = restarted(chain)
        assert [said.mark.block_hash for said in server.said] == [BLOCK.hash, *(ref.hash for ref in refs)]
        assert not any(end["jumped"] for end in data_of(server, Kind.BLOCK)[1:])
        server.close()

    def test_many_blocks_are_one_jump(self, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(announcing, "_CATCH_UP", 2)
        restarted(chain).close()
        refs = [chain.follow("a", FIRST // part) for part in (2, 3, 1)]
        server = restarted(chain)
        assert [said.mark.block_hash for said in server.said] == [BLOCK.hash, refs[-1].hash]
        assert data_of(server, Kind.BLOCK)[-1]["jumped"]
        server.close()

    def test_a_reorg_of_the_meantime_is_taken_back_first(self, chain: Chain) -> None:
        server = restarted(chain)
        for price in (FIRST // 2, FIRST // 3, FIRST // 4):
            chain.follow("a", price)
            server.keep_up()
        server.close()
        kept = chain.blocks[1][0]
        chain.reorg(2)
        new = [chain.follow("b", FIRST // 5), chain.follow("b", FIRST)]
        server = restarted(chain)
        assert [said.mark.block_hash for said in server.said[1:]] == [kept.hash, *(ref.hash for ref in new)]
        assert [said.mark.kind for said in server.said[1:]] == ["retraction", "block", "block"]
        server.close()

    def test_nothing_new_is_nothing_said(self, chain: Chain) -> None:
        restarted(chain).close()
        before = entries(chain)
        server = restarted(chain)
        assert entries(chain) == before
        assert [said.end for said in server.said] == [f"{before[-1].seq}-{len(server.said[0].frames) - 1}"]
        server.close()

    def test_a_reorg_below_all_that_was_said_lists_everything_anew(self, chain: Chain) -> None:
        chain.follow("a", FIRST // 2)
        restarted(chain).close()
        chain.reorg(1)
        chain.follow("b", FIRST // 3)
        restarted(chain).close()
        assert kinds(chain) == ["list", "list"]
        assert split(zlib.decompress(entries(chain)[-1].body))[0].data["reason"] == "relisted"

    def test_words_of_another_version_list_everything_anew(self, chain: Chain) -> None:
        server = restarted(chain)
        last = entries(chain)[-1]
        chain.store.append_stream(last._replace(seq=last.seq + 10**6, after_seq=last.seq, body=b"no zlib"))
        server.close()
        restarted(chain).close()
        assert kinds(chain) == ["list", "list", "list"]

    def test_rows_never_get_a_number_again(self, chain: Chain) -> None:
        """A copy of the database that is put back goes on with numbers that nobody saw."""
        server = restarted(chain)
        seen = {said.seq for said in server.said}
        server.close()
        chain.store.prune_stream(10**18)
        server = restarted(chain)
        assert not seen & {said.seq for said in server.said}
        server.close()


class TestTwoServers:
    def test_both_say_the_same_and_each_block_is_written_once(self, chain: Chain) -> None:
        one, other = restarted(chain), restarted(chain)
        for turn, price in enumerate((FIRST // 2, FIRST, FIRST // 3, FIRST * 2)):
            chain.follow("a", price)
            for server in (one, other) if turn % 2 else (other, one):
                server.keep_up()
        chain.reorg(2)
        chain.follow("b", FIRST // 7)
        for server in (one, other):
            server.keep_up()
        assert [f.raw for f in one.frames()[4:]] == [f.raw for f in other.frames()[4:]]
        assert kinds(chain) == ["list", "block", "block", "block", "block", "retraction", "block"]
        one.close()
        other.close()

    def test_who_is_behind_repeats_what_the_other_said(self, chain: Chain) -> None:
        one, other = restarted(chain), restarted(chain)
        refs = [chain.follow("a", FIRST // part) for part in (2, 3, 4)]
        one.keep_up()
        other.current.advance()
        other.keep_up()
        assert [said.mark.block_hash for said in other.said[1:]] == [ref.hash for ref in refs]
        assert kinds(chain) == ["list", "block", "block", "block"]
        one.close()
        other.close()


class TestLog:
    def test_old_rows_go_and_a_start_still_finds_a_list(self, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(announcing, "_BASE_EVERY", 3)
        server = Server(chain.url, keep_blocks=4)
        server.keep_up()
        oldest = server.said[0]
        for turn in range(21):
            chain.follow("a", FIRST // (1 + turn % 3))
            server.keep_up()
        picture = server.said[-1].picture
        kept = entries(chain)
        assert (kept[0].kind, kept[-1].kind) == (Entry.BASE, Entry.BASE)
        assert 4 <= sum(entry.kind != Entry.BASE for entry in kept) <= 8
        everything = Wanted()
        assert missed(server.announcer.log, Position(oldest.seq, 0), server.said[-1].seq, everything) is None
        server.close()
        again = Server(chain.url)
        again.announcer.load()
        assert again.said[-1].picture.accounts == picture.accounts
        assert again.said[-1].mark.kind == Entry.BLOCK
        again.close()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_a_client_holds_at_risk(chain: Chain, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "_BASE_EVERY", 5)
    play = Play(chain, random.Random(seed))
    for _ in range(25):
        play.step()
    play.finish()
    assert play.compared > 15

"""The stream over real HTTP: going on after any event, filters, slow clients, the end."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from indexer.api.app import build_app
from indexer.api.doors import Doors
from indexer.api.stream.endpoint import router
from indexer.api.stream.events import Event, Frame, Kind, Row
from indexer.api.stream.log import Said
from indexer.evm import address
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import Deployment
from tests.unit.api.stream.scene import FIRST, Chain, Reader, Server
from tests.unit.api.stream.serving import PATIENCE_S, listening, served
from tests.unit.market_book import DEPLOYMENT

ROOT = Path(__file__).parents[4]
BLOCK_FIELDS = {"chain_id", "block_number", "block_hash", "block_timestamp"}


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(f"sqlite:///{tmp_path}/indexer.db")
    yield made
    made.close()


@pytest.fixture
def lived(chain: Chain) -> Iterator[Server]:
    """A server that said a list, blocks with all kinds of events, and a retraction."""
    server = Server(chain.url)
    server.keep_up()
    for price, pending in ((FIRST // 2, None), (FIRST, FIRST // 2), (FIRST // 2, None)):
        chain.follow("a", price, pending)
        server.keep_up()
    chain.reorg(2)
    chain.follow("b", FIRST // 3)
    server.keep_up()
    yield server
    server.close()


def test_a_new_client_gets_the_list_and_then_each_block(chain: Chain, lived: Server) -> None:
    reader = Reader()
    with served(lived) as url, listening(url) as frames:
        reader.take_until(frames, chain.tip)
        assert reader.kinds[0] is Kind.RESET
        for price in (FIRST // 4, FIRST):
            ref = chain.follow("b", price)
            lived.keep_up()
            assert reader.take_until(frames, ref).accounts == chain.at_risk(ref.number)
        assert reader.kinds.count(Kind.RESET) == 1


def test_a_client_that_breaks_off_after_any_event_misses_and_repeats_nothing(chain: Chain, lived: Server) -> None:
    everything = [frame.raw for frame in lived.frames()][
        len(lived.said[0].frames) - 1 :
    ]  # from the end of the first list on
    assert everything[0].startswith(b"id")
    with served(lived) as url:
        for k, raw in enumerate(everything[:-1]):
            last_id = raw.split(b"\n")[0][4:].decode()
            with listening(url, last_id) as frames:
                assert [frame.raw for frame in islice(frames, len(everything) - 1 - k)] == everything[k + 1 :]
        ref = chain.follow("b", FIRST)
        with listening(url, everything[-1].split(b"\n")[0][4:].decode()) as frames:
            lived.keep_up()
            assert next(frames).data["block_hash"] == ref.hash


@pytest.mark.parametrize("last_id", ["1-0", "9999999999999-0", "nonsense", "-1", "", "1795000000000-99999999"])
def test_an_id_that_is_not_known_is_answered_with_the_list(lived: Server, last_id: str) -> None:
    with served(lived) as url, listening(url, last_id) as frames:
        reset = next(frames)
        assert (reset.kind, reset.data["reason"]) == (Kind.RESET, "unknown_id")


def test_within_the_list_no_place_can_be_named(lived: Server) -> None:
    first = lived.said[0]
    with served(lived) as url, listening(url, f"{first.seq}-1") as frames:
        assert next(frames).kind is Kind.RESET


def test_filters_leave_a_consistent_part(chain: Chain, lived: Server) -> None:
    chain.store.save_deployments([Deployment("other", "aave_v3", address(0xE2), 0)])
    with served(lived) as url:
        with listening(url, events="price") as frames:
            assert [frame.kind for frame in islice(frames, 3)] == [Kind.RESET, Kind.PRICE, Kind.BLOCK]
        with listening(url, events=["price", "pending"], deployment="other") as frames:
            assert [frame.kind for frame in islice(frames, 2)] == [Kind.RESET, Kind.BLOCK]
        with listening(url, lived.said[0].end, events="accounts", deployment=DEPLOYMENT) as frames:
            kinds = {frame.kind for frame in islice(frames, 14)}
            assert kinds >= {Kind.ENTER, Kind.CHANGE, Kind.LEAVE, Kind.BLOCK, Kind.RETRACTION}
            assert not kinds & {Kind.PRICE, Kind.PENDING}
        assert httpx.get(url, params={"events": "enter"}).status_code == 422
        with pytest.raises(httpx.HTTPStatusError):
            httpx.get(url, params={"deployment": "nobody"}).raise_for_status()


def test_before_the_first_block_and_when_all_are_taken_it_is_503(chain: Chain) -> None:
    server = Server(chain.url, clients=2)
    with served(server) as url:
        empty = httpx.get(url)
        assert (empty.status_code, empty.headers["retry-after"]) == (503, "5")
        server.keep_up()
        with listening(url) as one, listening(url) as two:
            next(one), next(two)
            assert httpx.get(url).status_code == 503
        deadline = time.monotonic() + PATIENCE_S
        while server.announcer.broadcast.tip is not None and _status(url) == 503:  # they leave when they are gone
            assert time.monotonic() < deadline
        assert _status(url) == 200
    server.close()


def _status(url: str) -> int:
    with httpx.stream("GET", url, timeout=PATIENCE_S) as answer:
        return answer.status_code


@contextmanager
def reading_nothing(url: str) -> Iterator[socket.socket]:
    """A client that asks for the stream and leaves it in its small buffer."""
    parts = urlsplit(url)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.connect((parts.hostname, parts.port))
        slow.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        yield slow


def large(server: Server, turn: int) -> Said:
    """Something to say of 100 kB."""
    tip = server.said[0]
    frame = Frame.of(Event(Kind.PRICE, {"deployment": "x" * 100_000}), tip.picture.block, f"{tip.seq + turn}-0")
    return Said(tip.mark._replace(seq=tip.seq + turn), (frame,), tip.picture)


def test_a_slow_client_is_told_and_dropped_and_nobody_waits_for_it(chain: Chain) -> None:
    server, reader = Server(chain.url, buffer_bytes=300_000), Reader()
    server.keep_up()
    broadcast = server.announcer.broadcast
    with served(server) as url, reading_nothing(url) as slow, listening(url) as frames:
        reader.take_until(frames, chain.tip)
        until(lambda: len(broadcast._clients) == 2)
        for turn in range(1, 500):
            broadcast.publish(large(server, turn))
            assert next(frames).raw.startswith(b"id: %d-0" % (server.said[0].seq + turn))
            if len(broadcast._clients) == 1:
                break
        assert len(broadcast._clients) == 1, "the slow client was not dropped"
        said = b""
        slow.settimeout(PATIENCE_S)
        while not said.endswith(b"0\r\n\r\n"):  # the end of the answer
            said += slow.recv(1 << 20)
        events = [line for line in said.split(b"\n") if line.startswith(b"event: ")]
        assert events[-1] == b"event: dropped"
        assert events.count(b"event: dropped") == 1
    server.close()


def test_a_client_that_takes_nothing_any_more_is_cut_off(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.api.stream.broadcast._PATIENCE_S", 0.05)
    server = Server(chain.url, buffer_bytes=300_000)
    server.keep_up()
    broadcast = server.announcer.broadcast
    with served(server) as url, reading_nothing(url):
        until(lambda: len(broadcast._clients) == 1)
        deadline, turns = time.monotonic() + PATIENCE_S, count(1)
        while broadcast._open:
            assert time.monotonic() < deadline
            broadcast.publish(large(server, next(turns)))
            time.sleep(0.005)
    server.close()


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_end_of_the_server_ends_streams_at_once(lived: Server) -> None:
    ended = threading.Event()
    with served(lived) as url:
        started = threading.Event()

        def listen() -> None:
            with listening(url) as frames:
                for _ in frames:
                    started.set()
            ended.set()

        thread = threading.Thread(target=listen)
        thread.start()
        assert started.wait(PATIENCE_S)
        begin = time.monotonic()
    thread.join(PATIENCE_S)
    assert ended.is_set()
    assert time.monotonic() - begin < 5


def test_when_nothing_happens_a_heart_beats(chain: Chain) -> None:
    server = Server(chain.url, heartbeat_s=0.05)
    server.keep_up()
    with served(server) as url, listening(url) as frames:
        beats = list(islice((frame for frame in frames if frame.kind is Kind.HEARTBEAT), 2))
        assert [beat.data["block_hash"] for beat in beats] == [chain.tip.hash] * 2
        assert not beats[0].raw.startswith(b"id")
    server.close()


def documented() -> dict[str, set[str]]:
    """The fields of each event by docs/stream.md."""
    text = (ROOT / "docs" / "stream.md").read_text(encoding="utf-8").partition("\n## Every event\n")[2]
    sections = re.split(r"^### `(\w+)`\n", text.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    found = {}
    for kind, body in zip(sections[::2], sections[1::2], strict=True):
        cells = re.findall(r"^\| (`[^|]+`) \|", body, re.MULTILINE)
        found[kind] = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    return found


def test_the_documented_events_and_fields_are_those_sent(lived: Server) -> None:
    sent: dict[str, set[str]] = {}

    def take(frame: Frame) -> None:
        data: Row = frame.data
        assert data.keys() >= BLOCK_FIELDS
        keys = data.keys() - BLOCK_FIELDS
        assert sent.setdefault(frame.kind.value, set(keys)) == keys

    for frame in lived.frames():
        take(frame)
    broadcast = lived.announcer.broadcast
    for kind, data in ((Kind.HEARTBEAT, {}), (Kind.DROPPED, {"reason": "too_slow"})):
        take(Frame.read(broadcast._notice(kind, data)))
    assert sent == documented()
    assert sent.keys() == {kind.value for kind in Kind}


def test_openapi_says_that_it_is_a_stream_of_events(lived: Server) -> None:
    doors = Doors(lived.store, lived.current, Settings(), Asked())
    app = build_app(doors)
    app.include_router(router(doors, lived.announcer))
    told = app.openapi()["paths"]["/v1/stream"]["get"]
    assert list(told["responses"]["200"]["content"]) == ["text/event-stream"]
    assert {parameter["name"] for parameter in told["parameters"]} == {"deployment", "events", "last-event-id"}
    assert "503" in told["responses"]

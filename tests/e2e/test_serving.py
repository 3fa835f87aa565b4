"""The API as commands: `serve` without a node, `run` beside its follower, and what crowds do to others."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from indexer.api.access.keys import hashed
from scripts.devnet import Devnet
from tests.e2e.api_process import Running, answering
from tests.e2e.command import Indexer
from tests.unit.reports.stored import changes_of, write_store

CROWD = 500
_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def stored(tmp_path: Path) -> Indexer:
    """The command over the small store, without a node."""
    url = write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())
    config = tmp_path / "indexer.toml"
    config.write_text(f'[database]\nurl = "{url}"\n')
    return Indexer(config, {})


@pytest.mark.node
def test_the_service_answers_follows_and_ends_in_order(own: Indexer, playground: Devnet) -> None:
    with answering(own.with_env(INDEXER_SCHEDULE__POLL_S="0.1"), "run") as service:
        for _ in range(3):
            playground.mine()
            until_block(service, playground.block_number, playground.tip_hash)
        ready = httpx.get(f"{service.url}/readyz").json()
        metrics = httpx.get(f"{service.url}/metrics").text
        code, err = service.told(signal.SIGTERM)
    assert (ready["ready"], ready["reasons"], ready["lag_blocks"]) == (True, [], 0)
    assert f"indexer_block_number {playground.block_number}.0" in metrics
    assert "indexer_node_http_requests_total" in metrics
    assert code == 0, err
    assert "Traceback" not in err
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{service.url}/healthz")


def until_block(service: Running, number: int, block_hash: str) -> None:
    """Wait until the API stands on a block."""
    until = time.monotonic() + 60
    said: dict[str, object] = {}
    while said.get("block_hash") != block_hash:
        assert time.monotonic() < until, said
        said = httpx.get(f"{service.url}/readyz").json()
        time.sleep(0.05)
    assert said["block_number"] == number


def test_serve_answers_without_a_node_and_ends_on_sigterm_in_the_midst_of_requests(stored: Indexer) -> None:
    with answering(stored, "serve") as server, closing(socket.create_connection(address(server))) as idle:
        idle.sendall(_REQUEST)
        assert idle.recv(12) == b"HTTP/1.1 200"
        said = httpx.get(f"{server.url}/readyz").json()
        began = time.monotonic()
        code, err = server.told(signal.SIGTERM)
    assert said["block_number"] == 100
    assert code == 0, err
    assert time.monotonic() - began < 10
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"INDEXER_API__HOST": "0.0.0.0"}, "indexer api-key NAME"),  # noqa: S104
        ({"INDEXER_API__HOST": "nowhere.invalid"}, "is no address"),
        ({"INDEXER_API__PORT": "99999"}, "INDEXER_API__PORT"),
        ({"INDEXER_API__KEYS": '[{"name": "a", "sha256": "short"}]'}, "number 1: sha256"),
        ({"INDEXER_DATABASE__URL": "sqlite:///none.db"}, "indexer sync"),
    ],
)
def test_what_cannot_be_served_is_one_line(stored: Indexer, environment: dict[str, str], says: str) -> None:
    ran = stored.with_env(**environment).run("serve")
    assert ran.code == 2
    assert says in ran.error


def test_a_port_that_is_taken_is_one_line(stored: Indexer) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        ran = stored.with_env(INDEXER_API__PORT=str(port)).run("serve")
    assert ran.code == 2
    assert ran.error.startswith(f"port in use: 127.0.0.1:{port}")


def test_a_new_key_opens_a_server_beyond_loopback(stored: Indexer) -> None:
    said = stored.run("api-key", "bot").out
    key = next(line.strip() for line in said.splitlines() if line.strip().startswith("chi_"))
    lines = said[said.index("[[api.keys]]") :]
    assert hashed(key) in lines
    assert key not in lines
    stored.config.write_text(stored.config.read_text() + "\n".join(line.strip() for line in lines.splitlines()))
    with answering(stored.with_env(INDEXER_API__HOST="0.0.0.0"), "serve") as server:  # noqa: S104
        url = server.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        statuses = [
            httpx.get(f"{url}/metrics", headers=headers).status_code
            for headers in ({}, {"x-api-key": key}, {"authorization": f"Bearer {key}"}, {"x-api-key": hashed(key)})
        ]
        _, err = server.told(signal.SIGTERM)
    assert statuses == [401, 200, 200, 401]
    assert key not in err
    assert hashed(key) not in err


def test_a_name_that_is_none_is_refused(stored: Indexer) -> None:
    assert "is no name" in stored.run("api-key", 'a"b').error


class TestCrowds:
    @pytest.fixture
    def server(self, stored: Indexer) -> Iterator[Running]:
        with answering(stored, "serve") as running:
            yield running
            assert running.process.poll() is None
            code, err = running.told(signal.SIGTERM)
            assert code == 0, err

    def test_five_hundred_connections_are_answered_and_others_too(self, server: Running) -> None:
        async def crowd() -> list[bytes]:
            held = [await asyncio.open_connection(*address(server)) for _ in range(CROWD)]
            answers = []
            for _ in range(2):
                for _, writer in held:
                    writer.write(_REQUEST)
                answers += [await reader.readuntil(b'"alive"}') for reader, _ in held]
                assert await asyncio.to_thread(is_well, server)
            for _, writer in held:
                writer.close()
            return answers

        answers = asyncio.run(crowd())
        assert len(answers) == 2 * CROWD
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)

    def test_who_sends_too_much_too_slowly_or_reads_nothing_holds_up_nobody(self, server: Running) -> None:
        bad = [socket.create_connection(address(server), timeout=5) for _ in range(60)]
        for number, connection in enumerate(bad):
            with suppress(ConnectionError):
                connection.sendall(
                    (
                        b"GET /" + b"a" * 100_000,
                        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000,
                        b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n"
                        + b"a" * 100_000,
                        b"G",
                        _REQUEST.replace(b"/healthz", b"/metrics") * 100,
                        b"\x00" * 100_000,
                    )[number % 6]
                )
        assert all(is_well(server) for _ in range(20))
        for connection in bad:
            with suppress(ConnectionError):
                connection.sendall(b"E")
        assert all(is_well(server) for _ in range(20))
        for connection in bad:
            connection.close()
        assert is_well(server)


def is_well(server: Running) -> bool:
    """Somebody else is answered, within seconds on a busy machine."""
    began = time.monotonic()
    return httpx.get(f"{server.url}/healthz", timeout=10).status_code == 200 and time.monotonic() - began < 5


def address(server: Running) -> tuple[str, int]:
    parts = urlsplit(server.url)
    return parts.hostname or "", parts.port or 0

"""A node's URL may hold a user, a password, a key in its path or its query: no output repeats any of them."""

import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.devnet import Devnet
from tests.e2e.command import Indexer

pytestmark = pytest.mark.node

SECRETS = ("s3cretuser", "s3cretpass", "s3cretpath", "s3cretquery")


def secretive(netloc: str) -> str:
    user, password, path, query = SECRETS
    return f"http://{user}:{password}@{netloc}/v2/{path}?apikey={query}"


@pytest.fixture
def provider(devnet: Devnet) -> Iterator[str]:
    """Host and port of a server that answers on every path, as providers with keys in their paths do."""

    class Forward(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = urllib.request.Request(devnet.url, body, {"content-type": "application/json"})  # noqa: S310 - ours
            with urllib.request.urlopen(asked) as answer:  # noqa: S310 - ours
                content = answer.read()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forward)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_command_repeats_a_secret(own: Indexer, provider: str, borrower: str) -> None:
    answering = own.with_env(INDEXER_NODE__URL=secretive(provider))
    silent = own.with_env(INDEXER_NODE__URL=secretive("127.0.0.1:9"), INDEXER_NODE__ATTEMPTS="1")
    commands = [("sync", "--once"), ("at-risk",), ("explain", borrower), ("verify", "--sample", "2"), ("doctor",)]
    jobs = [(node, command) for node in (answering, silent) for command in commands]
    rans = [indexer.run("--verbose", *command) for indexer, command in jobs]
    for (_, command), ran in zip(jobs, rans, strict=True):
        for secret in SECRETS:
            assert secret not in ran.out + ran.err, (command, ran.err)
    assert [ran.code for ran in rans[: len(commands)]] == [0] * len(commands), [ran.err for ran in rans]

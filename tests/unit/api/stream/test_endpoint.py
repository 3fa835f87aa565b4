"""The stream over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.api.stream.events import Kind
from tests.unit.api.stream.scene import FIRST, Chain, Reader, Server
from tests.unit.api.stream.serving import listening, served


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(f"sqlite:///{tmp_path}/indexer.db")
    yield made
    made.close()


def test_try(chain: Chain) -> None:
    server, reader = Server(chain), Reader(chain)
    server.keep_up()
    with served(server) as url:
        with listening(url) as frames:
            for f in frames:
                reader.take([f])
                if f.kind is Kind.BLOCK:
                    break
            chain.follow("a", FIRST // 2)
            server.keep_up()
            for f in frames:
                reader.take([f])
                if f.kind is Kind.BLOCK:
                    break
        assert dict(reader.pictures[-1].accounts) == chain.at_risk(101)
        chain.follow("a", FIRST // 3)
        server.keep_up()
        with listening(url, reader.event_id) as frames:
            for f in frames:
                reader.take([f])
                if f.kind is Kind.BLOCK:
                    break
            assert dict(reader.pictures[-1].accounts) == chain.at_risk(102)
    server.close()

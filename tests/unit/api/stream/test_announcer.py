"""What is said of each step, and what a start goes on from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.api.stream.scene import FIRST, Chain, Reader, Server


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(f"sqlite:///{tmp_path}/indexer.db")
    yield made
    made.close()


def test_try(chain: Chain) -> None:
    server, reader = Server(chain), Reader(chain)
    server.keep_up()
    chain.follow("a", FIRST // 2)
    server.keep_up()
    chain.reorg(1)
    chain.follow("b", FIRST * 2)
    server.keep_up()
    for f in server.frames():
        print(f.raw.decode()[:300])
    reader.take(server.frames())
    for p in reader.pictures: print(p.block, len(p.accounts))
    assert dict(reader.pictures[-1].accounts) == chain.at_risk(101)
    assert 0

"""A real node, for the tests marked `node`."""

from collections.abc import Iterator

import pytest

from scripts.devnet.anvil import Anvil


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    node = Anvil()
    yield node
    node.stop()

"""A devnet with Morpho Blue alone behind the common deployment, at the end of its story."""

from collections.abc import Iterator

import pytest

from scripts.devnet import Devnet
from tests.protocols.morpho_blue.witness import Witness


@pytest.fixture(scope="module")
def witness() -> Iterator[Witness]:
    with Devnet.start(seed=7, protocols=("morpho_blue",), common=False) as running:
        running.live_all()
        found = Witness(running)
        found.enrich()
        running.mine()
        yield found

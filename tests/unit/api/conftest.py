"""A small house with open doors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.api.doors import House, small_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Four accounts, one block, prices with sources."""
    made = small_house(tmp_path)
    yield made
    made.store.close()

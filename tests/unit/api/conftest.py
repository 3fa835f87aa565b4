"""A small house with open doors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.book import Change, Entity
from tests.unit.api.doors import House
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import USDC, WETH, changes_of, write_store


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Four accounts, one block, prices with sources."""
    sources = [Change(Entity(DEPLOYMENT, asset), "source", None, 0xFEED) for asset in (WETH.asset, USDC.asset)]
    made = House(write_store(f"sqlite:///{tmp_path}/indexer.db", [*changes_of(), *sources]))
    yield made
    made.store.close()

"""Maker passes the suite of all protocols, on the chain recorded from its contracts."""

import pytest

from tests.protocols.case import Case
from tests.protocols.contract import ProtocolContract
from tests.protocols.maker.case import MakerCase


@pytest.fixture(scope="module")
def case() -> Case:
    """The recorded chain."""
    return MakerCase.golden("maker")


class TestContract(ProtocolContract):
    """Discovery, logs and reads, health, liquidations, undo."""

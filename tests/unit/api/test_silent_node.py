"""A node that takes requests and answers none holds up nobody who does not need it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from indexer.api.app import build_app
from indexer.api.doors import Doors
from indexer.api.house import node_for_requests
from indexer.settings import Settings
from tests.unit.api.doors import House
from tests.unit.reports.stored import BLOCK

NEEDLESS = ("/v1/chains", "/v1/solvency", f"/v1/markets?block={BLOCK.number}", f"/v1/accounts?block={BLOCK.number}")


@pytest.fixture
def url() -> Iterator[str]:
    """Of a node that counts nothing and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.parametrize("path", NEEDLESS)
def test_a_silent_node_is_not_asked_about_whole_blocks(house: House, url: str, path: str) -> None:
    settings = Settings.model_validate({"node": {"url": url, "timeout_s": 60}})
    app = build_app(Doors(house.store, house.current, settings, house.asked, node_for_requests(settings, 1)))
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(house.get(path, app=app).status_code), daemon=True)
    asking.start()
    asking.join(10)
    assert answers == [200]

"""What is this machine, and what only looks like it."""

import pytest

from indexer.api.access.hosts import is_local_name, is_loopback


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("0.0.0.0", False), ("::", False),  # noqa: S104
     ("10.0.0.1", False), ("fe80::1%eth0", False), ("localhost", False), ("", False)],
)  # fmt: skip
def test_addresses(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("LOCALHOST:8580", True), ("127.0.0.1:8580", True), ("[::1]:8580", True), ("[::1]", True),
     ("", False), ("evil.example", False), ("evil.example:8580", False), ("localhost.evil.example", False),
     ("127.0.0.1.evil.example", False), ("0.0.0.0:8580", False), ("[::1", True), ("\xff", False),
     ("2130706433", False)],
)  # fmt: skip
def test_names(host: str, expected: bool) -> None:
    assert is_local_name(host.encode("latin-1")) is expected

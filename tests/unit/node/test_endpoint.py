"""Secrets of a node URL: user, password, key in the path, key in the query."""

import logging
import string
import traceback
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import ConfigurationError, NodeError
from indexer.node import JsonRpc, redact
from indexer.node.endpoint import Endpoint
from tests.unit.node.fakes import Script, echo, fault, raising, status

SECRETS = ("USERSECRET", "PASSSECRET", "PATHSECRET", "QUERYSECRET")
LEAKY = "http://USERSECRET:PASSSECRET@node.test:8545/v3/PATHSECRET?key=QUERYSECRET"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("http://127.0.0.1:8545/", "http://127.0.0.1:8545"),
        ("https://mainnet.example/v3/abc", "https://mainnet.example/…"),
        ("https://me:pw@host.example:1?key=a", "https://host.example:1/…"),
        ("https://me:pw@host.example:1", "https://host.example:1"),
        ("http://[::1]:8545/x", "http://[::1]:8545/…"),
        ("http://host:99999999/key", "…"),
        ("me:pw@host/key", "…"),
        ("http://[::1/key", "…"),
        ("", "…"),
    ],
)
def test_redact_keeps_only_scheme_host_and_port(url: str, expected: str) -> None:
    assert redact(url) == expected


secret = st.text(string.ascii_letters + string.digits + "-_~", min_size=8, max_size=40).map("Zq".__add__)


@given(user=secret, password=secret, path=secret, query=secret, host=st.sampled_from(["node.test", "10.0.0.1"]))
def test_redact_shows_no_secret(user: str, password: str, path: str, query: str, host: str) -> None:
    shown = redact(f"https://{user}:{password}@{host}:8545/v2/{path}?key={query}#{path}")
    assert shown == f"https://{host}:8545/…"


@given(st.text())
def test_redact_never_raises(text: str) -> None:
    assert isinstance(redact(text), str)


@pytest.mark.parametrize(
    "url", ["ws://h/SECRET1", "SECRET1", "http://", "http://h:bad/SECRET1", "http://é\x00/SECRET1"]
)
def test_an_unusable_url_is_the_users_mistake_and_stays_secret(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        JsonRpc([url])
    assert "SECRET1" not in everything(caught.value)


def everything(error: BaseException) -> str:
    """All text a log or a crash report could show of an error."""
    seen: list[str] = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        seen += [str(link), repr(link), str(link.args), str(vars(link))]
        link = link.__cause__ or link.__context__
    return "\n".join(seen)


@pytest.mark.parametrize(
    "step",
    [
        raising(httpx.ConnectError, f"no route to {LEAKY}"),
        raising(httpx.ReadTimeout, LEAKY),
        raising(httpx.RemoteProtocolError, f"{LEAKY} cut"),
        status(401, LEAKY),
        status(404, LEAKY),
        status(302, location=LEAKY),
        status(503, LEAKY),
        status(200, f"<html>{LEAKY}</html>"),
        fault(-32000, f"key PATHSECRET of {LEAKY} (QUERYSECRET) is not known"),
        fault(429, f"key PATHSECRET of {LEAKY} is too fast"),
    ],
)
def test_no_secret_in_errors_or_logs(
    step: Callable[[httpx.Request], httpx.Response],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rpc = Script(step).rpc(LEAKY, attempts=2)
    with (
        caplog.at_level(logging.DEBUG),
        caplog.at_level(logging.DEBUG, logger="httpx"),
        pytest.raises(NodeError) as caught,
    ):
        rpc.call("eth_chainId")
    shown = everything(caught.value) + caplog.text + "".join(capsys.readouterr())
    assert [word for word in SECRETS if word in shown] == []


def test_a_healthy_request_logs_no_url(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.INFO, logger="httpx"):
        assert Script(echo).rpc(LEAKY).call("eth_echo", ["0x1"]) == "0x1"
    assert [word for word in SECRETS if word in caplog.text] == []


def test_user_and_password_are_sent_as_basic_auth() -> None:
    seen: list[str] = []

    def step(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return echo(request)

    Script(step).rpc(LEAKY).call("eth_echo", ["0x1"])
    assert seen == ["Basic VVNFUlNFQ1JFVDpQQVNTU0VDUkVU"]


def test_repr_is_redacted() -> None:
    assert repr(Endpoint(LEAKY, 1, None)) == "Endpoint(http://node.test:8545/…)"

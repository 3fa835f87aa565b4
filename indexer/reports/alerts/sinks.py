"""Where messages go: a webhook by HTTP, or one of apprise's services."""

from importlib import import_module
from typing import Protocol

import httpx

from indexer.errors import IndexerError
from indexer.reports.alerts.rules import Target
from indexer.store import Outgoing

_WHY: tuple[tuple[type[httpx.HTTPError], str], ...] = (
    (httpx.TimeoutException, "no answer in time"),
    (httpx.ConnectError, "no connection"),
    (httpx.RemoteProtocolError, "the connection broke before the answer"),
    (httpx.TransportError, "the connection broke"),
)


class NotAccepted(IndexerError):
    """A sink did not accept a message, or nobody knows whether it did. The text holds no secret of the target."""


class Sink(Protocol):
    """Takes messages. Slow ones hold up nobody but themselves: each is used by a thread of its own."""

    def send(self, message: Outgoing) -> None:
        """Send; returns when it was accepted. Raises NotAccepted."""


class Webhook:
    """POSTs the message's JSON. Accepted is any status from 200 to 299; redirects are not followed."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._client = httpx.Client(timeout=timeout_s)

    def send(self, message: Outgoing) -> None:
        """The id is in the body and in the header `Idempotency-Key`. Raises NotAccepted."""
        headers = {"content-type": "application/json", "idempotency-key": message.id}
        try:
            with self._client.stream("POST", self._url, content=message.body.encode(), headers=headers) as answer:
                status = answer.status_code
        except httpx.HTTPError as error:
            raise NotAccepted(next((why for kind, why in _WHY if isinstance(error, kind)), "it failed")) from None
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise NotAccepted("the URL is not understood") from None
        if not 200 <= status < 300:
            raise NotAccepted(f"it answered HTTP {status}")


def sink_of(target: Target, timeout_s: float) -> Sink:
    """The sink of a target. Raises NotAccepted where apprise does not know such a service."""
    if target.is_webhook:
        return Webhook(target.url, timeout_s)
    # By its name: apprise takes a third of a second to load, which nobody without such a target should wait for.
    made: Sink = import_module("indexer.reports.alerts.services").Service(target.url, timeout_s)
    return made

"""One node URL: how it is posted to, and how its secrets stay out of every message."""

import logging
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import httpx

from indexer.errors import ConfigurationError

HIDDEN = "…"
LONGEST_MESSAGE = 1_000
_HOST = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")
_SHORTEST_SECRET = 4


def redact(url: str) -> str:
    """`scheme://host:port` of a URL; everything else may be a secret and becomes "…". Never raises."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return HIDDEN
    if not parts.scheme or host is None or not _HOST.fullmatch(host):
        return HIDDEN
    shown = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{'' if port is None else f':{port}'}"
    rest = parts.path.strip("/") or parts.query or parts.fragment
    return f"{shown}/{HIDDEN}" if rest else shown


def secret_pieces(url: str) -> list[str]:
    """What a message must not repeat: user, password, path segments and query values, longest first."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    pieces = [parts.path.strip("/"), *parts.path.split("/"), parts.query, parts.fragment]
    pieces += [parts.username or "", parts.password or "", parts.netloc.rpartition("@")[0], url]
    for pair in parts.query.split("&"):
        pieces.append(pair.partition("=")[2])
    pieces += [unquote(piece) for piece in pieces]
    return sorted({piece for piece in pieces if len(piece) >= _SHORTEST_SECRET}, key=len, reverse=True)


def silence_http_logs() -> None:
    """Keep httpx and httpcore from logging: they write whole URLs, keys included, at INFO and DEBUG."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        if _drop_below_warning not in logger.filters:
            logger.addFilter(_drop_below_warning)


def _is_sound(url: str) -> bool:
    try:
        httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return True


def _drop_below_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a POST gave nothing to believe.

    `final`: trying this URL again is no use. `wait_s`: what the node asked us to wait. `timed_out`: the node
    took longer than the client's patience. `too_big`: a smaller body may pass.
    """

    why: str
    final: bool = False
    wait_s: float | None = None
    timed_out: bool = False
    too_big: bool = False


class Endpoint:
    """One node URL with its own keep-alive connections. Raises ConfigurationError for a URL it cannot use."""

    def __init__(self, url: str, timeout_s: float, transport: httpx.BaseTransport | None) -> None:
        self.shown = redact(url)
        self._secrets = secret_pieces(url)
        self._timeout_s = timeout_s
        parts = urlsplit(url) if self.shown != HIDDEN else None
        if parts is None or parts.scheme not in ("http", "https") or not _is_sound(url):
            raise ConfigurationError(
                f"[node] url {self.shown} is not an address of a node; write http://host:port or https://host/key"
            )
        silence_http_logs()
        # A proxy of the environment must not see what goes to this machine; ~/.netrc is not ours to read.
        local = _LOOPBACK.fullmatch(parts.hostname or "") is not None
        self._url = url
        self._client = httpx.Client(
            timeout=timeout_s,
            transport=transport,
            trust_env=not local,
            headers={"content-type": "application/json"},
        )

    def __repr__(self) -> str:
        return f"Endpoint({self.shown})"

    def scrub(self, text: str) -> str:
        """`text` without any piece of this URL that may be a secret, and not too long."""
        for piece in self._secrets:
            text = text.replace(piece, HIDDEN)
        return text[:LONGEST_MESSAGE]

    def post(self, body: bytes) -> bytes | Failure:
        """Send one body; the answer's bytes, or why there is nothing to believe. Never raises for the network."""
        try:
            response = self._client.post(self._url, content=body)
        except httpx.ReadTimeout:
            return Failure(f"timed out after {self._timeout_s:g} s", timed_out=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Failure(self.scrub(f"{type(error).__name__}: {error}".rstrip(": ")))
        return _judge(response)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _judge(response: httpx.Response) -> bytes | Failure:
    """The body where it may be JSON-RPC (some providers answer an error with HTTP 400), else what is wrong."""
    status = response.status_code
    looks_like_json = response.content.lstrip()[:1] in (b"{", b"[")
    if status == 200 or (status in (400, 413, 422) and looks_like_json):
        return response.content
    if status == 429 or status >= 500:
        why = "HTTP 429: too many requests" if status == 429 else f"HTTP {status}"
        return Failure(why, wait_s=_retry_after(response))
    if status in (401, 403):
        advice = "the node refuses us; check the key in [node] url"
    elif status == 413:
        advice = "the request is too large for the node"
    elif 300 <= status < 400:
        advice = "a redirect; write the final address into [node] url"
    else:
        advice = "no JSON-RPC there; check the path of [node] url"
    return Failure(f"HTTP {status}: {advice}", final=True, too_big=status == 413)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    return float(text) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) else None

"""The HTTP server: uvicorn in a thread of its own, on a socket that was bound before."""

import errno
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from indexer.api.access.hosts import is_loopback
from indexer.api.access.wire import Limits, watched
from indexer.errors import ConfigurationError, ServiceError
from indexer.settings.sections import ApiSettings

_BACKLOG = 1_024
_IDLE_S = 30
_GRACE_S = 2
_END_S = 10.0
_ALWAYS = [("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin")]


class Server:
    """Serves `app` as `[api]` says. One `start` and one `stop` per object."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, limits: Limits | None = None) -> None:
        self._settings = settings
        self._socket: socket.socket | None = None
        self._address: tuple[str, int] = (settings.host, settings.port)
        limits = limits or Limits(settings.request_line_bytes, settings.header_bytes, settings.connections)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                app,
                http=watched(limits),
                ws="none",
                access_log=False,
                log_config=None,
                log_level="critical",  # what matters is logged by the gate; the rest is what strangers send
                proxy_headers=False,  # an address decides about rates: nobody may choose his own
                server_header=False,
                headers=_ALWAYS,
                backlog=_BACKLOG,
                timeout_keep_alive=_IDLE_S,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="api", daemon=True)
        self._death: BaseException | None = None

    @property
    def url(self) -> str:
        """Where it answers, once started: the port it got included."""
        host, port = self._address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def is_alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Listen, then serve in the background. Raises ConfigurationError when it cannot, or must not, listen."""
        bound = _bound(self._settings)
        self._address = bound.getsockname()[:2]
        if not self._settings.keys and not is_loopback(self._address[0]):
            bound.close()
            raise ConfigurationError(
                f"[api] host {self._settings.host} is reachable from other machines, and nobody needs a key: make one "
                "with `indexer api-key NAME` and add it as [[api.keys]], or set host to 127.0.0.1"
            )
        bound.listen(_BACKLOG)
        self._socket = bound
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, let those under way end for two seconds, cut streams off. Raises ServiceError."""
        self._uvicorn.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(_END_S)
        if self.is_alive:
            raise ServiceError(f"the API did not end within {_END_S:.0f} s")

    def why_dead(self) -> str:
        """What it died of, where it did."""
        return "no reason told" if self._death is None else f"{type(self._death).__name__}: {self._death}"

    def _serve(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._socket] if self._socket else None)
        except BaseException as error:  # noqa: BLE001 - told by whoever looks after the thread
            self._death = error


def _bound(settings: ApiSettings) -> socket.socket:
    """A socket at the address. Raises ConfigurationError."""
    where = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise ConfigurationError(f"[api] host {settings.host!r} is no address: write 127.0.0.1, or ::1") from None
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise ConfigurationError(_explained(error, where)) from None
    return bound


def _explained(error: OSError, where: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port in use: {where}; stop what listens there, or set another [api] port (0 takes a free one)"
    if error.errno == errno.EACCES:
        return f"no permission to listen at {where}: set an [api] port above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"[api] host is no address of this machine: {where}"
    return f"cannot listen at {where}: {error.strerror}"

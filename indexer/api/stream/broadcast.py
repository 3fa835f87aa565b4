"""From one announcer to all clients: a block is encoded once, and nobody waits for anybody."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from indexer.api.stream.client import Client
from indexer.api.stream.events import Event, Frame, Kind, Row, Wanted
from indexer.api.stream.log import Said
from indexer.settings import StreamSettings

_PATIENCE_S = 5.0
"""How long a client that was dropped has to take its goodbye."""


class Broadcast:
    """`publish` and `close` from any thread, everything else on the event loop that serves."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._clients: dict[Client, Callable[[], None]] = {}
        """Those who are up to date, and what cuts each off."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tip: Said | None = None
        self._lock = threading.Lock()
        self._open = 0
        self._beating: asyncio.TimerHandle | None = None
        self.is_closed = False

    @property
    def tip(self) -> Said | None:
        """What was said last; None before anything was."""
        return self._tip

    def publish(self, said: Said) -> None:
        """Say something that is in the log already."""
        with self._lock:
            self._tip = said
            self._call(self._deliver, said)

    def close(self) -> None:
        """End all streams."""
        with self._lock:
            self.is_closed = True
            self._call(self._end_all)

    def admit(self) -> bool:
        """Count a client in, where there is room. Whoever is let in must `leave`."""
        if self.is_closed or self._open >= self._settings.clients:
            return False
        self._loop = asyncio.get_running_loop()
        self._open += 1
        if self._beating is None:
            self._beat()
        return True

    def join(self, client: Client, cut_off: Callable[[], None], after: int | None = None) -> Said | None:
        """Have the client told everything after the tip, which is returned. None: `after` is not the tip any more."""
        with self._lock:
            tip = self._tip
            if tip is None or (after is not None and tip.seq != after):
                return None
            client.seq = tip.seq
            self._clients[client] = cut_off
            if self.is_closed:
                client.end()
            return tip

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.pop(client, None)
        self._open -= 1
        if not self._open and self._beating is not None:
            self._beating.cancel()
            self._beating = None

    def _call(self, callback: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # that loop has ended
                self._loop.call_soon_threadsafe(callback, *arguments)

    def _deliver(self, said: Said) -> None:
        pieces: dict[Wanted, bytes] = {}
        for client, cut_off in list(self._clients.items()):
            if client.seq >= said.seq:
                continue
            client.seq = said.seq
            piece = pieces.get(client.wanted)
            if piece is None:
                piece = pieces[client.wanted] = client.wanted.of(said.frames)
            if not client.put(piece):
                self._drop(client, cut_off)

    def _drop(self, client: Client, cut_off: Callable[[], None]) -> None:
        """Tell a client that does not keep up, and see that it goes."""
        client.end(self._notice(Kind.DROPPED, {"reason": "too_slow"}))
        del self._clients[client]
        asyncio.get_running_loop().call_later(_PATIENCE_S, cut_off)

    def _beat(self) -> None:
        if self._beating is not None:
            beat = self._notice(Kind.HEARTBEAT, {})
            for client in self._clients:
                if client.is_idle:
                    client.put(beat)
        loop = asyncio.get_running_loop()
        self._beating = loop.call_later(self._settings.heartbeat_s, self._beat)

    def _notice(self, kind: Kind, data: Row) -> bytes:
        tip = self._tip
        return b"" if tip is None else Frame.of(Event(kind, data), tip.picture.block).raw

    def _end_all(self) -> None:
        for client in self._clients:
            client.end()

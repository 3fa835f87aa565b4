"""The doors: the same answers over HTTP, as a stream, as files and as a page, each with the command to try."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from rich.markup import escape

from scripts.demo_tour.processes import Background, ProcessFailed
from scripts.demo_tour.stage import Stage
from scripts.devnet import Devnet

_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.2
_WIDTH = 78
_EVENTS = 5
_LISTED = ("state", "health_factor_wad", "debt_usd", "account")
_EVERYWHERE = ("chain_id", "block_hash", "block_timestamp", "deployment", "protocol", "market")
"""What is left out of the events shown, so that what is theirs fits."""


class DoorsTour:
    """What a bot, an analyst and a risk team type, tried on the running service."""

    def __init__(self, stage: Stage, devnet: Devnet, url: str, service: Background) -> None:
        self._stage = stage
        self._devnet = devnet
        self._url = url
        self._service = service

    def show(self) -> None:
        """The chapter."""
        self._stage.chapter(
            "The doors",
            "`indexer run` has served all along: a bot asks and subscribes, an analyst exports, a report arrives.",
        )
        self._wait_until_ready()
        self._ask()
        self._subscribe()
        self._stage.command("snapshot", "--out", "snapshots")
        self._stage.command("report", "--out", "reports")
        pages = sorted((self._stage.folder / "reports").glob("*.html"))
        self._stage.say(f"[dim]The report is {_shown(pages[-1])}; the newest one is always at {self._url}/[/]")

    def _ask(self) -> None:
        path = "/v1/at-risk?sort=debt&limit=3"
        self._shell(f"curl -s '{self._url}{path}'")
        answer = json.loads(self._get(path))
        rows = [{name: row[name] for name in _LISTED} for row in answer.pop("accounts")]
        self._say(json.dumps({name: answer[name] for name in ("block_number", "lag_blocks", "finality", "block_hash")}))
        for row in rows:
            self._say("  " + json.dumps(row))

    def _subscribe(self) -> None:
        """The first events after one more block, as `curl -N` would show them."""
        self._shell(f"curl -N '{self._url}/v1/stream'")
        with urlopen(f"{self._url}/v1/stream", timeout=_PATIENCE_S) as stream:  # noqa: S310 - our own service
            lines = (line.decode().rstrip() for line in stream)
            events = _events(lines)
            for kind, _ in events:  # the list as it stands comes first
                if kind == "block":
                    break
            self._devnet.crash("WETH", 100)
            for number, (kind, data) in enumerate(events):
                if number < _EVENTS or kind == "block":
                    own = {name: value for name, value in json.loads(data).items() if name not in _EVERYWHERE}
                    self._say(f"event: {kind}")
                    self._say(f"data: {json.dumps(own)}")
                if kind == "block":
                    break

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            self._service.check()
            try:
                self._get("/readyz")
            except URLError:
                time.sleep(_LOOK_EVERY_S)
            else:
                return
        raise ProcessFailed(f"`indexer run` was not ready within {_PATIENCE_S:.0f} s")

    def _get(self, path: str) -> bytes:
        with urlopen(self._url + path, timeout=_PATIENCE_S) as answer:  # noqa: S310 - our own service
            body: bytes = answer.read()
            return body

    def _say(self, line: str) -> None:
        """A line of an answer, cut to the usual terminal."""
        self._stage.say(escape(line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"))

    def _shell(self, line: str) -> None:
        self._stage.say(f"\n[bold green]$[/] [bold]{escape(line)}[/]")


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """(kind, data) of each event of a stream."""
    kind = ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, value


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"

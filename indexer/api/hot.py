"""Answers of the newest block that are bytes already: nearly nothing is done per request.

The watch list is encoded when the block arrives; any other answer of the newest block when it is first asked for, and
then kept until the next block.
"""

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from indexer.api.answered import Answered, messages
from indexer.reports.living import Living
from indexer.store import HeadsSeen

_MOST = 1_000
_MOST_BYTES = 64 * 2**20

Asked = tuple[str, bytes]
"""Path and query string, as they came."""


@dataclass(frozen=True, slots=True)
class Template:
    """Stands for the route of an answer that no route gave. `path` is its template."""

    path: str


@dataclass(slots=True)
class _Kept:
    """The answers of one edition of a block."""

    edition: str
    answers: dict[Asked, tuple[Answered, object]] = field(default_factory=dict)
    """Each with its route, for whoever counts by route."""
    size: int = 0


class Pages:
    """The ready answers. Any thread may turn the page; `put` and `get` are the event loop's."""

    def __init__(self, living: Living) -> None:
        self._living = living
        self._kept = _Kept("")

    def turn(self, edition: str, ready: dict[Asked, Answered]) -> None:
        """The block moved: forget everything but `ready`."""
        answers: dict[Asked, tuple[Answered, object]] = {
            asked: (answer, Template(asked[0])) for asked, answer in ready.items()
        }
        self._kept = _Kept(edition, answers, sum(each.size for each in ready.values()))

    def put(self, asked: Asked, answer: Answered, route: object, edition: str) -> None:
        """Keep an answer, if it is of the page that is open and there is room."""
        kept = self._kept
        if kept.edition == edition and len(kept.answers) < _MOST and kept.size < _MOST_BYTES:
            kept.answers[asked] = answer, route
            kept.size += answer.size

    def get(self, asked: Asked) -> tuple[Answered, object] | None:
        """The ready answer and its route."""
        return self._kept.answers.get(asked)

    @property
    def heads(self) -> HeadsSeen | None:
        """The newest heads seen."""
        newest = self._living.newest
        return None if newest is None else newest.heads


class HotLayer:
    """Sends what is ready, and asks the application for the rest."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            ready = self._pages.get((scope["path"], scope["query_string"]))
            if ready is not None:
                answer, scope["route"] = ready
                for message in messages(answer.shown(self._pages.heads), scope["headers"]):
                    await send(message)
                return
        await self._app(scope, receive, send)

"""What no line of ours may repeat. Apart from the logs, so that an error line loads nothing of them."""

from collections.abc import Iterable

HIDDEN = "…"
_pieces: list[str] = []


def keep(pieces: Iterable[str]) -> None:
    """From now on none of these is shown."""
    _pieces.extend(piece for piece in pieces if piece not in _pieces)
    _pieces.sort(key=len, reverse=True)


def scrubbed(text: str) -> str:
    """`text` without secrets."""
    for piece in _pieces:
        text = text.replace(piece, HIDDEN)
    return text

"""The story the devnet lives: chapters of beats, one block each."""

from __future__ import annotations

from scripts.devnet.story.calm import calm
from scripts.devnet.story.crash import crash, delayed_feed, long_quiet, recovery
from scripts.devnet.story.edge import edge
from scripts.devnet.story.governance import governance, phase_change
from scripts.devnet.story.moves import moves
from scripts.devnet.story.opening import opening
from scripts.devnet.story.specialists import specialists
from scripts.devnet.story.world import Beat, Chapter, World

__all__ = ["Beat", "Chapter", "World", "chapters"]


def chapters() -> tuple[Chapter, ...]:
    """The scripted story in order."""
    return (
        *opening(),
        specialists(),
        calm("first calm", 30),
        moves(),
        governance(),
        phase_change(),
        crash(),
        recovery(),
        delayed_feed(),
        long_quiet(),
        calm("second calm", 36),
        edge(),
    )

"""Changes that stay in the book only where the store took them too."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from indexer.book import Book, Change
from indexer.risk.kept import KeptChains


class Taken:
    """A book that remembers what was applied to it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._done: list[Change] = []

    def apply(self, changes: Sequence[Change]) -> Sequence[Change]:
        """Apply changes in order; returns them."""
        self._done += changes
        self._book.apply(changes)
        return changes

    def take_back(self) -> None:
        """Undo all of it, newest first."""
        for change in reversed(self._done):
            self._book.set(change.entity, change.field, change.old)


@contextmanager
def taken_back(book: Book, chains: KeptChains | None) -> Iterator[Taken]:
    """Whatever raises inside leaves the book as it was, and the chains that followed it to look anew."""
    taken = Taken(book)
    try:
        yield taken
    except BaseException:
        taken.take_back()
        if chains is not None:
            chains.forget()
        raise

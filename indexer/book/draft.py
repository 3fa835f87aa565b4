"""A block being worked out: the book with changes on top that are not yet anybody's truth."""

from indexer.book.book import Book
from indexer.book.change import Change, Entity


class Draft:
    """Reads fall through to the book; writes stay here until `changes()` is committed to store and book."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._new: dict[tuple[Entity, str], int | None] = {}
        self._touched: dict[Entity, None] = {}

    def get(self, entity: Entity, field: str) -> int | None:
        """The value as of now in this draft, None when absent."""
        key = (entity, field)
        return self._new[key] if key in self._new else self.book.get(entity, field)

    def number(self, entity: Entity, field: str) -> int:
        """The value as of now, an absent one as 0 (for balances, where absence is zero by meaning)."""
        return self.get(entity, field) or 0

    def set(self, entity: Entity, field: str, value: int | None) -> None:
        """Write one field; None removes it."""
        self._new[entity, field] = value

    def correct(self, entity: Entity, field: str, told: int | None) -> None:
        """Write what a contract told, where it differs: zero and absent are the same, so nobody gets rows for nothing.

        None is a read that failed: it changes nothing.
        """
        if told is not None and told != self.number(entity, field):
            self.set(entity, field, told)

    def markets(self, deployment: str) -> list[str]:
        """The markets of a deployment, those added in this draft included, in order of discovery."""
        known = dict.fromkeys(self.book[deployment].markets)
        for (entity, _), value in self._new.items():
            if entity.deployment == deployment and entity.market and not entity.account and value is not None:
                known.setdefault(entity.market)
        return list(known)

    def touched(self, entity: Entity) -> bool:
        """Whether a log of this block touched this market."""
        return entity in self._touched

    def touched_markets(self, deployment: str) -> list[str]:
        """The markets of a deployment that logs of this block touched."""
        return [entity.market for entity in self._touched if entity.deployment == deployment and entity.market]

    def touch(self, entity: Entity) -> None:
        """Note that a log of this block was about this market: what logs do not carry is read again."""
        self._touched[entity] = None

    def changes(self) -> list[Change]:
        """What differs from the book, in order of first writing."""
        out = []
        for (entity, field), new in self._new.items():
            old = self.book.get(entity, field)
            if old != new:
                out.append(Change(entity, field, old, new))
        return out

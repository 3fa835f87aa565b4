"""From one picture to another: the events that lead a client there. Pure."""

from collections.abc import Iterator, Mapping

from indexer.api.stream.events import Event, Kind, Row
from indexer.api.stream.picture import GONE, KEY, Key, Picture, entering

UNKNOWN = "unknown"


def diff(old: Picture, new: Picture, fates: Mapping[Key, str]) -> list[Event]:
    """Who left (and what became of them), entered and changed; prices; pending answers. Empty: nothing did.

    A key that `fates` does not name left for a reason that is not known.
    """
    return [*_accounts(old, new, fates), *_prices(old, new), *_pendings(old, new)]


def _accounts(old: Picture, new: Picture, fates: Mapping[Key, str]) -> Iterator[Event]:
    for key, row in old.accounts.items():
        if key not in new.accounts:
            data = {"from": row["state"], "now": fates.get(key, UNKNOWN)}
            yield Event(Kind.LEAVE, {name: row[name] for name in KEY} | data)
    for key, row in new.accounts.items():
        before = old.accounts.get(key)
        if before is None:
            yield entering(row)
        elif before.keys() != row.keys():
            yield Event(Kind.LEAVE, {name: row[name] for name in KEY} | {"from": before["state"], "now": row["state"]})
            yield entering(row)
        elif changed := _changed(before, row):
            moved = {"from": before["state"], "to": row["state"], "changed": changed}
            yield Event(Kind.CHANGE, {name: row[name] for name in KEY} | moved)


def _changed(old: Row, new: Row) -> Row:
    return {name: value for name, value in new.items() if old[name] != value}


def _prices(old: Picture, new: Picture) -> Iterator[Event]:
    """A price is another when the integer, its unit or its source is; its round alone is no news."""
    for place, row in old.prices.items():
        if place not in new.prices:
            yield Event(Kind.PRICE, row | {"price": None, "state": GONE, "previous": row["price"]})
    for place, row in new.prices.items():
        before = old.prices.get(place)
        if before is None or any(before[name] != row[name] for name in ("price", "price_unit", "state", "source")):
            yield Event(Kind.PRICE, row | {"previous": None if before is None else before["price"]})


def _pendings(old: Picture, new: Picture) -> Iterator[Event]:
    for place, row in old.pendings.items():
        if place not in new.pendings:
            yield Event(Kind.PENDING, row | {"pending": None, "change": "gone"})
    for place, row in new.pendings.items():
        before = old.pendings.get(place)
        if before is None:
            yield Event(Kind.PENDING, row | {"change": "appeared"})
        elif before["pending"] != row["pending"]:
            yield Event(Kind.PENDING, row | {"change": "changed"})

"""Logs of Clippers and of their price calculators: settings, and every auction from kick to its end.

Source: Clipper and abaci of makerdao/dss fa4f6630afb0.
"""

from indexer.book import Entity
from indexer.evm import Log, address
from indexer.protocols.maker import notes
from indexer.protocols.maker.context import Context, Handler
from indexer.protocols.maker.interfaces import CURVE, SALE, SETTINGS, auction_market
from indexer.protocols.maker.notes import topic, word

_WIDTHS = {"chip": 64, "tip": 192}
"""`file` cuts these to their types and logs what it was given."""


def _auction(context: Context, log: Log, auction: int) -> Entity:
    return Entity(context.deployment.name, auction_market(log.address, auction))


def _file(context: Context, log: Log) -> None:
    what = notes.text(topic(log, 1))
    if what in (*SETTINGS, *CURVE):
        value = word(log, 0) % 2 ** _WIDTHS.get(what, 256)
        context.draft.set(context.contract(log.address), what, value)


def _file_address(context: Context, log: Log) -> None:
    if notes.text(topic(log, 1)) == "calc":
        context.draft.set(context.contract(log.address), "calc", word(log, 0))
        context.draft.touch(context.contract(address(word(log, 0))))


def _kick(context: Context, log: Log) -> None:
    where = _auction(context, log, topic(log, 1))
    _start(context, log, where)
    context.draft.set(where, "user", topic(log, 2))


def _redo(context: Context, log: Log) -> None:
    _start(context, log, _auction(context, log, topic(log, 1)))


def _start(context: Context, log: Log, where: Entity) -> None:
    for field, value in (("top", word(log, 0)), ("tab", word(log, 1)), ("lot", word(log, 2))):
        context.draft.set(where, field, value)
    context.draft.set(where, "started", context.timestamp(log))


def _take(context: Context, log: Log) -> None:
    where, tab, lot = _auction(context, log, topic(log, 1)), word(log, 3), word(log, 4)
    if tab == 0 or lot == 0:
        _end(context, where)
        return
    context.draft.set(where, "tab", tab)
    context.draft.set(where, "lot", lot)


def _yank(context: Context, log: Log) -> None:
    _end(context, _auction(context, log, word(log, 0)))


def _end(context: Context, where: Entity) -> None:
    for field in SALE:
        context.draft.set(where, field, None)


HANDLERS: dict[str, Handler] = {
    notes.SET_NUMBER: _file,
    notes.SET_ADDRESS: _file_address,
    notes.KICK: _kick,
    notes.REDO: _redo,
    notes.TAKE: _take,
    notes.YANK: _yank,
}

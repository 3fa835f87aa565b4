"""Logs of Spotter and Jug (LibNote of makerdao/dss 6fd7de0) and of the Dog (named events of fa4f6630afb0)."""

from collections.abc import Iterable

from indexer.book import Entity
from indexer.evm import Log, address
from indexer.protocols.maker import notes
from indexer.protocols.maker.context import Context, Handler
from indexer.protocols.maker.notes import argument, topic, word
from indexer.protocols.maker.reads import OF_CLIP, OF_ORACLE
from indexer.protocols.maker.vault import feed_price
from indexer.units import RAY, WAD


def _poke(context: Context, log: Log) -> None:
    """`Poke(ilk, val, spot)` names the oracle's value, which the Vat's log of the same call does not."""
    where, val, spot = context.ilk(word(log, 0)), word(log, 1), word(log, 2)
    par = context.draft.get(context.own, "par")
    if spot and par and context.draft.get(where, "spot") == spot:
        context.draft.set(where, "price", feed_price(val, par))


def _spotter_file_ilk(context: Context, log: Log) -> None:
    what = notes.text(argument(log, 1))
    if what == "mat":
        context.draft.set(context.ilk(argument(log, 0)), what, argument(log, 2))
    elif what == "pip":
        oracle = _linked(context, argument(log, 0), "pip", argument(log, 2), OF_ORACLE)
        context.draft.set(oracle, "oracle", 1)


def _linked(context: Context, ilk: int, field: str, to: int, read: Iterable[str]) -> Entity:
    """Point an ilk at another contract: the one before is not read any more, so what was read of it goes."""
    before, draft = context.draft.number(context.ilk(ilk), field), context.draft
    for name in read if before != to else ():
        draft.set(context.contract(address(before)), name, None)
    draft.set(context.ilk(ilk), field, to)
    draft.touch(context.contract(address(to)))
    return context.contract(address(to))


def _spotter_file(context: Context, log: Log) -> None:
    if notes.text(argument(log, 0)) == "par":
        context.draft.set(context.own, "par", argument(log, 1))


def _jug_init(context: Context, log: Log) -> None:
    context.draft.set(context.ilk(argument(log, 0)), "duty", RAY)
    context.draft.set(context.ilk(argument(log, 0)), "rho", context.timestamp(log))


def _drip(context: Context, log: Log) -> None:
    context.draft.set(context.ilk(argument(log, 0)), "rho", context.timestamp(log))


def _jug_file_ilk(context: Context, log: Log) -> None:
    if notes.text(argument(log, 1)) == "duty":
        context.draft.set(context.ilk(argument(log, 0)), "duty", argument(log, 2))


def _jug_file(context: Context, log: Log) -> None:
    if notes.text(argument(log, 0)) == "base":
        context.draft.set(context.own, "base", argument(log, 1))


def _vow(context: Context, log: Log) -> None:
    if notes.text(argument(log, 0)) == "vow":
        context.draft.set(context.own, "vow", argument(log, 1))


def _bark(context: Context, log: Log) -> None:
    """`Bark` names the debt, not what is to be raised: tab = due * chop / WAD, rounded down, as `Dog.bark` has it."""
    ilk = context.ilk(topic(log, 1))
    tab = word(log, 2) * context.draft.number(ilk, "chop") // WAD
    context.add(ilk, "dirt", tab)
    context.add(context.own, "dirt_all", tab)


def _digs(context: Context, log: Log) -> None:
    context.add(context.ilk(topic(log, 1)), "dirt", -word(log, 0))
    context.add(context.own, "dirt_all", -word(log, 0))


def _dog_file_ilk(context: Context, log: Log) -> None:
    what = notes.text(topic(log, 2))
    if what in ("chop", "hole"):
        context.draft.set(context.ilk(topic(log, 1)), what, word(log, 0))


def _dog_clip(context: Context, log: Log) -> None:
    if notes.text(topic(log, 2)) == "clip":
        clip = _linked(context, topic(log, 1), "clip", word(log, 0), OF_CLIP)
        context.draft.set(clip, "ilk", topic(log, 1))


def _dog_file(context: Context, log: Log) -> None:
    if notes.text(topic(log, 1)) == "Hole":
        context.draft.set(context.own, "hole_all", word(log, 0))


def _dog_vow(context: Context, log: Log) -> None:
    if notes.text(topic(log, 1)) == "vow":
        context.draft.set(context.own, "vow", word(log, 0))


def _dog_cage(context: Context, _: Log) -> None:
    context.draft.set(context.own, "dog_live", 0)


SPOTTER: dict[str, Handler] = {
    notes.POKE: _poke,
    notes.FILE_ILK_ADDRESS: _spotter_file_ilk,
    notes.FILE_ILK_NUMBER: _spotter_file_ilk,
    notes.FILE_NUMBER: _spotter_file,
}
JUG: dict[str, Handler] = {
    notes.INIT: _jug_init,
    notes.DRIP: _drip,
    notes.FILE_ILK_NUMBER: _jug_file_ilk,
    notes.FILE_NUMBER: _jug_file,
    notes.FILE_ADDRESS: _vow,
}
DOG: dict[str, Handler] = {
    notes.BARK: _bark,
    notes.DIGS: _digs,
    notes.SET_ILK_NUMBER: _dog_file_ilk,
    notes.SET_ILK_ADDRESS: _dog_clip,
    notes.SET_NUMBER: _dog_file,
    notes.SET_ADDRESS: _dog_vow,
    notes.CAGED: _dog_cage,
}

"""Logs of the oracles behind the Spotter: the delayed ones (OSM), and the medians they take their next price from.

Source: OSM of makerdao/osm e36c874b. `poke` makes the next value the current one and logs it; the new next one is what
its source says at that moment, which no log of the OSM tells: it is the last `LogMedianPrice` of the source, where the
source has such logs and the OSM named it in a log (`change`; the constructor's has none). Logs count from the moment on
at which an oracle or a source is named, so that it does not matter whether earlier ones were seen.
"""

from indexer.evm import Log, address
from indexer.protocols.maker import notes
from indexer.protocols.maker.context import Context, Handler
from indexer.protocols.maker.notes import argument, word

_VALUE = 2**128
"""An OSM keeps its values as uint128."""


def _log_value(context: Context, log: Log) -> None:
    where, draft = context.contract(log.address), context.draft
    if not draft.get(where, "oracle"):
        return
    draft.set(where, "current", word(log, 0))
    source = draft.number(where, "source")
    median = draft.get(context.contract(address(source)), "median") if source else None
    draft.set(where, "upcoming", None if median is None else median % _VALUE)
    hop = draft.number(where, "hop")
    if hop:
        draft.set(where, "stepped_at", context.timestamp(log) // hop * hop)
    draft.touch(where)


def _void(context: Context, log: Log) -> None:
    where = context.contract(log.address)
    for field in ("current", "upcoming") if context.draft.get(where, "oracle") else ():
        context.draft.set(where, field, 0)


def _change(context: Context, log: Log) -> None:
    where = context.contract(log.address)
    if context.draft.get(where, "oracle"):
        context.draft.set(where, "source", argument(log, 0))
        context.draft.set(context.contract(address(argument(log, 0))), "feeds", 1)


def _median(context: Context, log: Log) -> None:
    where = context.contract(log.address)
    if context.draft.get(where, "feeds"):
        context.draft.set(where, "median", word(log, 0))


HANDLERS: dict[str, Handler] = {
    notes.LOG_VALUE: _log_value,
    notes.VOID: _void,
    notes.CHANGE: _change,
    notes.LOG_MEDIAN_PRICE: _median,
}

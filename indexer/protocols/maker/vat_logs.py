"""Logs of the Vat: every vault's collateral and debt, every ilk's rate, and the sums of the whole system.

Source: Vat of makerdao/dss 6fd7de0. Each handler does to our integers what the noted call did to the contract's.
"""

from indexer.book import Entity
from indexer.errors import MissedLog
from indexer.evm import Log, address
from indexer.protocols.maker import discovery, notes
from indexer.protocols.maker.context import Context, Handler
from indexer.protocols.maker.notes import argument, signed_argument
from indexer.protocols.maker.reads import ilks
from indexer.protocols.maker.vault import price_behind
from indexer.units import RAY


def _init(context: Context, log: Log) -> None:
    context.draft.set(context.ilk(argument(log, 0)), "listed", 1)
    context.draft.set(context.ilk(argument(log, 0)), "rate", RAY)


def _frob(context: Context, log: Log) -> None:
    ilk, dart = argument(log, 0), signed_argument(log, 5)
    _move(context, ilk, argument(log, 1), signed_argument(log, 4), dart)
    context.add(context.own, "debt", context.draft.number(context.ilk(ilk), "rate") * dart)


def _grab(context: Context, log: Log) -> None:
    ilk, dart = argument(log, 0), signed_argument(log, 5)
    _move(context, ilk, argument(log, 1), signed_argument(log, 4), dart)
    context.add(context.own, "vice", -context.draft.number(context.ilk(ilk), "rate") * dart)


def _fork(context: Context, log: Log) -> None:
    ilk, dink, dart = argument(log, 0), signed_argument(log, 3), signed_argument(log, 4)
    _require_init(context, ilk, dink, dart)
    source, target = context.position(ilk, argument(log, 1)), context.position(ilk, argument(log, 2))
    for where, sign in ((source, -1), (target, 1)):
        context.add(where, "ink", sign * dink)
        context.add(where, "art", sign * dart)


def _require_init(context: Context, ilk: int, dink: int, dart: int) -> None:
    """Only an ilk that was initialised has vaults. Raises MissedLog: theirs would be taken for empty ones."""
    if (dink or dart) and not context.draft.get(context.ilk(ilk), "listed"):
        raise MissedLog(f"nothing told of the creation of ilk {context.ilk(ilk).market}")


def _move(context: Context, ilk: int, urn: int, dink: int, dart: int) -> None:
    _require_init(context, ilk, dink, dart)
    for where in (context.position(ilk, urn), context.ilk(ilk)):
        context.add(where, "ink", dink)
        context.add(where, "art", dart)


def _fold(context: Context, log: Log) -> None:
    """`fold` carries the change of the rate, not the rate."""
    ilk, change = context.ilk(argument(log, 0)), signed_argument(log, 2)
    context.add(ilk, "rate", change)
    context.add(context.own, "debt", context.draft.number(ilk, "art") * change)


def _suck(context: Context, log: Log) -> None:
    for field in ("vice", "debt"):
        context.add(context.own, field, argument(log, 2))


def _heal(context: Context, log: Log) -> None:
    for field in ("vice", "debt"):
        context.add(context.own, field, -argument(log, 0))


def _file_number(context: Context, log: Log) -> None:
    if notes.text(argument(log, 0)) == "Line":
        context.draft.set(context.own, "line_all", argument(log, 1))


def _file_ilk(context: Context, log: Log) -> None:
    where, what, value = context.ilk(argument(log, 0)), notes.text(argument(log, 1)), argument(log, 2)
    if what not in ("spot", "line", "dust"):
        return
    context.draft.set(where, what, value)
    if what == "spot":  # the Spotter's own log, which follows where it was it, knows the price exactly
        mat = context.draft.number(where, "mat")
        context.draft.set(where, "price", price_behind(value, mat) if value and mat else None)


def _cage(context: Context, _: Log) -> None:
    context.draft.set(context.own, "live", 0)


def _rely(context: Context, log: Log) -> None:
    """Whom the Vat relies on: a module that replaces the one before, or an ilk's join."""
    to = address(argument(log, 0))
    module = discovery.module_of(context.deployment, to, context.facts)
    if module is not None:
        context.draft.set(context.own, module, int(to, 16))
        for name in ilks(context.deployment, context.draft):  # what it was set to before left no log we saw
            context.draft.touch(Entity(context.deployment.name, name))
    join = discovery.join_in(context.deployment, to, context.facts)
    if join is not None:
        ilk, gem, decimals = join
        for field, value in (("join", int(to, 16)), ("gem", int(gem, 16)), ("decimals", decimals)):
            context.draft.set(context.ilk(ilk), field, value)


def _hope(context: Context, log: Log) -> None:
    """Whom an urn hopes for: the manager that made it, or the adapter that pays Dai out."""
    to = address(argument(log, 0))
    if discovery.manager_in(context.deployment, to, context.facts):
        context.draft.set(context.contract(to), "manager", 1)
    dai = discovery.dai_in(context.deployment, to, context.facts)
    if dai is not None:
        context.draft.set(context.own, "dai", int(dai, 16))


HANDLERS: dict[str, Handler] = {
    notes.INIT: _init,
    notes.FROB: _frob,
    notes.GRAB: _grab,
    notes.FORK: _fork,
    notes.FOLD: _fold,
    notes.SUCK: _suck,
    notes.HEAL: _heal,
    notes.FILE_NUMBER: _file_number,
    notes.FILE_ILK_NUMBER: _file_ilk,
    notes.CAGE: _cage,
    notes.RELY: _rely,
    notes.HOPE: _hope,
}

"""One block's logs, in order, folded into the draft by the contract that wrote them."""

from collections.abc import Iterator, Mapping, Sequence

from indexer.book import Draft
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.maker import auction_logs, manager_logs, module_logs, notes, oracle_logs, vat_logs
from indexer.protocols.maker.context import Context, Handler
from indexer.protocols.maker.deployments import Companions, companions
from indexer.protocols.maker.discovery import MODULES, manager_in, module_of
from indexer.protocols.maker.interfaces import is_contract
from indexer.units import RAY

_MODULE_HANDLERS = {"spotter": module_logs.SPOTTER, "jug": module_logs.JUG, "dog": module_logs.DOG}
_OTHERS = {**auction_logs.HANDLERS, **oracle_logs.HANDLERS}


def apply_logs(deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
    """Fold the logs of one block. Raises `DecodeError` for a log that is not what its topic says."""
    context = Context(deployment, draft, facts)
    _begin(context, logs)
    before = None
    handlers: Mapping[Address, Mapping[str, Handler]] = {}
    for log in logs:
        modules = tuple(draft.get(context.own, name) for name in MODULES)
        if modules != before:
            handlers, before = _handlers(context, logs), modules
        handle = handlers.get(log.address, _OTHERS).get(log.topics[0])
        if handle is not None:
            handle(context, log)


def _begin(context: Context, logs: Sequence[Log]) -> None:
    """What stands in the contracts before any log, and modules that this block names: their logs may come before."""
    draft, own, deployment = context.draft, context.own, context.deployment
    if draft.get(own, "live") is None:
        for field, value in (("live", 1), ("dog_live", 1), ("par", RAY)):
            draft.set(own, field, value)
        if (known := companions(deployment.entry)) is not None:
            _set_companions(context, known)
    for to in _named(deployment, logs, notes.RELY):
        module = module_of(deployment, to, context.facts)
        if module is not None and draft.get(own, module) is None:
            draft.set(own, module, int(to, 16))


def _set_companions(context: Context, known: Companions) -> None:
    """The Dog came later than the others: it is one from when the Vat relies on it."""
    for name in ("spotter", "jug", "vow", "dai"):
        context.draft.set(context.own, name, int(getattr(known, name), 16))
    for manager in known.managers:
        context.draft.set(context.contract(manager), "manager", 1)


def _handlers(context: Context, logs: Sequence[Log]) -> dict[Address, Mapping[str, Handler]]:
    """Who is what, by what was known before this block and what it names."""
    draft, deployment, facts = context.draft, context.deployment, context.facts
    managers = [to for to in _named(deployment, logs, notes.HOPE) if manager_in(deployment, to, facts)]
    managers += [Address(m) for m in draft.book[deployment.name].markets if _is_manager(context, m)]
    managers += [call.to for call in facts if _is_manager(context, call.to)]
    found: dict[Address, Mapping[str, Handler]] = dict.fromkeys(managers, manager_logs.HANDLERS)
    for name in MODULES:
        module = draft.get(context.own, name)
        if module:
            found[address(module)] = _MODULE_HANDLERS[name]
    found[deployment.entry] = vat_logs.HANDLERS
    return found


def _is_manager(context: Context, market: str) -> bool:
    return is_contract(market) and bool(context.draft.get(context.contract(Address(market)), "manager"))


def _named(deployment: Deployment, logs: Sequence[Log], topic: str) -> Iterator[Address]:
    """The addresses in the Vat's notes of one kind."""
    return (
        address(notes.argument(log, 0)) for log in logs if log.address == deployment.entry and log.topics[0] == topic
    )

"""One block's logs folded into the draft: collateral exactly, pauses, configuration, and which accounts there are.

Base balances are not here: a transfer of base between two borrowers logs nothing (`principals`).
"""

from collections.abc import Callable, Sequence

from indexer.book import Draft, Entity
from indexer.evm import ZERO_ADDRESS, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import configuration
from indexer.protocols.compound_v3.discovery import ACCRUING, NAMES, implementation_of
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.protocols.compound_v3.state import Pause

_EVENTS = {event.topic: event for event in COMET.events.values()}
_PAUSES = {
    "supplyPaused": Pause.SUPPLY,
    "transferPaused": Pause.TRANSFER,
    "withdrawPaused": Pause.WITHDRAW,
    "absorbPaused": Pause.ABSORB,
    "buyPaused": Pause.BUY,
}
Values = dict[str, int]


def apply_logs(deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
    """Fold the logs of one block. Raises DecodeError for a log that is not what its topic says."""
    for log in logs:
        event = _EVENTS.get(log.topics[0])
        if event is None or log.address != deployment.entry:
            continue
        values = event.decode(log)
        for name in NAMES.get(event.name, ()):
            _know(deployment, draft, values[name])
        if event.name in ACCRUING:
            draft.touch(Entity(deployment.name))
        if event.name in _HANDLERS:
            _HANDLERS[event.name](deployment, draft, values)
        if (implementation := implementation_of(log)) is not None:
            draft.set(Entity(deployment.name), "implementation", int(implementation, 16))
            configuration.apply(deployment, draft, implementation, facts)
            draft.touch(Entity(deployment.name))


def _know(deployment: Deployment, draft: Draft, word: int) -> None:
    account = address(word)
    where = Entity(deployment.name, "", account)
    if account != ZERO_ADDRESS:
        draft.touch(where)
        if draft.get(where, "known") is None:
            draft.set(where, "known", 1)


def _move(deployment: Deployment, draft: Draft, asset: int, account: int, amount: int) -> None:
    where = Entity(deployment.name, address(asset), address(account))
    draft.set(where, "supply", draft.number(where, "supply") + amount)


def _add_to_total(deployment: Deployment, draft: Draft, asset: int, amount: int) -> None:
    where = Entity(deployment.name, address(asset))
    draft.set(where, "total", draft.number(where, "total") + amount)


def _supply_collateral(deployment: Deployment, draft: Draft, values: Values) -> None:
    _move(deployment, draft, values["asset"], values["dst"], values["amount"])
    _add_to_total(deployment, draft, values["asset"], values["amount"])


def _withdraw_collateral(deployment: Deployment, draft: Draft, values: Values) -> None:
    _move(deployment, draft, values["asset"], values["src"], -values["amount"])
    _add_to_total(deployment, draft, values["asset"], -values["amount"])


def _transfer_collateral(deployment: Deployment, draft: Draft, values: Values) -> None:
    _move(deployment, draft, values["asset"], values["from"], -values["amount"])
    _move(deployment, draft, values["asset"], values["to"], values["amount"])


def _absorb_collateral(deployment: Deployment, draft: Draft, values: Values) -> None:
    _move(deployment, draft, values["asset"], values["borrower"], -values["collateralAbsorbed"])
    _add_to_total(deployment, draft, values["asset"], -values["collateralAbsorbed"])


def _pause(deployment: Deployment, draft: Draft, values: Values) -> None:
    flags = sum(values[name] << bit for name, bit in _PAUSES.items())
    draft.set(Entity(deployment.name), "pause_flags", flags)


_HANDLERS: dict[str, Callable[[Deployment, Draft, Values], None]] = {
    "SupplyCollateral": _supply_collateral,
    "WithdrawCollateral": _withdraw_collateral,
    "TransferCollateral": _transfer_collateral,
    "AbsorbCollateral": _absorb_collateral,
    "PauseAction": _pause,
}

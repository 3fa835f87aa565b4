"""One block's logs folded into the draft: collateral exactly, pauses, configuration, and which accounts there are.

Base balances are not here: a transfer of base between two borrowers logs nothing (`principals`).
"""

from collections.abc import Callable, Sequence

from indexer.book import Draft, Entity
from indexer.evm import ZERO_ADDRESS, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3 import configuration, principals
from indexer.protocols.compound_v3.discovery import ACCRUING, NAMES, implementation_of
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.protocols.compound_v3.state import Pause

_EVENTS = COMET.by_topic()
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
            principals.forget(deployment, draft)
        if event.name in _HANDLERS:
            _HANDLERS[event.name](deployment, draft, values)
        if (implementation := implementation_of(log)) is not None:
            draft.set(Entity(deployment.name), "implementation", int(implementation, 16))
            configuration.apply(deployment, draft, implementation, facts)
            principals.forget(deployment, draft)


def _know(deployment: Deployment, draft: Draft, word: int) -> None:
    account = address(word)
    where = Entity(deployment.name, "", account)
    if account != ZERO_ADDRESS:
        draft.touch(where)
        if draft.get(where, "known") is None:
            draft.set(where, "known", 1)


def _move(deployment: Deployment, draft: Draft, asset: int, account: int, amount: int) -> None:
    """Add to a balance, and set or clear the account's bit of the asset as `updateAssetsIn` does."""
    where = Entity(deployment.name, address(asset), address(account))
    before = draft.number(where, "supply")
    draft.set(where, "supply", before + amount)
    offset = draft.get(Entity(deployment.name, where.market), "offset")
    if offset is not None and bool(before) != bool(before + amount):
        own = Entity(deployment.name, "", where.account)
        bits, bit = draft.number(own, "assets_in"), 1 << offset
        draft.set(own, "assets_in", (bits & ~bit if before else bits | bit) or None)


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


def _absorb_debt(deployment: Deployment, draft: Draft, values: Values) -> None:
    draft.set(Entity(deployment.name, "", address(values["borrower"])), "assets_in", None)


def _pause(deployment: Deployment, draft: Draft, values: Values) -> None:
    flags = sum(values[name] << bit for name, bit in _PAUSES.items())
    draft.set(Entity(deployment.name), "pause_flags", flags)


_HANDLERS: dict[str, Callable[[Deployment, Draft, Values], None]] = {
    "SupplyCollateral": _supply_collateral,
    "WithdrawCollateral": _withdraw_collateral,
    "TransferCollateral": _transfer_collateral,
    "AbsorbCollateral": _absorb_collateral,
    "AbsorbDebt": _absorb_debt,
    "PauseAction": _pause,
}

"""What a block's logs say was locked, freed, drawn and paid back, from the Vat's notes.

Dai is drawn when the Vat writes it, whether or not it leaves by `exit`. Amounts: the ilk's token as its join scales it
(put up rounded down, taken away up); Dai = dart * rate / RAY at the rate of that moment (drawn rounded down, paid back
up). `fork` moves a vault's collateral and debt to another one: gone from the first, no flow of the second. `grab`
(`bark`) takes both. The owner is the one that the manager names at the end of the block: a proxy stands for itself.
"""

from collections.abc import Callable, Iterator, Sequence

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Flow, FlowKind
from indexer.protocols.maker import notes
from indexer.protocols.maker.interfaces import account_key, ilk_name
from indexer.protocols.maker.notes import argument, signed_argument
from indexer.protocols.maker.stored import PLAIN_DECIMALS, belongs_to
from indexer.units import RAY, mul_div_ceil, mul_div_floor

_Move = tuple[int, int, int]
"""Urn, change of its collateral, change of its debt."""


def flows(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
    """The flows of one block's logs; the draft is the one they were applied to."""
    own = [log for log in logs if log.address == deployment.entry]
    rates = _Rates(deployment, own, draft)
    found: list[Flow] = []
    for log in own:
        rates.pass_by(log)
        if log.topics[0] in _MOVES:
            name = ilk_name(argument(log, 0))
            for urn, dink, dart in _MOVES[log.topics[0]](log):
                where = Entity(deployment.name, name, account_key(address(urn), name))
                found += _flows_of(draft, where, log, dink, dart, rates.of(name))
    return found


def _frob(log: Log) -> list[_Move]:
    return [(argument(log, 1), signed_argument(log, 4), signed_argument(log, 5))]


def _grab(log: Log) -> list[_Move]:
    """Only what is taken: nobody puts up or draws by a grab."""
    return [(urn, min(0, dink), min(0, dart)) for urn, dink, dart in _frob(log)]


def _fork(log: Log) -> list[_Move]:
    """Only what leaves, whichever of the two it leaves."""
    source, target = argument(log, 1), argument(log, 2)
    dink, dart = signed_argument(log, 3), signed_argument(log, 4)
    if source == target:
        return []
    return [(source, min(0, -dink), min(0, -dart)), (target, min(0, dink), min(0, dart))]


_MOVES: dict[str, Callable[[Log], list[_Move]]] = {notes.FROB: _frob, notes.GRAB: _grab, notes.FORK: _fork}


class _Rates:
    """The rate of each ilk while the logs of a block pass by: the last one is the draft's, `fold` logs each change."""

    def __init__(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> None:
        self._deployment, self._draft = deployment, draft
        self._to_come: dict[str, int] = {}
        for log in logs:
            if log.topics[0] == notes.FOLD:
                self._add(log, 1)

    def pass_by(self, log: Log) -> None:
        """One more log is past."""
        if log.topics[0] == notes.FOLD:
            self._add(log, -1)

    def of(self, name: str) -> int:
        """The rate at this log (ray)."""
        last = self._draft.number(Entity(self._deployment.name, name), "rate")
        return last - self._to_come.get(name, 0)

    def _add(self, log: Log, sign: int) -> None:
        name = ilk_name(argument(log, 0))
        self._to_come[name] = self._to_come.get(name, 0) + sign * signed_argument(log, 2)


def _flows_of(draft: Draft, where: Entity, log: Log, dink: int, dart: int, rate: int) -> Iterator[Flow]:
    """What one vault's changes are, collateral first."""
    ilk, account = Entity(where.deployment, where.market), Entity(where.deployment, "", where.account)
    urn, _, _ = where.account.partition("/")
    owner, _ = belongs_to(address(urn), draft.get(account, "own"), None)
    spread, dai = spread_of(draft, ilk), dai_of(draft, where.deployment, log.address)
    moves = (
        (draft.number(ilk, "gem"), FlowKind.DEPOSIT, units_of_gem(max(0, dink), spread, up=False)),
        (draft.number(ilk, "gem"), FlowKind.WITHDRAW, units_of_gem(max(0, -dink), spread, up=True)),
        (dai, FlowKind.BORROW, mul_div_floor(max(0, dart), rate, RAY)),
        (dai, FlowKind.REPAY, mul_div_ceil(max(0, -dart), rate, RAY)),
    )
    for asset, kind, amount in moves:
        if amount:
            yield Flow(where.account, owner, where.market, address(asset), kind, amount, log.transaction_hash)


def spread_of(draft: Draft, ilk: Entity) -> int:
    """By how many decimals an ilk's join scales its token."""
    known = draft.get(ilk, "decimals")
    return PLAIN_DECIMALS - (PLAIN_DECIMALS if known is None else known)


def dai_of(draft: Draft, deployment: str, vat: Address) -> int:
    """Dai, or the Vat's own where no adapter was ever seen, as `stored_core` has it."""
    return draft.number(Entity(deployment), "dai") or int(vat, 16)


def units_of_gem(wad: int, spread: int, *, up: bool) -> int:
    """A collateral amount in the token's units: a join scales by 10 ** spread."""
    if spread <= 0:
        return int(wad * 10**-spread)
    unit = int(10**spread)
    return -(-wad // unit) if up else wad // unit

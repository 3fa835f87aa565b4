"""What moved, from the same logs. Debts move in shares: a loan was of no less, a repayment of no more than is told."""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Flow, FlowKind
from indexer.units import WAD, mul_div_ceil, mul_div_floor

from .interfaces import POND
from .logs import coin

_KINDS = {
    "Supplied": FlowKind.DEPOSIT,
    "Withdrawn": FlowKind.WITHDRAW,
    "Borrowed": FlowKind.BORROW,
    "Repaid": FlowKind.REPAY,
}
_BY_TOPIC = {event.topic: event for event in POND.events.values()}


def flows(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
    """The flows of one block. Whatever moves debt accrues first, and logs the index it moves it at."""
    found, index, market = [], WAD, coin(Entity(deployment.name), draft).market
    for log in logs:
        event = _BY_TOPIC[log.topics[0]]
        values = event.decode(log)
        if event.name == "Accrued":
            index = values["index"]
        elif (kind := _KINDS.get(event.name)) is not None:
            user, token = address(values["user"]), address(values.get("token", int(market, 16)))
            amount = values["amount"] if "amount" in values else _coins(kind, values["shares"], index)
            found.append(Flow(user, user, token, token, kind, amount, log.transaction_hash))
    return found


def _coins(kind: FlowKind, shares: int, index: int) -> int:
    """`Pond.borrow` rounds shares up and `Pond.repay` down: the least that was borrowed, the most that was repaid."""
    if kind is FlowKind.BORROW:
        return mul_div_floor(shares - 1, index, WAD) + 1
    return mul_div_ceil(shares + 1, index, WAD) - 1

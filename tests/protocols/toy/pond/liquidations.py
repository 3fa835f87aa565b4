"""What was liquidated: Pond says all of it in one log, after the Repaid and the Withdrawn of the same call."""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Liquidation
from indexer.words import LiquidationKind

from .interfaces import POND
from .logs import coin

_EVENT = POND.events["Liquidated"]


def liquidations(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
    """The liquidations of one block."""
    owed = address(coin(Entity(deployment.name), draft).market)
    return [_liquidation(log, owed) for log in logs if log.topics[0] == _EVENT.topic]


def _liquidation(log: Log, owed: Address) -> Liquidation:
    values = _EVENT.decode(log)
    user = address(values["user"])
    return Liquidation(
        account=user,
        owner=user,
        market=None,
        liquidator=address(values["liquidator"]),
        kind=LiquidationKind.FIXED_BONUS,
        log_index=log.index,
        transaction=log.transaction_hash,
        debt_asset=owed,
        debt_repaid=values["repaid"],
        collateral_asset=address(values["token"]),
        collateral_seized=values["seized"],
        protocol_fee=0,
    )

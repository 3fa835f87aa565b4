"""What a block's logs say was liquidated in Aave V2: `LiquidationCall` carries all of it.

The protocol takes no part of the collateral and writes no debt off: what collateral does not cover stays owed.
"""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Liquidation
from indexer.protocols.aave_v3.v2.interfaces import POOL
from indexer.words import LiquidationKind

_EVENT = POOL.events["LiquidationCall"]


def liquidations(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
    """The liquidations of one block's logs; the draft is the one they were applied to."""
    pool = draft.number(Entity(deployment.name), "pool")
    return [_liquidation(log) for log in logs if log.topics[0] == _EVENT.topic and int(log.address, 16) == pool]


def _liquidation(log: Log) -> Liquidation:
    values = _EVENT.decode(log)
    return Liquidation(
        account=address(values["user"]),
        owner=address(values["user"]),
        market=None,
        liquidator=address(values["liquidator"]),
        kind=LiquidationKind.FIXED_BONUS,
        log_index=log.index,
        transaction=log.transaction_hash,
        debt_asset=address(values["debtAsset"]),
        debt_repaid=values["debtToCover"],
        collateral_asset=address(values["collateralAsset"]),
        collateral_seized=values["liquidatedCollateralAmount"],
        protocol_fee=0,
    )

"""What a block's logs say was liquidated: `Liquidate` carries all of it, to the wei, bad debt too."""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Liquidation
from indexer.protocols.morpho_blue.interfaces import MORPHO, account_key, market_id
from indexer.words import LiquidationKind

_EVENT = MORPHO.events["Liquidate"]


def liquidations(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
    """The liquidations of one block's logs; the draft is the one they were applied to."""
    own = (log for log in logs if log.address == deployment.entry and log.topics[0] == _EVENT.topic)
    return [_liquidation(deployment, log, draft) for log in own]


def _liquidation(deployment: Deployment, log: Log, draft: Draft) -> Liquidation:
    values, market = _EVENT.decode(log), market_id(int(log.topics[1], 16))
    where = Entity(deployment.name, market)
    return Liquidation(
        account=account_key(values["borrower"], market),
        owner=address(values["borrower"]),
        market=market,
        liquidator=address(values["caller"]),
        kind=LiquidationKind.FIXED_BONUS,
        log_index=log.index,
        transaction=log.transaction_hash,
        debt_asset=address(draft.number(where, "loan_token")),
        debt_repaid=values["repaidAssets"],
        collateral_asset=address(draft.number(where, "collateral_token")),
        collateral_seized=values["seizedAssets"],
        protocol_fee=0,
        bad_debt=values["badDebtAssets"],
    )

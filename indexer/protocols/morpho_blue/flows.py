"""What a block's logs say was put up, taken back, borrowed and repaid: every log carries what moved, to the wei.

A supply of the loan token is nobody's collateral in Morpho, it never stands behind a debt: it is no DEPOSIT, and taking
it back no WITHDRAW. Bad debt that a liquidation writes off is repaid as far as the debtor is concerned.
"""

from collections.abc import Mapping, Sequence

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Flow, FlowKind
from indexer.protocols.morpho_blue.interfaces import MORPHO, account_key, market_id

_Part = tuple[FlowKind, str, str, tuple[str, ...]]
_PARTS: Mapping[str, tuple[_Part, ...]] = {
    "SupplyCollateral": ((FlowKind.DEPOSIT, "collateral_token", "onBehalf", ("assets",)),),
    "WithdrawCollateral": ((FlowKind.WITHDRAW, "collateral_token", "onBehalf", ("assets",)),),
    "Borrow": ((FlowKind.BORROW, "loan_token", "onBehalf", ("assets",)),),
    "Repay": ((FlowKind.REPAY, "loan_token", "onBehalf", ("assets",)),),
    "Liquidate": (
        (FlowKind.REPAY, "loan_token", "borrower", ("repaidAssets", "badDebtAssets")),
        (FlowKind.WITHDRAW, "collateral_token", "borrower", ("seizedAssets",)),
    ),
}
"""Event to kind, the market's field that names the token, whose, and the sum of how much."""
_EVENTS = {MORPHO.topic(name): MORPHO.events[name] for name in _PARTS}


def flows(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
    """The flows of one block's logs; the draft is the one they were applied to."""
    found = []
    for log in logs:
        event = _EVENTS.get(log.topics[0]) if log.address == deployment.entry else None
        if event is None:
            continue
        values, market = event.decode(log), market_id(int(log.topics[1], 16))
        for kind, token, who, amounts in _PARTS[event.name]:
            amount, user = sum(values[name] for name in amounts), values[who]
            if amount:
                asset = address(draft.number(Entity(deployment.name, market), token))
                key = account_key(user, market)
                found.append(Flow(key, address(user), market, asset, kind, amount, log.transaction_hash))
    return found

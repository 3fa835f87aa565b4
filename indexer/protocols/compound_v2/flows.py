"""What a block's logs say was put up, taken back, borrowed and repaid, in units of the underlying.

Mint, Redeem, Borrow and RepayBorrow carry what moved. A liquidation repays and seizes by the same logs, and Venus'
`healBorrow` logs what it writes off as a RepayBorrow of its own. cTokens that leave by a Transfer (sent away, seized)
are told in cTokens: they are worth `rates_of_logs.most_worth`, which is never too little.
"""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Flow, FlowKind
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.rates_of_logs import Told, most_worth, told_by

_MOVES = {
    "Mint": (FlowKind.DEPOSIT, "minter", "mintAmount"),
    "Redeem": (FlowKind.WITHDRAW, "redeemer", "redeemAmount"),
    "Borrow": (FlowKind.BORROW, "borrower", "borrowAmount"),
    "RepayBorrow": (FlowKind.REPAY, "borrower", "repayAmount"),
    "ProtocolSeize": (FlowKind.WITHDRAW, "from", "amount"),
}
"""Event to kind, whose, and how much. `ProtocolSeize` (Venus): the part of a seize that no Transfer tells."""


def flows(lineage: Lineage, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
    """The flows of one block's logs; the draft is the one they were applied to."""
    told: dict[str, list[Told]] = {}
    ordered = list(told_by(lineage.ctoken_routes, logs, frozenset(draft.markets(deployment.name))))
    for one in ordered:
        told.setdefault(one.log.address, []).append(one)
    found = []
    for at, one in enumerate(ordered):
        market = Entity(deployment.name, one.log.address)
        asset = draft.get(market, "asset")
        if asset is None:
            continue
        if one.event == "Transfer":
            if _is_sent(one, ordered[at + 1 : at + 2]):
                worth = most_worth(one.values["amount"], told[one.log.address], market, draft)
                found.append((one, asset, FlowKind.WITHDRAW, one.values["from"], worth))
        elif one.event in _MOVES:
            kind, who, amount = _MOVES[one.event]
            found.append((one, asset, kind, one.values[who], one.values[amount]))
    return [_flow(*flow) for flow in found if flow[-1]]


def _is_sent(transfer: Told, following: Sequence[Told]) -> bool:
    """Whether cTokens left an account by more than the Transfer of a mint, or of a redemption, which has its own log.

    Both come from the same call: `Transfer(redeemer, cToken)` is at once followed by `Redeem`.
    """
    sender, home = transfer.values["from"], int(transfer.log.address, 16)
    if sender in (0, home, transfer.values["to"]):
        return False
    redeemed = any(
        one.event == "Redeem"
        and one.log.address == transfer.log.address
        and one.log.index == transfer.log.index + 1
        and (one.values["redeemer"], one.values["redeemTokens"]) == (sender, transfer.values["amount"])
        for one in following
    )
    return not (redeemed and transfer.values["to"] == home)


def _flow(one: Told, asset: int, kind: FlowKind, user: int, amount: int) -> Flow:
    account, log = address(user), one.log
    return Flow(account, account, log.address, address(asset), kind, amount, log.transaction_hash)

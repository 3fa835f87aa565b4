"""What a block's logs say was put up, taken back, borrowed and repaid: from the tokens' Mint, Burn and BalanceTransfer.

Every way into and out of a position passes through these, so no log of the pool is needed: a supply and a loan mint; a
withdrawal, a repayment (also with aTokens, which burns both), a liquidation and a write-off of bad debt burn; a seize
paid in aTokens, its fee and any other transfer are a BalanceTransfer. Interest is logged in `balanceIncrease` and is no
flow; nor is what the pool mints to the treasury, which is interest too, nor a swap between stable and variable debt.

Exact up to 3.4. From 3.5 on the logs tell differences of rounded balances: of aTokens no more than was put up, no less
than was taken; of debt up to ceil(index) units either way, so a loan is told as so much less, a repayment as so much
more (`ScaledBalanceTokenBase._mintScaled`, `_burnScaled`: debt is rounded up, what is repaid of it down).
What a bridge mints unbacked counts as put up: it was, on another chain.
"""

from collections.abc import Sequence
from dataclasses import replace

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Flow, FlowKind
from indexer.protocols.aave_v3 import transfer_units
from indexer.protocols.aave_v3.context import Context
from indexer.protocols.aave_v3.interfaces import POOL
from indexer.protocols.aave_v3.revisions import Rounding
from indexer.protocols.aave_v3.token_logs import Token, tokens_by_address
from indexer.units import RAY, ray_mul_ceil

_UPDATED = POOL.events["ReserveDataUpdated"]
_MOVING = ("Mint", "Burn", "BalanceTransfer")
_UNSCALED = 0
"""`transfer_units.FIELD` where transfers of this aToken are not scaled."""


class Ledger:
    """The flows of one block, in the order of their logs.

    A loan that follows a repayment of the same debtor and reserve, before that reserve's rates are set, is the other
    half of a swap (`swapBorrowRateMode`, `rebalanceStableBorrowRate`): what both have in common is no flow.
    """

    def __init__(self) -> None:
        self._found: list[Flow] = []
        self._unsettled: dict[tuple[str, str], int] = {}

    @property
    def flows(self) -> list[Flow]:
        """What moved."""
        return [flow for flow in self._found if flow.amount]

    def settle(self, asset: str) -> None:
        """The reserve's rates were set: the action is over."""
        self._unsettled = {key: at for key, at in self._unsettled.items() if key[0] != asset}

    def add(self, log: Log, asset: str, user: int, kind: FlowKind, amount: int) -> None:
        """One flow; nothing where nothing moved."""
        if amount <= 0:
            return
        account = address(user)
        self._found.append(Flow(account, account, asset, address(asset), kind, amount, log.transaction_hash))

    def supply(self, log: Log, asset: str, user: int, amount: int) -> None:
        """Put up (above zero) or taken away (below)."""
        self.add(log, asset, user, FlowKind.DEPOSIT if amount > 0 else FlowKind.WITHDRAW, abs(amount))

    def owe(self, log: Log, asset: str, user: int, amount: int) -> None:
        """Debt taken (above zero) or gone (below)."""
        key = (asset, address(user))
        if amount < 0:
            self._unsettled[key] = len(self._found)
            self.add(log, asset, user, FlowKind.REPAY, -amount)
        elif amount > 0:
            swapped, at = 0, self._unsettled.pop(key, None)
            if at is not None and self._found[at].transaction == log.transaction_hash:
                swapped = min(amount, self._found[at].amount)
                self._found[at] = replace(self._found[at], amount=self._found[at].amount - swapped)
            self.add(log, asset, user, FlowKind.BORROW, amount - swapped)


def flows(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
    """The flows of one block's logs; the draft is the one they were applied to."""
    context = Context(deployment, draft, {})
    pool, tokens, ledger = draft.number(Entity(deployment.name), "pool"), tokens_by_address(context), Ledger()
    for log in logs:
        token = tokens.get(log.address)
        if token is None:
            if log.topics[0] == _UPDATED.topic and int(log.address, 16) == pool:
                ledger.settle(address(_UPDATED.decode(log)["reserve"]))
        elif (event := token.events.get(log.topics[0])) is not None:
            values = event.decode(log)
            if event.name not in _MOVING:
                continue
            user = values["onBehalfOf"] if event.name == "Mint" else values["from"]
            if token.kind == "supply":
                ledger.supply(log, token.asset, user, _supplied(context, token, event.name, values, address(pool)))
            else:
                change = _stable(event.name, values) if token.is_stable else _variable(token, event.name, values)
                ledger.owe(log, token.asset, user, change)
    return ledger.flows


def _supplied(context: Context, token: Token, event: str, values: dict[str, int], pool: Address) -> int:
    """What moved: above zero put up, below it taken back, seized or sent away."""
    if event == "BalanceTransfer":
        return 0 if values["from"] == values["to"] else -_sent(context, token, values)
    change = _net(event, values)
    if change > 0 and address(values["caller"]) == pool:  # `mintToTreasury` names the pool
        return 0
    return change


def _net(event: str, values: dict[str, int]) -> int:
    """What moved without interest: above zero into the position. A Mint of less than the interest is a burn."""
    moved = values["value"] if event == "Mint" else -values["value"]
    return moved - values["balanceIncrease"]


def _sent(context: Context, token: Token, values: dict[str, int]) -> int:
    """Underlying of a BalanceTransfer: its value is scaled, but in 3.0.0; rounded up."""
    market = Entity(context.deployment.name, token.asset)
    if context.draft.get(market, transfer_units.FIELD) == _UNSCALED:
        return values["value"]
    return ray_mul_ceil(values["value"], values["index"])


def _variable(token: Token, event: str, values: dict[str, int]) -> int:
    """What moved: above zero a loan, of which directional rounding (3.5+) may have made up to ceil(index) more."""
    change = _net(event, values)
    if not change or token.rules.rounding is not Rounding.DIRECTIONAL:
        return change
    slack = -(-values["index"] // RAY)
    return max(0, change - slack) if change > 0 else change - slack


def _stable(event: str, values: dict[str, int]) -> int:
    """`StableDebtToken`, 3.1 and before: a Mint's amount has the interest in it, a Burn's is net of it."""
    moved = values["amount"] if event == "Mint" else -values["amount"]
    return moved - values["balanceIncrease"]

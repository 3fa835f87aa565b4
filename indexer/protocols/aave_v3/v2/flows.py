"""What a block's logs say was put up, taken back, borrowed and repaid in Aave V2: from the tokens' own logs, as in V3.

Amounts in them are those that moved, to the wei. The one Mint of an aToken that nobody paid for is the treasury's part
of the interest: `updateState` mints it at the first action of a block, before that reserve's rates are set, and a
deposit mints after (`LendingPool.deposit`). A stable Mint of less than the interest may be a loan or a repayment that
the interest swallowed: it is told as the repayment. Reserves whose tokens are of their own kind have no flows.
"""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Flow, FlowKind
from indexer.protocols.aave_v3.context import Context
from indexer.protocols.aave_v3.flows import Ledger
from indexer.protocols.aave_v3.v2.interfaces import POOL
from indexer.protocols.aave_v3.v2.special_tokens import is_special
from indexer.protocols.aave_v3.v2.token_logs import Token, tokens_by_address

_UPDATED = POOL.events["ReserveDataUpdated"]


def flows(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
    """The flows of one block's logs; the draft is the one they were applied to."""
    pool, tokens = draft.number(Entity(deployment.name), "pool"), tokens_by_address(Context(deployment, draft, {}))
    ledger, updated = Ledger(), set[str]()
    for log in logs:
        token = tokens.get(log.address)
        if token is None:
            if log.topics[0] == _UPDATED.topic and int(log.address, 16) == pool:
                asset = address(_UPDATED.decode(log)["reserve"])
                ledger.settle(asset)
                updated.add(asset)
        elif (event := token.events.get(log.topics[0])) is not None and not is_special(token.asset):
            values = event.decode(log)
            if token.kind != "supply":
                _debt(ledger, token, log, event.name, values)
            elif event.name == "Mint":
                paid = values["value"] if token.asset in updated else 0
                ledger.add(log, token.asset, values["from"], FlowKind.DEPOSIT, paid)
            elif event.name == "Burn" or values["from"] != values["to"]:
                ledger.add(log, token.asset, values["from"], FlowKind.WITHDRAW, values["value"])
    return ledger.flows


def _debt(ledger: Ledger, token: Token, log: Log, event: str, values: dict[str, int]) -> None:
    change = _stable(event, values) if token.kind == "stable" else _variable(event, values)
    ledger.owe(log, token.asset, values["onBehalfOf"] if event == "Mint" else values["user"], change)


def _variable(event: str, values: dict[str, int]) -> int:
    return values["value"] if event == "Mint" else -values["amount"]


def _stable(event: str, values: dict[str, int]) -> int:
    """`StableDebtToken`: a loan's Mint is without the interest, a Burn is net of it, another Mint what it left."""
    amount, interest = values["amount"], values["balanceIncrease"]
    if event == "Burn":
        return -(amount + interest)
    return amount if amount >= interest else amount - interest

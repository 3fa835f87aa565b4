"""What a block's logs say was put up, taken back, borrowed and repaid.

Collateral is exact. Of the base token `Supply` and `Withdraw` carry what moved and not what it did: supply on a debt
repays it, a withdrawal beyond the supply borrows. The log right after says how much of it was a supply, if anything: a
Transfer from the zero address (minted), or to it (burnt), which `supplyBase` and `withdrawBase` write where a principal
above zero grew or shrank. So

* Supply of `a`, Transfer(0, dst, t): DEPOSIT t, the rest REPAY. t is rounded down: a repayment is never too small, and
  a mere supply may be told with a repayment of a unit or two.
* Withdraw of `a`, Transfer(src, 0, w): WITHDRAW w, the rest BORROW. w is no less than what left the supply, and
  exactly the supply where the account goes on to borrow: a loan is never too large.
* AbsorbDebt of `a`, Transfer(0, borrower, t): REPAY a - t. What is left over was not put up.
* a Transfer of its own is half of `transferBase`: WITHDRAW of the sender, nothing for the receiver.

What `transferBase` does to debts has no log: a loan taken to send base is not told, and neither is a debt that somebody
else's base repaid. The second is the one repayment that is missed; the account's principal, which is read, has it.

Source: compound-finance/comet d5a30b0a, contracts/CometWithExtendedAssetList.sol.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Flow, FlowKind
from indexer.protocols.compound_v3.interfaces import COMET

_EVENTS = COMET.by_topic()
_COLLATERAL = {
    "SupplyCollateral": (FlowKind.DEPOSIT, "dst", "amount"),
    "WithdrawCollateral": (FlowKind.WITHDRAW, "src", "amount"),
    "TransferCollateral": (FlowKind.WITHDRAW, "from", "amount"),
    "AbsorbCollateral": (FlowKind.WITHDRAW, "borrower", "collateralAbsorbed"),
}
"""Event to kind, whose, and how much of the event's asset."""
_Part = tuple[FlowKind, int, int]
"""Kind, whose, how much."""


@dataclass(frozen=True, slots=True)
class Told:
    """One decoded log of the Comet."""

    log: Log
    name: str
    values: Mapping[str, int]


def flows(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
    """The flows of one block's logs; the draft is the one they were applied to."""
    base = draft.get(Entity(deployment.name), "base_token")
    ordered = told(deployment, logs)
    found: list[Flow] = []
    moved_by: Log | None = None
    for at, one in enumerate(ordered):
        if one.name in _COLLATERAL:
            kind, who, how_much = _COLLATERAL[one.name]
            parts, asset = [(kind, one.values[who], one.values[how_much])], one.values["asset"]
        elif base is None:
            continue
        elif one.name in _BASE:
            amount = moved(one, ordered[at + 1 : at + 2])
            moved_by = None if amount is None else ordered[at + 1].log
            parts, asset = _BASE[one.name](one.values, amount or 0), base
        elif one.name == "Transfer" and one.log is not moved_by and one.values["from"]:
            parts, asset = [(FlowKind.WITHDRAW, one.values["from"], one.values["amount"])], base
        else:
            continue
        found += [_flow(one.log, asset, *part) for part in parts if part[-1]]
    return found


def _supply(values: Mapping[str, int], minted: int) -> list[_Part]:
    put_up = min(minted, values["amount"])
    return [
        (FlowKind.REPAY, values["dst"], values["amount"] - put_up),
        (FlowKind.DEPOSIT, values["dst"], put_up),
    ]


def _withdraw(values: Mapping[str, int], burnt: int) -> list[_Part]:
    return [
        (FlowKind.WITHDRAW, values["src"], burnt),
        (FlowKind.BORROW, values["src"], max(0, values["amount"] - burnt)),
    ]


def _absorb(values: Mapping[str, int], minted: int) -> list[_Part]:
    return [(FlowKind.REPAY, values["borrower"], max(0, values["basePaidOut"] - minted))]


_BASE: dict[str, Callable[[Mapping[str, int], int], list[_Part]]] = {
    "Supply": _supply,
    "Withdraw": _withdraw,
    "AbsorbDebt": _absorb,
}
_ENDS = {"Supply": (None, "dst"), "Withdraw": ("src", None), "AbsorbDebt": (None, "borrower")}
"""Sender and receiver of the Transfer that each may be followed by; None: the zero address."""


def moved(one: Told, following: Sequence[Told]) -> int | None:
    """What the Transfer of the same call moved, which is the next log; None where it wrote none."""
    ends = tuple(0 if name is None else one.values[name] for name in _ENDS[one.name])
    for after in following:
        is_next = after.log.index == one.log.index + 1
        if is_next and after.name == "Transfer" and (after.values["from"], after.values["to"]) == ends:
            return after.values["amount"]
    return None


def told(deployment: Deployment, logs: Sequence[Log]) -> list[Told]:
    """The Comet's own logs, decoded."""
    own = ((log, _EVENTS.get(log.topics[0])) for log in logs if log.address == deployment.entry)
    return [Told(log, event.name, event.decode(log)) for log, event in own if event is not None]


def _flow(log: Log, asset: int, kind: FlowKind, user: int, amount: int) -> Flow:
    account, token = address(user), address(asset)
    return Flow(account, account, token, token, kind, amount, log.transaction_hash)

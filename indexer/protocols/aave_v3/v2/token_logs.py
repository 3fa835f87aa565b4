"""Logs of aTokens and debt tokens: every account and its exact stored balance."""

from dataclasses import dataclass
from typing import Literal

from indexer.abi import Event
from indexer.book import Entity
from indexer.evm import Address, Log, address
from indexer.protocols.aave_v3.context import Context
from indexer.protocols.aave_v3.token_events import StableDebt
from indexer.protocols.aave_v3.v2 import token_events as decode
from indexer.protocols.aave_v3.v2.interfaces import ATOKEN, STABLE_DEBT, VARIABLE_DEBT
from indexer.protocols.aave_v3.v2.special_tokens import is_special
from indexer.protocols.aave_v3.v2.token_events import StableLog, StableSupply
from indexer.units import uint256

Kind = Literal["supply", "debt", "stable"]
_KINDS: tuple[tuple[str, Kind], ...] = (("atoken", "supply"), ("vdebt", "debt"), ("sdebt", "stable"))
_EVENTS: dict[Kind, dict[str, Event]] = {
    "supply": ATOKEN.by_topic(),
    "debt": VARIABLE_DEBT.by_topic(),
    "stable": STABLE_DEBT.by_topic(),
}
_DEBTORS = {"Mint": "onBehalfOf", "Burn": "user"}
_HOLDERS = {"Mint": ("from",), "Burn": ("from",), "BalanceTransfer": ("from", "to")}


@dataclass(frozen=True, slots=True)
class Token:
    """One token of one reserve."""

    asset: str
    kind: Kind

    @property
    def events(self) -> dict[str, Event]:
        """What it logs, by topic0."""
        return _EVENTS[self.kind]


def tokens_by_address(context: Context) -> dict[Address, Token]:
    """Every token of the deployment, as known in the draft."""
    found: dict[Address, Token] = {}
    for asset in context.draft.markets(context.deployment.name):
        for field, kind in _KINDS:
            token = context.draft.number(Entity(context.deployment.name, asset), field)
            if token:
                found[address(token)] = Token(asset, kind)
    return found


def apply(context: Context, token: Token, log: Log) -> None:
    """Fold one token log into the positions of the accounts it names."""
    event = token.events.get(log.topics[0])
    if event is None:
        return
    values = event.decode(log)
    names = _HOLDERS[event.name] if token.kind == "supply" else (_DEBTORS[event.name],)
    positions = [context.position(token.asset, values[name]) for name in names]
    if is_special(token.asset):
        for where in positions:
            context.draft.set(where, "special", 1)
    elif token.kind == "stable":
        _apply_stable(context, positions[0], event.name, values, context.timestamp(log))
    else:
        amount = values["amount"] if token.kind == "debt" and event.name == "Burn" else values["value"]
        scaled = decode.scaled_amount(amount, values["index"])
        signs = (-1, 1) if event.name == "BalanceTransfer" else (1,) if event.name == "Mint" else (-1,)
        for where, sign in zip(positions, signs, strict=True):
            _add(context, where, token.kind, sign * scaled)


def _add(context: Context, where: Entity, kind: Kind, change: int) -> None:
    """Change a scaled balance and the total of all. A self-transfer takes and gives the same."""
    market, total = Entity(where.deployment, where.market), f"total_{kind}"
    draft = context.draft
    draft.set(where, kind, uint256(draft.number(where, kind) + change))
    draft.set(market, total, uint256(draft.number(market, total) + change))
    if kind == "debt":
        _forget_bit(context, where)


def _apply_stable(context: Context, where: Entity, event: str, values: dict[str, int], timestamp: int) -> None:
    draft, market = context.draft, Entity(where.deployment, where.market)
    log = StableLog(
        amount=values["amount"],
        current_balance=values["currentBalance"],
        balance_increase=values["balanceIncrease"],
        average_rate=values["avgStableRate"],
        new_total=values["newTotalSupply"],
        timestamp=timestamp,
    )
    total = StableSupply(
        draft.number(market, "stable_total"),
        draft.number(market, "stable_average"),
        draft.number(market, "stable_total_updated"),
    )
    if event == "Mint":
        after = decode.apply_stable_mint(log, values["newRate"], total)
    else:
        before = StableDebt(draft.number(where, "stable"), draft.number(where, "stable_rate"))
        after = decode.apply_stable_burn(log, before)
    draft.set(where, "stable", after.principal)
    draft.set(where, "stable_rate", after.rate)
    draft.set(where, "stable_updated", after.updated)
    now = decode.total_after(log, is_mint=event == "Mint", total=total)
    draft.set(market, "stable_total", now.principal)
    draft.set(market, "stable_average", now.average_rate)
    draft.set(market, "stable_total_updated", now.updated)
    _forget_bit(context, where)


def _forget_bit(context: Context, where: Entity) -> None:
    """A loan sets the borrowing bit, the repayment of everything clears it: either way it follows the balances."""
    if context.draft.get(where, "left_borrowing") is not None:
        context.draft.set(where, "left_borrowing", None)

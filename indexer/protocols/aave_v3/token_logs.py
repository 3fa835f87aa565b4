"""Logs of aTokens and debt tokens: every account and its exact scaled balance."""

from dataclasses import dataclass, replace
from typing import Literal

from indexer.abi import Event
from indexer.book import Entity
from indexer.evm import ZERO_ADDRESS, Address, Log, address
from indexer.protocols.aave_v3 import discount, transfer_units
from indexer.protocols.aave_v3 import token_events as decode
from indexer.protocols.aave_v3.context import Context
from indexer.protocols.aave_v3.discount import LAST_POOL_REVISION
from indexer.protocols.aave_v3.interfaces import STABLE_TOKEN, TOKEN, emode_id
from indexer.protocols.aave_v3.revisions import TokenRules, token_rules_for
from indexer.protocols.aave_v3.token_events import ScaledBalance, StableDebt

_EVENTS = {False: TOKEN.by_topic(), True: STABLE_TOKEN.by_topic()}


@dataclass(frozen=True, slots=True)
class Token:
    """One token of one reserve, and how its events are read."""

    asset: str
    kind: Literal["supply", "debt", "stable"]
    rules: TokenRules

    @property
    def is_stable(self) -> bool:
        """Whether it is a stable debt token (3.1 and before)."""
        return self.kind == "stable"

    @property
    def events(self) -> dict[str, Event]:
        """What it logs, by topic0."""
        return _EVENTS[self.is_stable]


def tokens_by_address(context: Context) -> dict[Address, Token]:
    """Every token of the deployment, as known in the draft."""
    found: dict[Address, Token] = {}
    draft, name = context.draft, context.deployment.name
    pool_revision = draft.number(Entity(name), "pool_revision")
    for asset in draft.markets(name):
        if emode_id(asset) is not None:
            continue
        where = Entity(name, asset)
        kinds: tuple[tuple[str, Literal["supply", "debt", "stable"], str], ...] = (
            ("atoken", "supply", "atoken_revision"),
            ("vdebt", "debt", "vdebt_revision"),
            ("sdebt", "stable", ""),
        )
        for field, kind, revision in kinds:
            token = address(draft.number(where, field))
            if token != ZERO_ADDRESS:
                found[token] = Token(asset, kind, token_rules_for(kind, draft.number(where, revision), pool_revision))
    return found


def apply(context: Context, token: Token, log: Log, event: str, values: dict[str, int]) -> None:
    """Fold one token log into the positions of the accounts it names."""
    if token.is_stable:
        _apply_stable(context, token, log, event, values)
    elif event == "BalanceTransfer":
        _apply_transfer(context, token, values)
    elif event == "DiscountPercentUpdated":
        where = context.position(token.asset, values["user"])
        context.draft.set(where, "discount", values["newDiscountPercent"])
        context.draft.set(where, "discount_before", values["oldDiscountPercent"])
    else:
        user = values["onBehalfOf"] if event == "Mint" else values["from"]
        where = context.position(token.asset, user)
        if percent := _discount_used(context, where, token):
            _apply_discounted(context, where, percent, event, values, token.rules)
            return
        if event == "Mint" and token.kind == "supply":
            market = Entity(where.deployment, where.market)
            transfer_units.note_mint(context.draft, market, values["value"], values["balanceIncrease"])
        change = decode.apply_mint if event == "Mint" else decode.apply_burn
        before = _load(context, where, token.kind)
        after = change(before, values["value"], values["balanceIncrease"], values["index"], token.rules)
        _save(context, where, token.kind, after)


def _discount_used(context: Context, where: Entity, token: Token) -> int:
    """The discount that this Mint or Burn used: the one from before, where the same action has just changed it."""
    if token.kind != "debt" or context.draft.number(Entity(where.deployment), "pool_revision") > LAST_POOL_REVISION:
        return 0
    before = context.draft.get(where, "discount_before")
    if before is None:
        return context.draft.number(where, "discount")
    context.draft.set(where, "discount_before", None)
    return before


def _apply_discounted(
    context: Context, where: Entity, percent: int, event: str, values: dict[str, int], rules: TokenRules
) -> None:
    debt = discount.DiscountedDebt(_load(context, where, "debt"), percent)
    change = discount.apply_mint if event == "Mint" else discount.apply_burn
    _save(context, where, "debt", change(debt, values["value"], values["balanceIncrease"], values["index"], rules))


def _apply_transfer(context: Context, token: Token, values: dict[str, int]) -> None:
    sender = context.position(token.asset, values["from"])
    recipient = context.position(token.asset, values["to"])
    before, received = _load(context, sender, token.kind), _load(context, recipient, token.kind)
    value, index, market = values["value"], values["index"], Entity(sender.deployment, sender.market)
    is_scaled = transfer_units.is_scaled(context.draft, market, before, received, value, index)
    rules = replace(token.rules, transfers_scaled=is_scaled)
    if sender == recipient:
        _save(context, sender, token.kind, decode.apply_self_transfer(before, index, rules))
        return
    left, gained = decode.apply_transfer(before, received, value, index, rules)
    _save(context, sender, token.kind, left)
    _save(context, recipient, token.kind, gained)


def _apply_stable(context: Context, token: Token, log: Log, event: str, values: dict[str, int]) -> None:
    user = values["onBehalfOf"] if event == "Mint" else values["from"]
    where, draft, timestamp = context.position(token.asset, user), context.draft, context.timestamp(log)
    if event == "Mint":
        after = decode.apply_stable_mint(
            amount=values["amount"],
            current_balance=values["currentBalance"],
            balance_increase=values["balanceIncrease"],
            new_rate=values["newRate"],
            timestamp=timestamp,
        )
    else:
        before = StableDebt(
            draft.number(where, "stable"), draft.number(where, "stable_rate"), draft.number(where, "stable_updated")
        )
        after = decode.apply_stable_burn(
            before,
            amount=values["amount"],
            current_balance=values["currentBalance"],
            balance_increase=values["balanceIncrease"],
            timestamp=timestamp,
        )
    draft.set(where, "stable", after.principal)
    draft.set(where, "stable_rate", after.rate)
    draft.set(where, "stable_updated", after.updated)


def _load(context: Context, where: Entity, kind: str) -> ScaledBalance:
    return ScaledBalance(context.draft.number(where, kind), context.draft.number(where, f"{kind}_index"))


def _save(context: Context, where: Entity, kind: str, state: ScaledBalance) -> None:
    market, total = Entity(where.deployment, where.market), f"total_{kind}"
    gained = state.scaled - context.draft.number(where, kind)
    context.draft.set(market, total, context.draft.number(market, total) + gained)
    context.draft.set(where, kind, state.scaled)
    context.draft.set(where, f"{kind}_index", state.index)

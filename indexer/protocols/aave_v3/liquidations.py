"""What a block's logs say was liquidated: `LiquidationCall`, and what is logged before it in the same call.

`LiquidationCall` names what the liquidator got. The protocol's fee is the last BalanceTransfer of the collateral's
aToken from the user since the debt was burnt; its value is scaled, so the fee is told within ceil(index) units. From
3.3 on a `DeficitCreated` names debt that was written off because no collateral is left: that of the reserve that was
liquidated stands in the row of the call, one of another reserve is a row of its own (`write_off`).

Source: aave-v3 LiquidationLogic.executeLiquidationCall, 3.0 to 3.7: debt burnt, collateral burnt or sent, fee sent,
bad debt burnt, LiquidationCall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Liquidation
from indexer.protocols.aave_v3 import transfer_units
from indexer.protocols.aave_v3.context import Context
from indexer.protocols.aave_v3.interfaces import POOL
from indexer.protocols.aave_v3.token_logs import tokens_by_address
from indexer.units import ray_mul_half_up
from indexer.words import LiquidationKind

_CALL, _DEFICIT = POOL.events["LiquidationCall"], POOL.events["DeficitCreated"]
_UNSCALED = 0
_Values = Mapping[str, int]


@dataclass(slots=True)
class _Sent:
    """ATokens that left a user, by the reserve they stand for."""

    reserve: str
    values: _Values


@dataclass(slots=True)
class _Call:
    """What was logged in one transaction since its last LiquidationCall."""

    sent: list[_Sent] = field(default_factory=list)
    deficits: list[tuple[Log, _Values]] = field(default_factory=list)

    def debt_moved(self, user: int) -> None:
        """The user's debt was burnt: whatever he sent before that is no part of a liquidation."""
        self.sent = [one for one in self.sent if one.values["from"] != user]


def liquidations(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
    """The liquidations of one block's logs; the draft is the one they were applied to."""
    context = Context(deployment, draft, {})
    pool, tokens = draft.number(Entity(deployment.name), "pool"), tokens_by_address(context)
    calls: dict[str, _Call] = {}
    found: list[Liquidation] = []
    for log in logs:
        call, token = calls.setdefault(log.transaction_hash, _Call()), tokens.get(log.address)
        if token is not None:
            event = token.events.get(log.topics[0])
            if event is None:
                continue
            values = event.decode(log)
            if token.kind != "supply":
                _note_debt(call, event.name, values)
            elif event.name == "BalanceTransfer":
                call.sent.append(_Sent(token.asset, values))
        elif int(log.address, 16) == pool and log.topics[0] == _DEFICIT.topic:
            call.deficits.append((log, _DEFICIT.decode(log)))
        elif int(log.address, 16) == pool and log.topics[0] == _CALL.topic:
            found += _liquidations(context, log, call)
            del calls[log.transaction_hash]
    return sorted(found, key=lambda one: one.log_index)


def _note_debt(call: _Call, event: str, values: _Values) -> None:
    if not call.deficits and event in ("Mint", "Burn"):  # once bad debt is being burnt the collateral is gone already
        call.debt_moved(values["onBehalfOf" if event == "Mint" else "from"])


def _liquidations(context: Context, log: Log, call: _Call) -> list[Liquidation]:
    values = _CALL.decode(log)
    user, debt, collateral = (address(values[name]) for name in ("user", "debtAsset", "collateralAsset"))
    written_off = [(at, told) for at, told in call.deficits if address(told["user"]) == user]
    fee = _fee(context, call.sent, values, collateral)
    own = Liquidation(
        account=user,
        owner=user,
        market=None,
        liquidator=address(values["liquidator"]),
        kind=LiquidationKind.FIXED_BONUS,
        log_index=log.index,
        transaction=log.transaction_hash,
        debt_asset=debt,
        debt_repaid=values["debtToCover"],
        collateral_asset=collateral,
        collateral_seized=values["liquidatedCollateralAmount"] + fee,
        protocol_fee=fee,
        bad_debt=sum(told["amountCreated"] for _, told in written_off if address(told["debtAsset"]) == debt),
    )
    return [*(_write_off(at, told, own) for at, told in written_off if address(told["debtAsset"]) != debt), own]


def _write_off(log: Log, values: _Values, of: Liquidation) -> Liquidation:
    return Liquidation(
        account=of.account,
        owner=of.owner,
        market=None,
        liquidator=of.liquidator,
        kind=LiquidationKind.WRITE_OFF,
        log_index=log.index,
        transaction=log.transaction_hash,
        debt_asset=address(values["debtAsset"]),
        debt_repaid=0,
        bad_debt=values["amountCreated"],
    )


def _fee(context: Context, sent: Sequence[_Sent], call: _Values, collateral: Address) -> int:
    """What the treasury got: the one transfer beside the liquidator's own, which is there if he took aTokens."""
    left = [one.values for one in sent if (one.reserve, one.values["from"]) == (collateral, call["user"])]
    if call["receiveAToken"]:
        left = left[1:]
    if not left:
        return 0
    values = left[-1]
    if context.draft.get(Entity(context.deployment.name, collateral), transfer_units.FIELD) == _UNSCALED:
        return values["value"]
    return ray_mul_half_up(values["value"], values["index"])

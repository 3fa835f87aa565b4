"""What a block's logs say was liquidated. Rows come from `LiquidateBorrow` and, in Venus, from a healed account's logs.

`LiquidateBorrow` names cTokens. What they are in the underlying is told by the protocol's part of them, where there is
one: the log before it has that part in underlying, at the rate the contract used (`ReservesAdded` from the cToken
itself, Venus: `ProtocolSeize`), and a Transfer says how many cTokens that part is. So seized underlying is

    floor(part in underlying * cTokens seized / cTokens of the part)

which the truncation of the part makes too small by less than (cTokens seized / cTokens of the part) units. Without such
a part (a cToken of before 2.9, cETH) it is None and only the cTokens are told.

Venus' `healAccount` seizes all an account has (no LiquidateBorrow: a row of each collateral, whose cTokens no log
counts in full) and writes off what is not repaid (a row of each debt, from `HealBorrow`). Compound itself writes
nothing off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Liquidation
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.rates_of_logs import Told, told_by
from indexer.units import mul_div_floor
from indexer.words import LiquidationKind


def liquidations(lineage: Lineage, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
    """The liquidations of one block's logs; the draft is the one they were applied to."""
    ordered = list(told_by(lineage.ctoken_routes, logs, frozenset(draft.markets(deployment.name))))
    found: list[Liquidation] = []
    for at, one in enumerate(ordered):
        before, after = ordered[max(0, at - 2) : at], ordered[at + 1 : at + 2]
        if one.event == "LiquidateBorrow":
            found.append(_liquidate(deployment, one, before, draft))
        elif one.event == "HealBorrow":
            found.append(_heal(deployment, one, before[-1:], draft))
        elif one.event == "ProtocolSeize" and not any(_is_same_seize(one, next_one) for next_one in after):
            found.append(_seize(deployment, one, before[-1:], draft))
    return found


def _liquidate(deployment: Deployment, one: Told, before: Sequence[Told], draft: Draft) -> Liquidation:
    values = one.values
    collateral = address(values.get("cTokenCollateral", values.get("vTokenCollateral", 0)))
    made = _row(one, LiquidationKind.FIXED_BONUS, values["borrower"], values["liquidator"])
    part = _part(collateral, values, before)
    worth = fee = None
    if part is not None:
        fee, tokens = part
        worth = mul_div_floor(fee, values["seizeTokens"], tokens) if tokens else None
    return replace(
        made,
        debt_asset=_underlying(deployment, one.log.address, draft),
        debt_repaid=values["repayAmount"],
        collateral_asset=_underlying(deployment, collateral, draft),
        collateral_seized=worth,
        protocol_fee=fee,
        receipt_asset=collateral,
        receipt_seized=values["seizeTokens"],
    )


def _part(collateral: Address, values: Mapping[str, int], before: Sequence[Told]) -> tuple[int, int] | None:
    """The protocol's part of a seize: in underlying, and in cTokens; None where the logs before tell none."""
    if len(before) < 2 or any(one.log.address != collateral for one in before):
        return None
    moved, taken = before
    if moved.event != "Transfer" or moved.values["from"] != values["borrower"]:
        return None
    if taken.event == "ProtocolSeize":
        return taken.values["amount"], values["seizeTokens"] - moved.values["amount"]
    if taken.event == "ReservesAdded" and taken.values["benefactor"] == int(collateral, 16):
        return taken.values["addAmount"], moved.values["amount"]
    return None


def _is_same_seize(seize: Told, after: Told) -> bool:
    """Whether the log after a ProtocolSeize is the LiquidateBorrow it belongs to."""
    if after.event != "LiquidateBorrow" or after.log.transaction_hash != seize.log.transaction_hash:
        return False
    return (address(after.values["vTokenCollateral"]), after.values["borrower"]) == (
        seize.log.address,
        seize.values["from"],
    )


def _seize(deployment: Deployment, one: Told, before: Sequence[Told], draft: Draft) -> Liquidation:
    liquidator = next((moved.values["to"] for moved in before if moved.event == "Transfer"), None)
    return replace(
        _row(one, LiquidationKind.WHOLE_ACCOUNT, one.values["from"], liquidator),
        collateral_asset=_underlying(deployment, one.log.address, draft),
        protocol_fee=one.values["amount"],
        receipt_asset=one.log.address,
    )


def _heal(deployment: Deployment, one: Told, before: Sequence[Told], draft: Draft) -> Liquidation:
    borrower = one.values["borrower"]
    written_off = sum(
        told.values["badDebtDelta"]
        for told in before
        if told.event == "BadDebtIncreased"
        and (told.log.address, told.values["borrower"]) == (one.log.address, borrower)
    )
    return replace(
        _row(one, LiquidationKind.WHOLE_ACCOUNT, borrower, one.values["payer"]),
        debt_asset=_underlying(deployment, one.log.address, draft),
        debt_repaid=one.values["repayAmount"],
        bad_debt=written_off,
    )


def _row(one: Told, kind: LiquidationKind, borrower: int, liquidator: int | None) -> Liquidation:
    account, log = address(borrower), one.log
    who = None if liquidator is None else address(liquidator)
    return Liquidation(account, account, None, who, kind, log.index, log.transaction_hash)


def _underlying(deployment: Deployment, ctoken: Address, draft: Draft) -> Address | None:
    asset = draft.get(Entity(deployment.name, ctoken), "asset")
    return None if asset is None else address(asset)

"""Logs of a vToken: what differs from a cToken's.

A mint comes from the zero address, a redemption goes to the vToken. A seize burns the protocol's part without a
`Transfer`: `ProtocolSeize` follows the liquidator's part and names underlying, not vTokens. `LiquidateBorrow`, right
after it, names what was seized; without one it was `healAccount`, which seizes all the account held.
"""

from indexer.evm import Log, address
from indexer.protocols.compound_v2 import ctoken_logs
from indexer.protocols.compound_v2.context import Context


def transfer(context: Context, log: Log, values: dict[str, int]) -> None:
    """VTokens move; the vToken's own address counts as a holder, the zero address does not."""
    sender, recipient, amount = values["from"], values["to"], values["amount"]
    if sender:
        where = context.position(log.address, sender)
        context.held_before[log.address, sender] = context.draft.number(where, "supply")
        context.add(where, "supply", -amount)
    context.add(context.position(log.address, recipient), "supply", amount)


def mint(context: Context, log: Log, values: dict[str, int]) -> None:
    """The `Transfer` after it brings the new vTokens to the minter."""
    context.add(context.market(log.address), "total_supply", values["mintTokens"])


def redeem(context: Context, log: Log, values: dict[str, int]) -> None:
    """VTokens that the `Transfer` before it brought home are burnt."""
    _burn(context, log.address, log.address, values["redeemTokens"])


def protocol_seize(context: Context, log: Log, values: dict[str, int]) -> None:
    """Burn what the liquidator left, all of it until a `LiquidateBorrow` says how much was seized."""
    where = context.position(log.address, values["from"])
    _burn(context, log.address, values["from"], context.draft.number(where, "supply"))


def liquidate_borrow(context: Context, _: Log, values: dict[str, int]) -> None:
    """What the borrower keeps of the collateral: what it held before the seize, less what was seized."""
    vtoken, borrower = address(values["vTokenCollateral"]), values["borrower"]
    kept = context.held_before.pop((vtoken, borrower), 0) - values["seizeTokens"]
    where = context.position(vtoken, borrower)
    _burn(context, vtoken, borrower, context.draft.number(where, "supply") - kept)


def accrued(context: Context, log: Log, values: dict[str, int]) -> None:
    """`accrueInterest`: index and borrows as stored; reserves, which it may have paid out too, are read again."""
    where, draft = context.market(log.address), context.draft
    draft.set(where, "borrow_index", values["borrowIndex"])
    draft.set(where, "total_borrows", values["totalBorrows"])
    draft.set(where, "accrual", log.block_timestamp if draft.number(where, "by_seconds") else log.block_number)
    for field in ("reserves", "paid_out_at"):
        draft.set(where, field, None)


def bad_debt(context: Context, log: Log, values: dict[str, int]) -> None:
    """Bad debt after `healBorrow` added to it, or an auction recovered some."""
    context.draft.set(context.market(log.address), "bad_debt", values["badDebtNew"])


def new_seize_share(context: Context, log: Log, values: dict[str, int]) -> None:
    """The protocol's part of a liquidation's incentive."""
    context.draft.set(context.market(log.address), "seize_share", values["newProtocolSeizeShareMantissa"])


def new_pay_out_delay(context: Context, log: Log, values: dict[str, int]) -> None:
    """After how many blocks (or seconds) an accrual pays the reserves out."""
    context.draft.set(context.market(log.address), "pay_out_after", values["newReduceReservesBlockOrTimestampDelta"])


def _burn(context: Context, vtoken: str, holder: int | str, tokens: int) -> None:
    context.add(context.position(vtoken, holder), "supply", -tokens)
    context.add(context.market(vtoken), "total_supply", -tokens)


HANDLERS = {
    "Mint": mint,
    "Redeem": redeem,
    "Borrow": ctoken_logs.borrow,
    "RepayBorrow": ctoken_logs.repay,
    "AccrueInterest": accrued,
    "Transfer": transfer,
    "ProtocolSeize": protocol_seize,
    "LiquidateBorrow": liquidate_borrow,
    "HealBorrow": ctoken_logs.told_already,
    "BadDebtIncreased": bad_debt,
    "BadDebtRecovered": bad_debt,
    "ReservesAdded": ctoken_logs.reserves_reduced,
    "SpreadReservesReduced": ctoken_logs.reserves_reduced,
    "NewReserveFactor": ctoken_logs.new_reserve_factor,
    "NewProtocolSeizeShare": new_seize_share,
    "NewReduceReservesBlockDelta": new_pay_out_delay,
}

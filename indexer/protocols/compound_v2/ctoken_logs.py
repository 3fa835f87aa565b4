"""Logs of a cToken: every holder and borrower with exact integers, and the market's own numbers.

Every `Transfer` is a plain move, the cToken itself being an account like any other. What makes it one is the other
log: `Mint` and `Redeem` create and burn at the cToken's own address, so that mint, redeem, a transfer of cTokens to
the cToken and the burn of a seize (told by `ReservesAdded` from the cToken itself) never need to be guessed apart.
"""

from indexer.evm import Log
from indexer.protocols.compound_v2.context import Context
from indexer.units import WAD


def transfer(context: Context, log: Log, values: dict[str, int]) -> None:
    """Tokens move; the cToken's own address counts as a holder."""
    sender, recipient, amount = values["from"], values["to"], values["amount"]
    context.add(context.position(log.address, sender), "supply", -amount)
    context.add(context.position(log.address, recipient), "supply", amount)
    if recipient == int(log.address, 16):
        context.sent_home[log.address] = amount


def mint(context: Context, log: Log, values: dict[str, int]) -> None:
    """New cTokens appear at the cToken's address; the `Transfer` after it hands them to the minter."""
    _create(context, log, values["mintTokens"])


def redeem(context: Context, log: Log, values: dict[str, int]) -> None:
    """Tokens that the `Transfer` before it brought home are burnt."""
    _create(context, log, -values["redeemTokens"])


def borrow(context: Context, log: Log, values: dict[str, int]) -> None:
    """`borrowFresh`: the debt after it, and the index at which that is true."""
    _owe(context, log, values["borrower"], values)


def repay(context: Context, log: Log, values: dict[str, int]) -> None:
    """`repayBorrowFresh`, whoever paid, a liquidation too."""
    _owe(context, log, values["borrower"], values)


def accrued(context: Context, log: Log, values: dict[str, int]) -> None:
    """`accrueInterest`: index and borrows as stored, reserves as it computes them (truncated)."""
    where, draft = context.market(log.address), context.draft
    draft.set(where, "borrow_index", values["borrowIndex"])
    draft.set(where, "total_borrows", values["totalBorrows"])
    draft.set(where, "accrual", log.block_number)
    factor, reserves = draft.get(where, "reserve_factor"), draft.get(where, "reserves")
    if factor is None or reserves is None:
        draft.set(where, "reserves", None)
    else:
        draft.set(where, "reserves", values["interestAccumulated"] * factor // WAD + reserves)


def reserves_added(context: Context, log: Log, values: dict[str, int]) -> None:
    """Reserves as they are after it. From the cToken itself it is a seize, which burns what it just sent home."""
    context.draft.set(context.market(log.address), "reserves", values["newTotalReserves"])
    if values["benefactor"] == int(log.address, 16):
        _create(context, log, -context.sent_home.pop(log.address, 0))


def reserves_reduced(context: Context, log: Log, values: dict[str, int]) -> None:
    """Reserves as they are after it."""
    context.draft.set(context.market(log.address), "reserves", values["newTotalReserves"])


def new_reserve_factor(context: Context, log: Log, values: dict[str, int]) -> None:
    """The part of interest that goes to reserves."""
    context.draft.set(context.market(log.address), "reserve_factor", values["newReserveFactorMantissa"])


def new_comptroller(context: Context, log: Log, values: dict[str, int]) -> None:
    """The cToken answers to another Comptroller: it can be neither borrowed from nor seized here."""
    at_home = values["newComptroller"] == int(context.deployment.entry, 16)
    context.draft.set(context.market(log.address), "comptroller", None if at_home else values["newComptroller"])


def new_implementation(context: Context, log: Log, values: dict[str, int]) -> None:
    """`CErc20Delegator._setImplementation`: what the code decides is read again."""
    where = context.market(log.address)
    context.draft.set(where, "implementation", values["newImplementation"])
    for field in ("seize_share", "joins_pot", "reserves"):
        context.draft.set(where, field, None)


def told_already(context: Context, log: Log, values: dict[str, int]) -> None:
    """A liquidation repays and seizes by other logs: this one is `liquidations`' alone."""
    del context, log, values


def _create(context: Context, log: Log, tokens: int) -> None:
    context.add(context.market(log.address), "total_supply", tokens)
    context.add(context.position(log.address, log.address), "supply", tokens)


def _owe(context: Context, log: Log, borrower: int, values: dict[str, int]) -> None:
    """Every borrow and repayment accrues first; a market that never accrued is in its first block, at index 1."""
    market, where = context.market(log.address), context.position(log.address, borrower)
    context.draft.set(where, "debt", values["accountBorrows"])
    context.draft.set(where, "interest_index", context.draft.get(market, "borrow_index") or WAD)
    context.draft.set(market, "total_borrows", values["totalBorrows"])


HANDLERS = {
    "Mint": mint,
    "Redeem": redeem,
    "Borrow": borrow,
    "RepayBorrow": repay,
    "AccrueInterest": accrued,
    "Transfer": transfer,
    "ReservesAdded": reserves_added,
    "ReservesReduced": reserves_reduced,
    "NewReserveFactor": new_reserve_factor,
    "NewComptroller": new_comptroller,
    "NewImplementation": new_implementation,
    "LiquidateBorrow": told_already,
}
HANDLERS_2019 = {"AccrueInterest": accrued}

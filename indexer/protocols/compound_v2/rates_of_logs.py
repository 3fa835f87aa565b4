"""What cTokens are worth at most, from one block's logs alone.

Cash is no log's matter, except that `AccrueInterest` names it (`cashPrior`), and what moves it after that in the same
block is logged. So the exchange rate at the end of a block in which the market accrued is known; it never fell in the
block but by the rounding of a redemption, so it is what any cToken was worth at most. Seizing accrues the market first
(`liquidateBorrow`), so it always has one. A bare transfer of cTokens may not: then nothing is known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.book import Draft, Entity
from indexer.evm import Log
from indexer.protocols.compound_v2.lineage import Route
from indexer.units import MAX_UINT256, WAD, mul_div_ceil

EVERYTHING = MAX_UINT256
"""More than anybody has: what cTokens are worth at most where nothing is known of their rate."""
_CASH = {
    "Mint": (1, "mintAmount"),
    "Redeem": (-1, "redeemAmount"),
    "Borrow": (-1, "borrowAmount"),
    "ReservesReduced": (-1, "reduceAmount"),
    "SpreadReservesReduced": (-1, "reduceAmount"),
    "ProtocolSeize": (-1, "amount"),
}
"""Events after which there is more or less cash."""


@dataclass(frozen=True, slots=True)
class Told:
    """One decoded log of a cToken."""

    log: Log
    event: str
    values: Mapping[str, int]


def told_by(routes: Mapping[str, Route], logs: Sequence[Log], ctokens: frozenset[str]) -> Iterator[Told]:
    """The cTokens' own logs, decoded."""
    for log in logs:
        route = routes.get(log.topics[0]) if log.topics and log.address in ctokens else None
        if route is not None:
            yield Told(log, route.event.name, route.event.decode(log))


def most_worth(tokens: int, told: Sequence[Told], market: Entity, draft: Draft) -> int:
    """Underlying that so many cTokens were worth at most in a block whose logs of the market are `told`, rounded up.

    `EVERYTHING` where the market did not accrue, or its log is of 2019 and names no cash.
    """
    cash, supply = _cash(told), draft.number(market, "total_supply")
    if cash is None or not supply:
        return EVERYTHING if tokens else 0
    owed = draft.number(market, "total_borrows") + draft.number(market, "bad_debt")
    held = max(0, cash + owed - draft.number(market, "reserves"))  # unknown reserves: as if there were none
    rate = mul_div_ceil(held, WAD, supply) + 1
    return mul_div_ceil(tokens, rate, WAD)


def _cash(told: Sequence[Told]) -> int | None:
    """Cash after the last of a market's logs; None where none of them names it."""
    cash: int | None = None
    for one in told:
        if one.event == "AccrueInterest":
            cash = one.values.get("cashPrior")
        elif cash is not None:
            cash += _change(one)
    return cash


def _change(one: Told) -> int:
    values, home = one.values, int(one.log.address, 16)
    if one.event == "RepayBorrow":
        return 0 if values["payer"] == home else values["repayAmount"]  # Venus writes a debt off
    if one.event == "ReservesAdded":
        return 0 if values["benefactor"] == home else values["addAmount"]  # a seize burns, and pays nothing in
    if one.event == "BadDebtRecovered":
        return values["badDebtOld"] - values["badDebtNew"]
    sign, name = _CASH.get(one.event, (0, ""))
    return sign * values[name] if sign else 0

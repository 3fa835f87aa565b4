"""Who bears what is short: first the backstop, then the suppliers of the market that lent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from indexer.evm import Address
from indexer.risk.contagion.seam import Stressed
from indexer.risk.contagion.settlement import Case
from indexer.risk.contagion.shock import MarketId
from indexer.units import WAD


@dataclass(frozen=True, slots=True)
class MarketLoss:
    """What the shock made short in a market, raw units of its token: absorbed by the backstop, and lost."""

    market: MarketId
    token: Address
    short: Fraction
    absorbed: Fraction
    lost: Fraction
    share: Fraction | None
    """The lost share of the supply, rounded up to 18 decimals, at most 1. None: the supply is not known."""


def clear(cases: Iterable[Case], put_in: Mapping[MarketId, int], stressed: Stressed) -> dict[MarketId, MarketLoss]:
    """Every market with something short.

    An account's shortfall falls on the markets it owes in proportion of its debts there; a backstop that is not enough
    for all pays each the same share.
    """
    short: dict[MarketId, Fraction] = {market: Fraction(amount) for market, amount in put_in.items() if amount}
    for case in cases:
        if case.added:
            for owed in case.standing.debts:
                short[owed.market] = short.get(owed.market, Fraction(0)) + owed.amount * case.added_share
    lent = {market: stressed.lent(market) for market in short}
    wanted: dict[MarketId, Fraction] = {}
    for market, amount in short.items():
        backstop = lent[market].backstop
        if backstop is not None:
            wanted[backstop] = wanted.get(backstop, Fraction(0)) + amount
    pays = {
        backstop: min(Fraction(1), stressed.reserves(backstop) / amount) if amount else Fraction(0)
        for backstop, amount in wanted.items()
    }
    out = {}
    for market, amount in sorted(short.items()):
        backstop, supplied = lent[market].backstop, lent[market].supplied
        absorbed = amount * pays[backstop] if backstop is not None else Fraction(0)
        lost = amount - absorbed
        out[market] = MarketLoss(market, lent[market].token, amount, absorbed, lost, _share(lost, supplied))
    return out


def _share(lost: Fraction, supplied: int | None) -> Fraction | None:
    if not lost:
        return Fraction(0)
    if supplied is None:
        return None
    if supplied <= lost:
        return Fraction(1)
    return Fraction(-(-lost.numerator * WAD // (lost.denominator * supplied)), WAD)

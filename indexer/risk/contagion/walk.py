"""The walk: shock, accounts below, what is short, who bears it, receipts that fall, and again until nothing moves.

The fixed point is the one reached from above: in each round every account below is settled anew at that round's
prices, so that what is short only grows, and a larger shock never does less: its fallers contain the smaller one's and
no market loses less. Precondition: no debt's price falls. Where the shock strikes a token that is owed too, debts are
worth less, and that order need not hold; who is below once stays so.

As if realised: what is short is passed on at once. Some protocols keep bad debt on the books and lower no rate (Aave's
deficits from 3.3 on, Compound's borrows, MetaMorpho 1.1's lost assets): there the walk shows what the receipts are
worth, not what the contract says. Inside the market's own deployment, supplies stay what the contract says. Whole
liquidations: close factors, gates, gas and a liquidator's capital are left out, and penalties that no liquidator gets.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from indexer.evm import Address
from indexer.risk.contagion.balance import Balance, balance, check_markets
from indexer.risk.contagion.clearing import MarketLoss, clear
from indexer.risk.contagion.falls import Backings, Falls
from indexer.risk.contagion.result import Contagion, Ending, Round
from indexer.risk.contagion.run import Run
from indexer.risk.contagion.seam import Impact, NoImpact, Stressed
from indexer.risk.contagion.shock import MarketId, Shock

ROUNDS = 100
"""After which a walk that still moves is given up: a cycle of receipts may go on for as many as its losses halve."""
_NO_IMPACT = NoImpact()


def walk(
    stressed: Stressed, shock: Shock, backings: Backings, *, impact: Impact = _NO_IMPACT, rounds: int = ROUNDS
) -> Contagion:
    """What the shock does. Sales are what each account sells at the prices of the round in which it falls.

    Raises UserError where bad debt is put into a market that is not there, AssertionError where value is not conserved.
    """
    run = Run(stressed, Falls(backings))
    losses = clear((), shock.bad_debt, stressed)
    falls = replace(run.start, shock=shock, losses=_shares(losses))
    before, done, ending = run.start, Balance(), Ending.ROUND_LIMIT
    found: list[Round] = []
    for number in range(1, rounds + 1):
        new = run.take(number, before, falls)
        losses = clear(run.cases.values(), shock.bad_debt, stressed)
        check_markets(losses)
        total = balance(run.cases.values(), losses)
        fallers = tuple(run.faller(account, losses) for account in new)
        found.append(Round(number, fallers, tuple(losses.values()), (total - done).check()))
        following = replace(falls, losses=_shares(losses, falls.losses), impact=impact.prices_after(dict(run.sales)))
        _check_impact(falls.impact, following.impact)
        before, done = falls, total
        if following == falls:
            ending = Ending.FIXED_POINT
            break
        falls = following
    return run.result(found, losses, done, before, ending)


def _shares(
    losses: Mapping[MarketId, MarketLoss], before: Mapping[MarketId, Fraction | None] | None = None
) -> dict[MarketId, Fraction | None]:
    """The shares as the next round has them. A loss that was passed on stays, should a debt be worth less by it."""
    out = {market: loss.share for market, loss in losses.items() if loss.share != 0}
    for market, known in (before or {}).items():
        share = out.get(market, Fraction(0))
        out[market] = None if share is None or known is None else max(share, known)
    return out


def _check_impact(before: Mapping[Address, Fraction], after: Mapping[Address, Fraction]) -> None:
    """Raises AssertionError where a price would rise in the run: what is found would not be the fixed point."""
    one = Fraction(1)
    for token in before.keys() | after.keys():
        if not 0 <= after.get(token, one) <= before.get(token, one):
            raise AssertionError(f"sales made {token} rise: an impact model must never leave more after more sales")

"""Everybody who is below by now, settled anew in each round."""

from collections.abc import Mapping
from fractions import Fraction

from indexer.evm import Address
from indexer.risk.contagion.balance import Balance, borne
from indexer.risk.contagion.causes import causes
from indexer.risk.contagion.clearing import MarketLoss
from indexer.risk.contagion.falls import Falls
from indexer.risk.contagion.result import Contagion, Ending, Faller, Round
from indexer.risk.contagion.seam import Standing, Stressed
from indexer.risk.contagion.settlement import Case, fine, settle
from indexer.risk.contagion.shock import MarketId
from indexer.risk.footprints import Account
from indexer.words import State

Sales = dict[Address, Fraction]
"""Raw units by token."""


class Run:
    """The accounts below, and those who were before the shock."""

    def __init__(self, stressed: Stressed, start: Falls) -> None:
        self._stressed, self.start = stressed, start
        self._baseline = {each.account: each for each in stressed.below(start) if each.is_below}
        self._unknown: tuple[Account, ...] = ()
        self._rounds: dict[Account, int] = dict.fromkeys(self._baseline, 0)
        self._causes: dict[Account, tuple[tuple[str, ...], ...]] = {}
        self._origins: dict[Account, Standing] = dict(self._baseline)
        self.cases: dict[Account, Case] = {}
        self.sales: Sales = {}

    def take(self, number: int, before: Falls, falls: Falls) -> list[Account]:
        """Settle everybody at these falls; returns who is below for the first time."""
        told = {each.account: each for each in self._stressed.below(falls)}
        self._unknown = tuple(sorted(account for account, each in told.items() if each.state is State.UNKNOWN))
        new = sorted(account for account, each in told.items() if each.is_below and account not in self._rounds)
        for account in new:
            self._rounds[account] = number
            self._origins[account] = self._stressed.standing(account, self.start)
            self._causes[account] = causes(told[account], before, falls)
        for account in self._rounds:
            self._settle(account, told.get(account) or self._stressed.standing(account, falls))
        for account in new:
            self._sell(self.cases[account])
        return new

    def faller(self, account: Account, losses: Mapping[MarketId, MarketLoss]) -> Faller:
        """The account as of this round."""
        case = self.cases[account]
        standing, now = case.standing, case.now
        money: tuple[Fraction | None, ...] = (None,) * 6
        if now is not None and case.has_worth:
            money = (now.collateral, now.debt, case.short_before, case.added, *borne(case, losses))
        return Faller(
            account,
            standing.owner,
            self._rounds[account],
            standing.state,
            standing.health_factor_wad,
            self._causes.get(account, ()),
            *money,
        )

    def result(
        self, rounds: list[Round], losses: Mapping[MarketId, MarketLoss], total: Balance, falls: Falls, ending: Ending
    ) -> Contagion:
        """All of it, as of the last round."""
        fallers = [self.faller(account, losses) for account in sorted(self._rounds)]
        return Contagion(
            tuple(each for each in fallers if not each.round),
            tuple(each for each in fallers if each.round),
            tuple(rounds),
            tuple(losses.values()),
            total,
            self._unknown,
            tuple(each.account for each in fallers if each.shortfall is None),
            falls,
            ending,
        )

    def _settle(self, account: Account, standing: Standing) -> None:
        """Where it cannot be settled any more (a price that went missing) it stays as it was settled last."""
        origin, known = self._origins[account], self.cases.get(account)
        if known is not None and known.standing == standing:
            return
        now = settle(standing, liquidated=True)
        if now is None and known is not None and known.now is not None:
            return
        has_worth = origin.worth is not None and standing.worth is not None
        before = settle(origin, liquidated=account in self._baseline) if _is_alike(origin, standing) else None
        self.cases[account] = Case(standing, before, now, has_worth and before is not None and now is not None)

    def _sell(self, case: Case) -> None:
        for held in case.standing.collaterals if case.now is not None else ():
            sold = fine(held.amount * case.now.sold) if case.now is not None else Fraction(0)
            self.sales[held.token] = self.sales.get(held.token, Fraction(0)) + sold


def _is_alike(origin: Standing, standing: Standing) -> bool:
    return (origin.worth is None) == (standing.worth is None)

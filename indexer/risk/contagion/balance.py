"""Nothing appears and nothing vanishes: what collateral lost is what owners, backstops and lenders lost."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from fractions import Fraction

from indexer.risk.contagion.clearing import MarketLoss
from indexer.risk.contagion.settlement import Case
from indexer.risk.contagion.shock import MarketId

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums over the accounts below, common numeraire, against the moment before the shock.

    collateral_lost + bonus = equity_lost + absorbed + bad_debt + relief. Bad debt that was put in is in no account.
    """

    collateral_lost: Fraction = _ZERO
    bonus: Fraction = _ZERO
    """What liquidators got beyond what they paid; below 0 where those below before would have paid more before."""
    equity_lost: Fraction = _ZERO
    absorbed: Fraction = _ZERO
    bad_debt: Fraction = _ZERO
    relief: Fraction = _ZERO
    """What the debts are worth less because what is owed fell too (less what of it was lost before): 0 where no debt's
    price falls."""

    def __sub__(self, other: "Balance") -> "Balance":
        return Balance(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def check(self) -> "Balance":
        """Itself. Raises AssertionError where it does not add up: a mistake of ours."""
        there = self.collateral_lost + self.bonus
        found = self.equity_lost + self.absorbed + self.bad_debt + self.relief
        if there != found:
            raise AssertionError(f"the walk does not conserve value: {there} lost or paid, {found} accounted for")
        return self


def balance(cases: Iterable[Case], losses: Mapping[MarketId, MarketLoss]) -> Balance:
    """Of the cases whose values are known in the common numeraire."""
    lost = bonus = equity = absorbed = bad_debt = relief = _ZERO
    for case in cases:
        before, now = case.before, case.now
        if before is None or now is None or not case.has_worth:
            continue
        lost += before.collateral - now.collateral
        bonus += now.bonus - before.bonus
        equity += before.equity - now.equity
        relief += before.debt - now.debt - (before.shortfall - case.short_before)
        covered, uncovered = borne(case, losses)
        absorbed += covered
        bad_debt += uncovered
    return Balance(lost, bonus, equity, absorbed, bad_debt, relief).check()


def borne(case: Case, losses: Mapping[MarketId, MarketLoss]) -> tuple[Fraction, Fraction]:
    """What backstops and what suppliers bear of the case's added shortfall, market by market."""
    absorbed = bad_debt = _ZERO
    if not case.added:
        return absorbed, bad_debt
    worth = 1 if case.standing.worth is None or not case.has_worth else case.standing.worth
    for owed in case.standing.debts:
        loss, value = losses[owed.market], (owed.value or 0) * Fraction(worth) * case.added_share
        if loss.short:
            absorbed += value * loss.absorbed / loss.short
            bad_debt += value * loss.lost / loss.short
    return absorbed, bad_debt


def check_markets(losses: Mapping[MarketId, MarketLoss]) -> None:
    """Raw units too: what is short is absorbed or lost. Raises AssertionError."""
    for loss in losses.values():
        if loss.short != loss.absorbed + loss.lost or min(loss.absorbed, loss.lost) < 0:
            raise AssertionError(f"{loss.market} does not conserve its token: {loss}")

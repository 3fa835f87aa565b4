"""What becomes of one account when all of its collateral goes against all of its debt."""

from dataclasses import dataclass
from fractions import Fraction

from indexer.risk.contagion.seam import Held, Owed, Standing
from indexer.words import State

_FINE = 10**18


@dataclass(frozen=True, slots=True)
class Settled:
    """collateral = equity + bonus + (debt - shortfall), in the common numeraire (else in the account's unit)."""

    collateral: Fraction
    debt: Fraction
    equity: Fraction
    bonus: Fraction
    shortfall: Fraction
    sold: Fraction
    """The share of every collateral that goes."""


def settle(standing: Standing, *, liquidated: bool) -> Settled | None:
    """As it is, or liquidated in full: max(0, debt - what all its collateral fetches) is short.

    A collateral fetches its value / (1 + bonus). Where all together fetch more than is owed, the same share of each is
    taken, and the bonus is rounded down to 18 decimals (`fine`); equity is what is left, so that nothing is lost. None
    where a value, or the account, is not known.
    """
    if standing.state is State.UNKNOWN:
        return None
    worth = 1 if standing.worth is None else standing.worth
    values, debts = _values(standing.collaterals), _values(standing.debts)
    if values is None or debts is None:
        return None
    collateral, debt = sum(values) * Fraction(worth), sum(debts) * Fraction(worth)
    if not liquidated:
        zero = Fraction(0)
        return Settled(collateral, debt, collateral - debt, zero, zero, zero)
    fetched = sum(
        (value / (1 + held.bonus) for value, held in zip(values, standing.collaterals, strict=True)), Fraction(0)
    )
    fetched *= worth
    sold = min(Fraction(1), debt / fetched) if fetched else Fraction(1)
    if sold == 1:
        return Settled(collateral, debt, Fraction(0), collateral - fetched, debt - fetched, sold)
    bonus = fine((collateral - fetched) * sold)
    return Settled(collateral, debt, collateral - debt - bonus, bonus, Fraction(0), sold)


def fine(amount: Fraction) -> Fraction:
    """Rounded down to 18 decimals: quotients of many accounts, added up exactly, would grow with each of them."""
    return Fraction(amount * _FINE // 1, _FINE)


def _values(sides: tuple[Held, ...] | tuple[Owed, ...]) -> list[int] | None:
    values = [side.value for side in sides if side.value is not None]
    return values if len(values) == len(sides) else None


@dataclass(frozen=True, slots=True)
class Case:
    """An account that is below: as it stood before the shock, and as it stands now.

    Who was below before the shock was short of something before it, too: only what the shock adds counts.
    """

    standing: Standing
    before: Settled | None
    now: Settled | None
    has_worth: bool
    """Whether both are in the common numeraire."""

    @property
    def short_before(self) -> Fraction:
        """What was short before the shock, as far as it still is."""
        return (
            Fraction(0) if self.before is None or self.now is None else min(self.before.shortfall, self.now.shortfall)
        )

    @property
    def added(self) -> Fraction:
        """What the shock made short."""
        return Fraction(0) if self.now is None else self.now.shortfall - self.short_before

    @property
    def added_share(self) -> Fraction:
        """Of the debt."""
        return self.added / self.now.debt if self.now is not None and self.now.debt else Fraction(0)

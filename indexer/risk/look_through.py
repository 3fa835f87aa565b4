"""Through receipts and wrappers down to base assets, one exact floor a step.

A token that stands for one other token has a `Conversion`; a token without one is a base asset. What cannot be followed
ends in a typed state: the amount is then unknown, never guessed. A token that stands for several others (a pool's
share) is a base asset here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from indexer.evm import Address
from indexer.units import MAX_UINT256

DEEPEST = 8
"""Steps after which nobody believes a token any more (strangers may wrap wrappers without end)."""


class End(StrEnum):
    """How a look-through ends."""

    BASE = "base"
    """At a token that stands for nothing else."""
    UNREADABLE = "unreadable_rate"
    """The base asset is known, a rate on the way to it is not."""
    CYCLE = "cycle"
    """The token stands, in the end, for itself."""
    UNDECIDED = "undecided"
    """At a token of which nobody could tell what it is: something may lie behind it."""
    TOO_DEEP = "too_deep"
    """More than `DEEPEST` steps."""


_PAID_OUT = (End.BASE, End.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Conversion:
    """`amount` of `token` pays out floor(amount * numerator / denominator) of `underlying`, raw units of both.

    `numerator` None: the contract did not tell. `deployment` and `market`: where it is the receipt of a followed
    protocol's market, else empty. `kind` names what the token is, for people.
    """

    token: Address
    underlying: Address
    numerator: int | None
    denominator: int
    kind: str
    deployment: str = ""
    market: str = ""
    most: int | None = None
    """What all of the token together has lent where the way leads, raw units of what is owed there; None: not told."""
    is_hearsay: bool = False
    """Whether nobody but the token's own contract says so: anybody's contract may say anything."""

    def pay_out(self, amount: int) -> int | None:
        """What `amount` pays out, rounded down; None: the contract did not tell, or told more than a token can have."""
        if self.numerator is None or self.denominator <= 0:
            return None
        paid = amount * self.numerator // self.denominator
        return paid if paid <= MAX_UINT256 else None


@dataclass(frozen=True, slots=True)
class Route:
    """The way from a token to its base: the conversions in order, empty for a base asset."""

    token: Address
    steps: tuple[Conversion, ...]
    end: End

    @property
    def base(self) -> Address | None:
        """The base asset; None where the way does not end at one."""
        if self.end in (End.CYCLE, End.TOO_DEEP):
            return None
        return self.steps[-1].underlying if self.steps else self.token

    @property
    def tokens(self) -> tuple[Address, ...]:
        """Every token on the way, the first and the last too."""
        return (self.token, *(step.underlying for step in self.steps))

    @property
    def is_hearsay(self) -> bool:
        """Whether a step is only what a token says of itself."""
        return any(step.is_hearsay for step in self.steps)

    @property
    def share(self) -> Fraction | None:
        """Base units a unit of the token stands for, without the floors: for attribution, not for redemption."""
        if self.end not in _PAID_OUT:
            return None
        product = Fraction(1)
        for step in self.steps:
            product *= Fraction(step.numerator or 0, step.denominator)
        return product

    def redeem(self, amount: int) -> int | None:
        """What `amount` pays out in base units, rounded down at each step as the contracts round; None: unknown.

        Unknown too where a step would pay out more than a token can have: a contract that says so says nothing.
        Rounding down at each step, the parts of an amount never pay out more than the whole, and the whole at most
        one unit a part and step more than its parts.
        """
        if self.end not in _PAID_OUT:
            return None
        paid: int | None = amount
        for step in self.steps:
            paid = None if paid is None else step.pay_out(paid)
        return paid

    def cost(self, amount: int) -> int | None:
        """The same rounded up at each step: never less than what the amount is worth."""
        if self.end not in _PAID_OUT:
            return None
        for step in self.steps:
            amount = -(-amount * (step.numerator or 0) // step.denominator)
        return amount


class LookThrough:
    """The conversions of one block. Routes are found once a token."""

    def __init__(self, conversions: Iterable[Conversion], undecided: Collection[Address] = ()) -> None:
        """The first conversion of a token counts: give receipts of followed protocols before wrappers.

        `undecided` tokens may stand for something; what, nobody could tell.
        """
        self._undecided = frozenset(undecided)
        self._conversions: dict[Address, Conversion] = {}
        for conversion in conversions:
            self._conversions.setdefault(conversion.token, conversion)
        self._routes: dict[Address, Route] = {}

    @property
    def conversions(self) -> Mapping[Address, Conversion]:
        """Every token that stands for another, and how."""
        return self._conversions

    def route(self, token: Address) -> Route:
        """The way from `token` to its base asset."""
        known = self._routes.get(token)
        if known is None:
            known = self._routes[token] = self._find(token)
        return known

    def _find(self, token: Address) -> Route:
        steps: list[Conversion] = []
        seen, readable = {token}, True
        step = self._conversions.get(token)
        while step is not None:
            steps.append(step)
            readable = readable and step.numerator is not None and step.denominator > 0
            if step.underlying in seen:
                return Route(token, tuple(steps), End.CYCLE)
            if len(steps) > DEEPEST:
                return Route(token, tuple(steps), End.TOO_DEEP)
            seen.add(step.underlying)
            step = self._conversions.get(step.underlying)
        last = steps[-1].underlying if steps else token
        end = End.UNDECIDED if last in self._undecided else End.BASE
        return Route(token, tuple(steps), end if readable else End.UNREADABLE)


def passed(debt: Route, collateral: Route) -> tuple[Address, ...]:
    """The tokens passed through from a debt's token to a collateral's: down to the first token they share, and up.

    Empty where they share none.
    """
    up = collateral.tokens
    for place, token in enumerate(debt.tokens):
        if token in up:
            return (*debt.tokens[:place], *reversed(up[: up.index(token) + 1]))
    return ()

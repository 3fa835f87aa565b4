"""By what factor a token's price is left, as everything on its way to the base asset fell.

A token's price falls by its own fall and by that of every token it looks through. Conversions' rates cancel: only what
changes them counts. Exact fractions; a share of a market's supply that is lost is rounded up before it gets here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from indexer.evm import Address
from indexer.risk.contagion.shock import MarketId, Shock
from indexer.risk.look_through import LookThrough
from indexer.risk.measures import share_price_factor


@dataclass(frozen=True, slots=True)
class Backing:
    """`share` of what stands behind a token is lent to a market: all of it for the market's own receipt."""

    token: Address
    market: MarketId
    share: Fraction = Fraction(1)


class Backings:
    """What stands behind which token: receipts by their conversions, and what else is told (a vault's allocation)."""

    def __init__(self, look: LookThrough, further: Iterable[Backing] = ()) -> None:
        """`look`: a conversion that names a deployment's market is backed by it alone; one without a market is not."""
        self.look = look
        self._of: dict[Address, list[Backing]] = {}
        for token, step in look.conversions.items():
            if step.market:
                self._of[token] = [Backing(token, MarketId(step.deployment, step.market))]
        for backing in further:
            self._of.setdefault(backing.token, []).append(backing)

    def of(self, token: Address) -> Iterable[Backing]:
        """Where the token's money is lent."""
        return self._of.get(token, ())


class Source(NamedTuple):
    """Something that makes a token fall: what it is, and the tokens from where it strikes up to the token."""

    what: str
    tokens: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Falls:
    """The shock, what each market's suppliers lost by now, and what sales did to prices."""

    backings: Backings
    shock: Shock = field(default_factory=Shock)
    losses: Mapping[MarketId, Fraction | None] = field(default_factory=dict)
    """The lost share of each market's supply, 0 to 1; None: something, and nobody can tell how much."""
    impact: Mapping[Address, Fraction] = field(default_factory=dict)
    """The factor sales left of a token's price, 0 to 1."""

    def factor(self, token: Address) -> Fraction | None:
        """What is left of the token's price, 0 to 1. None where that cannot be told.

        A token that stands for itself in the end (a cycle) cannot be told as soon as anything fell at all.
        """
        route = self.backings.look.route(token)
        if route.base is None:
            return Fraction(1) if self.is_nothing else None
        product = Fraction(1)
        for each in route.tokens:
            for _, left in self._own(each):
                if left is None:
                    return None
                product *= left
        return product

    @property
    def is_nothing(self) -> bool:
        """Whether nothing fell."""
        falls = (*self.shock.falls.values(), *self.shock.rates.values(), *self.losses.values())
        return not any(fall is None or fall for fall in falls) and all(left == 1 for left in self.impact.values())

    def sources(self, token: Address) -> dict[Source, Fraction | None]:
        """Everything that makes the token fall, and what each leaves of the token it strikes."""
        tokens, found = self.backings.look.route(token).tokens, {}
        for place, each in enumerate(tokens):
            for what, left in self._own(each):
                if left != 1:
                    found[Source(what, tuple(reversed(tokens[: place + 1])))] = left
        return found

    def _own(self, token: Address) -> Iterator[tuple[str, Fraction | None]]:
        if token in self.shock.falls:
            yield "shock", 1 - self.shock.falls[token]
        if token in self.shock.rates:
            yield "shock of the rate", 1 - self.shock.rates[token]
        if token in self.impact:
            yield "sales", self.impact[token]
        for backing in self.backings.of(token):
            lost = self.losses.get(backing.market, Fraction(0))
            if lost is None or lost:
                yield f"loss of {backing.market}", None if lost is None else share_price_factor(backing.share, lost)

"""What is supposed to happen: prices fall, receipts' rates fall, bad debt is put into a market."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from indexer.errors import UserError
from indexer.evm import Address

_FALL = re.compile(r"-?(\d+(?:\.\d+)?)%")


class MarketId(NamedTuple):
    """A market of a deployment."""

    deployment: str
    market: str

    def __str__(self) -> str:
        return f"{self.deployment}/{self.market}"


@dataclass(frozen=True, slots=True)
class Shock:
    """Falls are fractions of 1; bad debt is raw units of what the market lends. Raises UserError outside 0 to 1."""

    falls: Mapping[Address, Fraction] = field(default_factory=dict)
    """Of tokens' prices: everything that looks through to the token falls with it."""
    rates: Mapping[Address, Fraction] = field(default_factory=dict)
    """Of what receipts and wrappers stand for: they alone fall, and what is wrapped around them."""
    bad_debt: Mapping[MarketId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for token, fall in (*self.falls.items(), *self.rates.items()):
            if not 0 <= fall <= 1:
                raise UserError(f"{token} cannot fall by {float(fall):.0%}: a fall is 0% to 100%")
        for market, amount in self.bad_debt.items():
            if amount < 0:
                raise UserError(f"bad debt of {market} cannot be negative")


def joined(shocks: Iterable[Shock]) -> Shock:
    """All of them at once. Raises UserError where two say different things about one token or market."""
    falls: dict[Address, Fraction] = {}
    rates: dict[Address, Fraction] = {}
    bad_debt: dict[MarketId, int] = {}
    for shock in shocks:
        for part, further in ((falls, shock.falls), (rates, shock.rates)):
            for token, fall in further.items():
                if part.setdefault(token, fall) != fall:
                    raise UserError(f"two different falls of {token}: give one")
        for market, amount in shock.bad_debt.items():
            if bad_debt.setdefault(market, amount) != amount:
                raise UserError(f"two different bad debts of {market}: give one")
    return Shock(falls, rates, bad_debt)


def parse_shock(text: str, resolve: Callable[[str], Address]) -> Shock:
    """`ETH=-20%`, `rate:0xtoken=-3%` or `bad_debt:deployment/market=1000000` (raw units).

    `resolve` turns a symbol or an address into a token. Raises UserError.
    """
    name, equals, amount = text.partition("=")
    kind, colon, rest = name.partition(":")
    if equals and colon and kind == "bad_debt":
        deployment, slash, market = rest.partition("/")
        if slash and deployment and market and amount.isdecimal():
            return Shock(bad_debt={MarketId(deployment, market): int(amount)})
    elif equals and name and (found := _FALL.fullmatch(amount)):
        fall = Fraction(found[1]) / 100
        if colon and kind == "rate":
            return Shock(rates={resolve(rest): fall})
        if not colon:
            return Shock(falls={resolve(name): fall})
    raise UserError(
        f"{text!r} is no shock: write ETH=-20%, rate:0xtoken=-3% or bad_debt:deployment/market=1000000 (raw units)"
    )

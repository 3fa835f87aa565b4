"""A world without protocols: whole prices, linear accounts, markets that lend one token and give receipts of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from indexer.errors import UserError
from indexer.evm import Address, address
from indexer.risk.contagion.falls import Backing, Backings, Falls
from indexer.risk.contagion.seam import Held, Lent, Owed, Standing
from indexer.risk.contagion.shock import MarketId, Shock
from indexer.risk.footprints import Account
from indexer.risk.look_through import Conversion, LookThrough
from indexer.units import WAD
from indexer.words import State

ETHER, BITCOIN, DOLLAR = (address(number) for number in (0xE, 0xB, 0xD))
STAKED = address(0x5E)
"""Wrapped ether."""
PLACES = ("one", "two", "three")
LENDING = {place: MarketId(place, "dollar") for place in PLACES}
RECEIPTS = {place: address(0xA0 + number) for number, place in enumerate(PLACES)}
VAULT = address(0xAA)
"""Three tenths of it are lent in the first place, the rest lies in dollars."""
COLLATERALS = (ETHER, BITCOIN, STAKED, VAULT, *RECEIPTS.values())
PRICE = 1_000_000

CONVERSIONS = [
    *(Conversion(RECEIPTS[place], DOLLAR, 11, 10, "receipt", place, "dollar") for place in PLACES),
    Conversion(STAKED, ETHER, 12, 10, "wrapper"),
    Conversion(VAULT, DOLLAR, 1, 1, "vault"),
]
BACKINGS = Backings(LookThrough(CONVERSIONS), [Backing(VAULT, LENDING["one"], Fraction(3, 10))])


@dataclass(frozen=True, slots=True)
class Person:
    """Owes dollars in one place against some collateral there, at one threshold."""

    place: str
    debt: int
    collateral: Mapping[Address, int]
    threshold: Fraction


@dataclass(frozen=True, slots=True)
class World:
    """A `Stressed` over people: one raw unit of a token costs `PRICE` of the common numeraire's units."""

    people: Mapping[str, Person]
    supplied: Mapping[str, int]
    kept: Mapping[str, int]
    bonus: Fraction = Fraction(5, 100)

    def below(self, falls: Falls) -> list[Standing]:
        standings = [self.standing(account, falls) for account in self.accounts]
        return [each for each in standings if each.is_below or each.state is State.UNKNOWN]

    @property
    def accounts(self) -> list[Account]:
        return [Account(person.place, key) for key, person in self.people.items()]

    def standing(self, account: Account, falls: Falls) -> Standing:
        person = self.people[account.key]
        market = MarketId(person.place, "dollar")
        held = []
        for token, amount in person.collateral.items():
            left = falls.factor(token)
            if left is None:
                return Standing(account, account.key, State.UNKNOWN, None, (), (), None)
            held.append(Held(market, token, amount, amount * (PRICE * left.numerator // left.denominator), self.bonus))
        value, debt = sum(each.value or 0 for each in held), person.debt * PRICE
        factor = value * person.threshold / debt if debt else None
        state = State.HEALTHY
        if factor is not None and factor < 1:
            state = State.BAD_DEBT if value < debt else State.LIQUIDATABLE
        wad = None if factor is None else int(factor * WAD)
        owed = (Owed(market, DOLLAR, person.debt, debt),) if person.debt else ()
        return Standing(account, account.key, state, wad, owed, tuple(held), Fraction(1, 10**6))

    def lent(self, market: MarketId) -> Lent:
        if market.deployment not in self.supplied:
            raise UserError(f"no market {market}")
        return Lent(DOLLAR, self.supplied[market.deployment], market if market.deployment in self.kept else None)

    def reserves(self, backstop: MarketId) -> int:
        return self.kept[backstop.deployment]


@st.composite
def persons(draw: DrawFn, place: str) -> Person:
    """Near the threshold, mostly on one collateral: a base asset, or the receipt of a place."""
    tokens = draw(st.lists(st.sampled_from(COLLATERALS), min_size=1, max_size=2, unique=True))
    collateral = {token: draw(st.integers(1_000, 100_000)) for token in tokens}
    threshold = draw(st.sampled_from([Fraction(8, 10), Fraction(95, 100)]))
    share = draw(st.sampled_from([Fraction(n, 100) for n in (0, 60, 80, 95, 98, 99, 100, 100, 102, 130)]))
    return Person(place, int(sum(collateral.values()) * threshold * share), collateral, threshold)


@st.composite
def worlds(draw: DrawFn) -> World:
    """Receipts as collateral everywhere: losses go around in circles."""
    places = [draw(st.sampled_from(PLACES)) for _ in range(draw(st.integers(2, 9)))]
    people = {f"p{number}": draw(persons(place)) for number, place in enumerate(places)}
    owed = {place: sum(person.debt for person in people.values() if person.place == place) for place in PLACES}
    supplied = {place: owed[place] + draw(st.integers(0, 10**4)) for place in PLACES}
    return World(people, supplied, draw(st.dictionaries(st.sampled_from(PLACES), st.integers(0, 10**3), max_size=2)))


falls = st.fractions(0, 1, max_denominator=20)


@st.composite
def shocks(draw: DrawFn) -> Shock:
    """Nothing that is owed falls."""
    return Shock(
        draw(st.dictionaries(st.sampled_from([ETHER, BITCOIN]), falls, min_size=1)),
        draw(st.dictionaries(st.sampled_from([STAKED, VAULT, *RECEIPTS.values()]), falls, max_size=2)),
        draw(st.dictionaries(st.sampled_from(list(LENDING.values())), st.integers(0, 10**4), max_size=1)),
    )


@st.composite
def larger(draw: DrawFn, shock: Shock) -> Shock:
    """At least as large everywhere."""
    more = draw(shocks())
    return Shock(
        {
            t: max(shock.falls.get(t, falls_0), more.falls.get(t, falls_0))
            for t in shock.falls.keys() | more.falls.keys()
        },
        {
            t: max(shock.rates.get(t, falls_0), more.rates.get(t, falls_0))
            for t in shock.rates.keys() | more.rates.keys()
        },
        {
            m: max(shock.bad_debt.get(m, 0), more.bad_debt.get(m, 0))
            for m in shock.bad_debt.keys() | more.bad_debt.keys()
        },
    )


falls_0 = Fraction(0)

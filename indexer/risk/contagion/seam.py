"""What the walk needs to know, whoever tells it: accounts at given falls, markets and their backstops, impact."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol as Interface

from indexer.evm import Address
from indexer.risk.contagion.falls import Falls
from indexer.risk.contagion.shock import MarketId
from indexer.risk.footprints import Account
from indexer.words import State


@dataclass(frozen=True, slots=True)
class Held:
    """Collateral: raw units of its token, and its value in the account's unit (None: not known).

    `bonus` is what a liquidator gets beyond what he pays for it, as a fraction.
    """

    market: MarketId
    token: Address
    amount: int
    value: int | None
    bonus: Fraction


@dataclass(frozen=True, slots=True)
class Owed:
    """A debt: raw units of its token, and its value in the account's unit (None: not known)."""

    market: MarketId
    token: Address
    amount: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One account at one set of prices, as its own protocol has it."""

    account: Account
    owner: str
    state: State
    health_factor_wad: int | None
    debts: tuple[Owed, ...]
    collaterals: tuple[Held, ...]
    worth: Fraction | None
    """One of the account's unit in the common numeraire, at the same falls; None: nobody says."""

    @property
    def is_below(self) -> bool:
        """Whether it may be liquidated, or should have been."""
        return self.state in (State.LIQUIDATABLE, State.BAD_DEBT)


@dataclass(frozen=True, slots=True)
class Lent:
    """A market's other side: raw units of `token` that its suppliers are owed (None: not known, or there are none)."""

    token: Address
    supplied: int | None
    backstop: MarketId | None
    """Whose reserves pay first: the market's own, or one that several markets share. In the same token."""


class Stressed(Interface):
    """All deployments, at any falls. Answers depend on nothing but the falls."""

    def below(self, falls: Falls) -> list[Standing]:
        """Every account that is below, and every one that owes and is unknown."""

    def standing(self, account: Account, falls: Falls) -> Standing:
        """Any one account."""

    def lent(self, market: MarketId) -> Lent:
        """The market's other side before the shock. Raises UserError for one that is not there."""

    def reserves(self, backstop: MarketId) -> int:
        """What a backstop can pay before the shock, raw units, not negative."""


class Impact(Interface):
    """What sales do to prices."""

    def prices_after(self, sales: Mapping[Address, Fraction]) -> Mapping[Address, Fraction]:
        """The factor left of each token's price, 0 to 1, after all sales so far together (raw units by token).

        More sales must never leave more.
        """


class NoImpact:
    """Prices do not react to sales."""

    def prices_after(self, sales: Mapping[Address, Fraction]) -> Mapping[Address, Fraction]:
        """Nothing moves."""
        del sales
        return {}

"""What a walk found."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from indexer.risk.contagion.balance import Balance
from indexer.risk.contagion.clearing import MarketLoss
from indexer.risk.contagion.falls import Falls
from indexer.risk.footprints import Account
from indexer.words import State


class Ending(StrEnum):
    """Why a walk stopped."""

    FIXED_POINT = "fixed_point"
    """Nothing moves any more."""
    ROUND_LIMIT = "round_limit"
    """Something still did: what was found is a lower bound."""


@dataclass(frozen=True, slots=True)
class Faller:
    """An account that is below, and what that costs others. Money in the common numeraire, None: not known.

    `round` 0: it was below before the shock, and `short_before` was short then; `shortfall` is what the shock adds.
    `causes` are paths: what struck, the tokens it went through, the market and the account it reached in that round.
    """

    account: Account
    owner: str
    round: int
    state: State
    health_factor_wad: int | None
    causes: tuple[tuple[str, ...], ...]
    collateral: Fraction | None
    debt: Fraction | None
    short_before: Fraction | None
    shortfall: Fraction | None
    absorbed: Fraction | None
    bad_debt: Fraction | None


@dataclass(frozen=True, slots=True)
class Round:
    """One round: who fell in it, as of it; what each market lost by then; what moved in this round alone."""

    number: int
    fallers: tuple[Faller, ...]
    losses: tuple[MarketLoss, ...]
    balance: Balance


@dataclass(frozen=True, slots=True)
class Contagion:
    """The whole walk. `baseline` and `fallers` as of its end."""

    baseline: tuple[Faller, ...]
    fallers: tuple[Faller, ...]
    rounds: tuple[Round, ...]
    losses: tuple[MarketLoss, ...]
    balance: Balance
    unknown: tuple[Account, ...]
    """Those who owe and of whom nothing can be said in the end: never healthy."""
    unvalued: tuple[Account, ...]
    """Fallers whose values are not known in the common numeraire: in no sum of money."""
    falls: Falls
    """What had fallen in the end."""
    ending: Ending

"""What the maths takes: one ilk, one vault and the Dog's words as plain integers, as stored."""

from dataclasses import dataclass

from indexer.errors import ArithmeticOverflow
from indexer.evm import Address
from indexer.protocols.maker.accrual import dripped_rate, folds
from indexer.protocols.maker.auction import Abacus
from indexer.protocols.maker.bark import Limits
from indexer.protocols.maker.vault import feed_price, spot_of


@dataclass(frozen=True, slots=True)
class Clip:
    """A Clipper's settings; None: not known yet. `buf` and `cusp` in ray, `chip` in wad, `tip` and `chost` in rad."""

    address: Address
    buf: int | None
    tail: int
    cusp: int
    chip: int
    tip: int
    chost: int | None
    stopped: int
    abacus: Abacus | None


@dataclass(frozen=True, slots=True)
class Oracle:
    """What stands behind an ilk's price, in wad: `value` now (0: none is valid), `upcoming` next; None: nobody told us.

    `upcoming_from` is the first timestamp at which anybody can make the next value the current one.
    """

    address: Address
    value: int | None
    upcoming: int | None
    upcoming_from: int | None


@dataclass(frozen=True, slots=True)
class Ilk:
    """One ilk. `price` is what the stored spot stands for (ray), None where that is not known; `asset` its token."""

    name: str
    art: int
    rate: int
    spot: int
    line: int
    dust: int
    price: int | None
    mat: int
    duty: int
    rho: int
    asset: Address
    decimals: int
    limits: Limits
    clip: Clip | None
    oracle: Oracle | None

    def token_units(self, wad: int) -> int:
        """A collateral amount in the token's own units, rounded down: a join scales by 10 ** (18 - decimals)."""
        spread = 18 - self.decimals
        return int(wad // 10**spread if spread >= 0 else wad * 10**-spread)

    def rate_at(self, core: "Core", at: int) -> int | None:
        """The rate after `Jug.drip` at a timestamp; None where it reverts."""
        try:
            new = dripped_rate(self.rate, self.duty, core.base, at - self.rho)
        except ArithmeticOverflow:
            return None
        return new if core.live and folds(self.art, new - self.rate, core.debt) else None

    def poked_spot(self, core: "Core", value: int | None) -> int | None:
        """The spot after `Spotter.poke` with an oracle value (0: not valid); None where it reverts or is not known."""
        if value is None or not core.live:
            return None
        try:
            return spot_of(feed_price(value, core.par), self.mat) if value else 0
        except ArithmeticOverflow:
            return None


@dataclass(frozen=True, slots=True)
class Vault:
    """One urn in one ilk, in wad."""

    urn: Address
    ilk: Ilk
    ink: int
    art: int


@dataclass(frozen=True, slots=True)
class Core:
    """What all ilks share: flags, `par` and `base` in ray, `debt` in rad, and the token that debts are paid in."""

    live: bool
    dog_live: bool
    par: int
    base: int
    debt: int
    dai: Address
    has_dog: bool

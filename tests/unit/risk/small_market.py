"""A market as small as chains need it: who has what where, with a health that is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from indexer.evm import Address, address
from indexer.protocols._interface import AccountId, PositionRow
from indexer.risk.chains import Leg
from indexer.risk.footprints import Account, Footprints, Sight
from indexer.risk.look_through import Conversion, LookThrough
from indexer.risk.owners import Owner, owner_of
from indexer.words import Health, Reason, State

ETHER, STAKED, WRAPPED, DOLLAR, DAI = (address(n) for n in range(0xA0, 0xA5))
Holdings = dict[str, dict[tuple[Address, bool], int]]
"""By account: by (token, whether owed) the amount."""


@dataclass
class SmallView:
    """What footprints and owners ask of a `View`."""

    holdings: Holdings
    owners: Mapping[str, str] = field(default_factory=dict)
    revision: str = "1"
    supported: bool = True

    def accounts(self) -> Iterator[str]:
        return iter([key for key, held in self.holdings.items() if any(held.values())])

    def identify(self, account: str) -> AccountId:
        return AccountId(account, self.owners.get(account, account))

    def positions(self, account: str, at: int) -> list[PositionRow]:
        del at
        rows = []
        for (token, owed), amount in self.holdings.get(account, {}).items():
            if amount:
                supplied, borrowed = (0, amount) if owed else (amount, 0)
                rows.append(PositionRow(token, token, supplied, borrowed, not owed, None, None))
        return rows


def healthy(_: Account) -> Health:
    return Health(State.HEALTHY, None, 2 * 10**18, 2, 2, 1)


def sick(*accounts: Account, state: State = State.LIQUIDATABLE) -> Mapping[Account, Health]:
    return {account: Health(state, None, 9 * 10**17, 2, 2, 1) for account in accounts}


def unknown(*accounts: Account) -> Mapping[Account, Health]:
    return {account: Health.unknown(Reason.UNPRICED) for account in accounts}


def owner(
    who: str,
    views: Mapping[str, SmallView],
    conversions: list[Conversion] | None = None,
    health: Mapping[Account, Health] | None = None,
) -> Owner:
    told = health or {}
    sight = Sight(views, LookThrough(conversions or []), 0)  # type: ignore[arg-type]  # only what is asked
    return owner_of(who, Footprints.build(sight).accounts_of(who), sight, lambda a: told.get(a, healthy(a)))


def dollar_each(_: Address) -> Fraction:
    return Fraction(1)


def three_quarters(_: Leg) -> Fraction:
    return Fraction(3, 4)

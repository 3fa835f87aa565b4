"""What no single protocol can see: a position that is well by itself, and stands on one that is not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from indexer.evm import Address
from indexer.risk.chains import Leg, Reuse
from indexer.risk.cycles import Limit, Step, cycles, gain_of, rests, source_of, target_of
from indexer.risk.footprints import Account
from indexer.risk.owners import Owner, Price, totals
from indexer.risk.ways import Ways
from indexer.words import State

CIRCULAR_ABOVE = Fraction(1, 2)
"""The cycle gain above which a circuit is flagged where nobody says another."""
Feeds = Callable[[Leg], frozenset[Address]]
"""The feeds a collateral's price hangs on."""
_SICK = (State.AT_RISK, State.LIQUIDATABLE, State.BAD_DEBT)


class Flag(StrEnum):
    """Why a chain deserves a look."""

    CHAIN_AT_RISK = "chain_at_risk"
    """Its own position is healthy; one upstream that finances its collateral is not, or the owner's equity is gone."""
    CHAIN_UNKNOWN = "chain_unknown"
    """Nobody can say how a position upstream is, or what the owner's equity is."""
    SHARED_FEED = "shared_feed"
    """Collateral on several protocols hangs on one feed."""
    CIRCULAR = "circular"
    """The debt comes round, and so much of it that the circuit feeds itself."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A flag and the way it came: what is wrong first, the flagged position last."""

    flag: Flag
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """What flags are decided by, besides the owner's own positions."""

    limit: Limit
    feeds: Feeds
    price: Price
    circular_above: Fraction = CIRCULAR_ABOVE

    def flags(self, owner: Owner) -> list[tuple[Reuse, list[Raised]]]:
        """Every edge of an owner with its flags."""
        rest, equity = rests(cycles(owner.reuses, self.limit), self.limit), totals(owner, self.price).equity
        ways = Ways(owner.reuses)
        return [(edge, list(self._of(edge, owner, ways, rest, equity))) for edge in owner.reuses]

    def _of(
        self, edge: Reuse, owner: Owner, ways: Ways, rest: Mapping[Step, Fraction], equity: Fraction | None
    ) -> Iterator[Raised]:
        if owner.holding(edge.target.side).health.state is State.HEALTHY:
            yield from _chained(edge, owner, ways, equity)
        if not edge.is_recursive:
            shared = self.feeds(edge.target) & self._feeds_of(owner, source_of(edge))
            for feed in sorted(shared):
                yield Raised(Flag.SHARED_FEED, (f"feed {feed}", edge.source.side.deployment, *edge.path[-2:]))
        gain = gain_of(edge, rest, self.limit)
        if gain is not None and gain > self.circular_above:
            yield Raised(Flag.CIRCULAR, (f"gain {float(gain):.4f}", *edge.path))

    def _feeds_of(self, owner: Owner, account: Account) -> frozenset[Address]:
        legs = (leg for each in owner.holdings if each.account == account for leg in each.collaterals)
        return frozenset(feed for leg in legs for feed in self.feeds(leg))


def _chained(edge: Reuse, owner: Owner, ways: Ways, equity: Fraction | None) -> Iterator[Raised]:
    """Whether something upstream of a healthy position is not well: the nearest sick one, else the nearest unknown."""
    states = {each.account: each.health.state for each in owner.holdings if each.account != target_of(edge)}
    for flag, wanted in ((Flag.CHAIN_AT_RISK, _SICK), (Flag.CHAIN_UNKNOWN, (State.UNKNOWN,))):
        way = ways.nearest(edge, {account for account, state in states.items() if state in wanted})
        if way is not None:
            yield Raised(flag, (str(states[source_of(way[0])]), *joined(way)))
            return
    if equity is None or equity <= 0:
        flag = Flag.CHAIN_UNKNOWN if equity is None else Flag.CHAIN_AT_RISK
        yield Raised(flag, ("equity unknown" if equity is None else "no equity", owner.address, *edge.path))


def joined(way: Sequence[Reuse]) -> tuple[str, ...]:
    """The paths of consecutive edges as one."""
    names = list(way[0].path)
    for edge in way[1:]:
        names.extend(edge.path[1:])
    return tuple(names)

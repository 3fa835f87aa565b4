"""Which assets stand behind the collateral, which of them follow the dollar, and which are staked ether."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from indexer.evm import Address, address
from indexer.reports.chains.scene import Scene
from indexer.reports.health.population import Person
from indexer.risk.look_through import Route
from indexer.words import State
from indexer.wrappers import WrapperKind

PEG = Fraction(1, 10)
"""A base asset priced within this of one dollar is taken to follow it."""
_STAKING = frozenset((WrapperKind.WSTETH, WrapperKind.WEETH, WrapperKind.RETH, WrapperKind.CBETH))


@dataclass(frozen=True, slots=True)
class Base:
    """A base asset, with the dollars of collateral that look through to it (of the accounts that owe)."""

    token: Address
    collateral_usd: float


@dataclass
class Assets:
    """The base assets of one scene, found once."""

    scene: Scene
    people: Sequence[Person]

    @cached_property
    def bases(self) -> list[Base]:
        """Largest first. A token whose way cannot be followed to its end stands for itself."""
        found: dict[Address, float] = {}
        for person in self.people:
            if not person.owes or person.state is State.UNKNOWN:
                continue
            unit = person.found.now.unit(person.key)
            for row in person.found.now.positions(person.key, self.scene.snapshot.at):
                if row.supplied and row.is_collateral:
                    base = self.scene.look.route(row.asset).base or row.asset
                    worth = self.scene.snapshot.usd(unit, row.supplied_value) or 0.0
                    found[base] = found.get(base, 0.0) + worth
        ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
        return [Base(token, worth) for token, worth in ordered]

    @cached_property
    def pegged(self) -> list[Base]:
        """Those that follow the dollar, by their price today."""
        return [base for base in self.bases if self._is_pegged(base.token)]

    @cached_property
    def floating(self) -> list[Base]:
        """All others."""
        return [base for base in self.bases if not self._is_pegged(base.token)]

    def _is_pegged(self, token: Address) -> bool:
        price = self.scene.whole_price(token)
        return price is not None and abs(price - 1) <= PEG

    def called(self, *symbols: str) -> list[Address]:
        """Base assets that call themselves so: where a protocol that chooses its price sources lists one, only those.

        Anybody may make a token with any symbol; a market nobody answers for does not decide what ether is.
        """
        wanted = {symbol.casefold() for symbol in symbols}
        tokens = self.scene.snapshot.tokens
        named = [t for t in self._tokens if t in tokens and (tokens[t].symbol or "").casefold() in wanted]
        listed = [token for token in named if token in self._chosen]
        return sorted(listed or named)

    @cached_property
    def _tokens(self) -> set[Address]:
        """Everything priced, and every base."""
        return {*self.scene.priced, *(base.token for base in self.bases)}

    @cached_property
    def _chosen(self) -> set[Address]:
        found = set()
        for name, view in self.scene.views.items():
            part = self.scene.deployments[name].part
            if part.protocol.chooses_sources:
                markets = part.protocol.sources(part.deployment, self.scene.snapshot.book)
                found |= _addresses(view.priced_asset(market) for market in markets)
        return found

    @cached_property
    def staking(self) -> list[Address]:
        """Of staked ether the last token before ether: stETH for wstETH. What is wrapped around it falls with it."""
        found = set()
        for token in self.scene.look.conversions:
            route = self.scene.look.route(token)
            if route.base is not None and any(step.kind in _STAKING for step in route.steps):
                found.add(route.steps[-1].token)
        return sorted(found)

    def affected(self, struck: Iterable[Address]) -> list[Address]:
        """The priced tokens whose price falls when these fall: themselves, and what looks through to them."""
        wanted = set(struck)
        return sorted(token for token in self._tokens if wanted & set(_tokens(self.scene.look.route(token))))


def _tokens(route: Route) -> tuple[Address, ...]:
    return route.tokens


def _addresses(names: Iterable[str]) -> set[Address]:
    found = set()
    for name in names:
        try:
            found.add(address(name))
        except ValueError:  # the price of no token: an e-mode category's own source
            continue
    return found

"""One descendant of Compound V2: everything in which it is not the same contract. One value a registry name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from indexer.abi import Event, Interface
from indexer.book import DeploymentBook
from indexer.evm import Address, Call, Log
from indexer.protocols._adapter import BuiltIn
from indexer.protocols._interface import Deployment, Facts, Identity, ValueUnit
from indexer.protocols.compound_v2.context import Context
from indexer.protocols.compound_v2.rules import Fields, Rules
from indexer.protocols.compound_v2.state import Market, Pool, Position
from indexer.words import Terms

Handler = Callable[[Context, Log, dict[str, int]], None]


@dataclass(frozen=True, slots=True)
class Route:
    """One event and what it changes."""

    event: Event
    handle: Handler


Routes = Mapping[str, Route]
"""By topic0."""


def routes(interface: Interface, handlers: Mapping[str, Handler]) -> dict[str, Route]:
    """The routes of an interface's events, by name."""
    return {interface.topic(name): Route(interface.events[name], handle) for name, handle in handlers.items()}


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a descendant supplies; the folder's other modules ask it and know no name."""

    name: str
    unit: ValueUnit
    """Unit of the Comptroller's sums."""
    comptroller: Interface
    ctoken: Interface
    comptroller_routes: Routes
    ctoken_routes: Routes
    listing: Event
    """The Comptroller's event that introduces a cToken, its first word."""
    rules_for: Callable[[Fields], Rules | None]
    """The rules of deployment fields; None: unknown, nothing is computed."""
    pool: Callable[[DeploymentBook, Rules, Mapping[str, int | None]], Pool]
    """The pool from stored fields (`stored.stored_pool`)."""
    plan_facts: Callable[[Deployment, Sequence[Log]], list[Call]]
    own_getters: Mapping[str, str]
    """Deployment field to getter of the Comptroller: read where logs left it absent, or after an upgrade."""
    every_block: Mapping[str, str]
    """Market field to getter of the cToken: read each block, because no log carries it."""
    when_absent: Mapping[str, str]
    """Market field to getter of the cToken: read where absent; a log that makes it stale removes it."""
    zero_where_missing: frozenset[str]
    """Fields of `when_absent` whose getter older implementations lack: a call that fails means 0."""
    compared: Mapping[str, str]
    """Market field to getter of the cToken: what a reconciliation compares and healing reads."""
    plan_identity: Callable[[Deployment, Facts], list[Call]]
    identity: Callable[[Deployment, Facts], Identity]
    built_in: BuiltIn
    membership_arguments: Callable[[Address, Address], tuple[Address, Address]]
    """The order of `checkMembership`'s arguments from (account, cToken)."""
    market_settings: Callable[[Address, Address], list[tuple[Call, Mapping[int, str]]]]
    """What the Comptroller says of a cToken: from (Comptroller, cToken) its calls, each with word position to field."""
    market_facts: Callable[[Market, Fields], Mapping[str, object]]
    """What an analyst sees of a market beside its amounts."""
    further_terms: Callable[[Pool, Sequence[Position], int, int], tuple[Terms, ...]] | None = None
    """Liquidations beside those of a pair, from pool, positions, block number and timestamp."""

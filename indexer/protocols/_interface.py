"""What a protocol is to the rest of the program. Sans-I/O: it says what it wants and what the answers mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Protocol as Interface

from indexer.book import Book, DeploymentBook, Draft
from indexer.evm import Address, Call, Log
from indexer.protocols._records import (
    AccountId,
    Claim,
    Deployment,
    Facts,
    Flow,
    FlowKind,
    Identity,
    Liquidation,
    MarketRow,
    PositionRow,
    Projection,
    Reads,
    Receipt,
    Step,
    Truth,
    UpcomingPrice,
    ValueUnit,
    Weights,
)
from indexer.words import Health, Terms

__all__ = [
    "AccountId",
    "Claim",
    "Deployment",
    "Facts",
    "Flow",
    "FlowKind",
    "Identity",
    "Liquidation",
    "MarketRow",
    "PositionRow",
    "Projection",
    "Protocol",
    "Reads",
    "Receipt",
    "Step",
    "Truth",
    "UpcomingPrice",
    "ValueUnit",
    "View",
    "Weights",
]


class View(Interface):
    """One deployment at one block and one set of prices, ready to answer about accounts.

    An account is an opaque key: an address, or an address and a market where the protocol keeps them apart.
    """

    @property
    def revision(self) -> str:
        """The contract's revision, as text."""

    @property
    def supported(self) -> bool:
        """Whether the revision's maths is known and tested."""

    def accounts(self) -> Iterator[str]:
        """The keys of every account with non-zero collateral, debt or supply."""

    def identify(self, account: str) -> AccountId:
        """Who the key stands for."""

    def proxies(self) -> Mapping[str, str]:
        """The owners that smart wallets name, by wallet, as far as this protocol's own contracts led to them."""

    def keys_of(self, address: str) -> list[str]:
        """The keys that this address is the account or the owner of, those without a position too."""

    def unit(self, account: str) -> ValueUnit:
        """The contract's own unit of the account's `collateral_value` and `debt_value`."""

    def price_unit(self, market: str) -> ValueUnit:
        """The unit of `price_of`: what one whole token costs, at these decimals."""

    def priced_asset(self, market: str) -> Address:
        """The token that `price_of` is the price of."""

    def upcoming_price(self, market: str) -> UpcomingPrice | None:
        """What the protocol's own delay holds back; None where it has no delay of its own, or nothing waits in it."""

    def owes(self, account: str) -> bool:
        """Whether the account has any debt, known without prices and for any revision."""

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        """Exact health at timestamp `at`."""

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        """Exact terms of every pair at timestamp `at`, best first."""

    def positions(self, account: str, at: int) -> list[PositionRow]:
        """The account's markets."""

    def loan_to_value(self, account: str, market: str) -> Fraction | None:
        """What the account may borrow against collateral in the market, as a share of its value; None: not known."""

    def receipts(self, at: int) -> list[Receipt]:
        """The tokens that stand for a supply in one of the markets, at their rates at `at`."""

    def projection(self, account: str, at: int) -> Projection | None:
        """How far the account is from its threshold; None without debt or without prices."""

    def explain(self, account: str, at: int) -> list[Step]:
        """Every step from stored integers to the health factor."""

    def markets_used(self, account: str) -> list[str]:
        """Markets whose price the contract reads for this account."""

    def markets(self, at: int) -> list[MarketRow]:
        """One row a market, for analysts."""

    def price_of(self, market: str) -> int | None:
        """The price the contract uses, in its own unit; None when it cannot be read."""

    def weights(self, at: int) -> Weights | None:
        """The linear screen; None where this revision is not supported, or nobody can be judged."""

    def truth(self, account: str) -> Truth:
        """How to ask the contract itself about the account."""

    def comparable(self, account: str, at: int) -> dict[str, int] | None:
        """Our integers for `truth`'s fields; None when our state is unknown."""

    def holdings(self, account: str) -> list[Claim]:
        """What the account holds in every market, in the contracts' own integers: a wei shows here."""

    def market_claims(self, at: int) -> list[Claim]:
        """Prices and indices of every market."""


class Protocol(Interface):
    """One protocol lineage: one folder, one registry line."""

    name: str
    read_fields: frozenset[str]
    """Fields that only reads fill, of whatever entity: at a block that was not read they are unknown."""
    also_read: frozenset[str]
    """Fields that logs fill and that are read again when touched: a backfilled block has them from its logs alone."""
    chooses_sources: bool
    """Whether somebody answers for the price sources. False: anybody may list a market with a source of his own; what
    it names is read, bounded, but nobody follows the logs of an address because a stranger's contract named it."""

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        """The deployments built in for a chain."""

    def plan_identity(self, deployment: Deployment, known: Facts) -> list[Call]:
        """Reads that tell whether the entry is what it should be; asked again until nothing new is wanted."""

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        """What those answers say the entry is."""

    def topics(self) -> tuple[str, ...]:
        """Every topic0 it understands."""

    def addresses(self, deployment: Deployment, book: Book) -> set[Address]:
        """Emitters to follow, as far as they are known."""

    def discover(self, logs: Iterable[Log]) -> set[Address]:
        """Emitters that these logs introduce."""

    def plan_facts(self, deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
        """Reads that cannot change (decimals, an implementation's revision) needed to understand the logs."""

    def apply_logs(self, deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
        """Fold one block's logs, in order, into the draft. Logs carry their block's timestamp."""

    def flows(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
        """What the same logs say was borrowed, repaid, put up and taken back, in their order, after `apply_logs`."""

    def liquidations(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
        """What the same logs say was liquidated, in their order, after `apply_logs`: a log makes at most one."""

    def plan_reads(self, deployment: Deployment, draft: Draft) -> Reads:
        """What this block needs read; asked again after each answer until nothing new is wanted."""

    def apply_reads(self, deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
        """Put the answers into the draft: `now` at the block's timestamp `at`, `following` at the next block's."""

    def plan_reconcile(self, deployment: Deployment, book: Book) -> list[Call]:
        """Reads that prove a backfill complete."""

    def reconcile(self, deployment: Deployment, book: Book, answers: Facts) -> list[str]:
        """What disagrees with the contracts, as readable lines; empty when all agrees."""

    def plan_holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
        """Reads that prove these accounts right, position by position."""

    def holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
        """What those answers contradict, in lines that name account and market; empty when all agrees."""

    def plan_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
        """Reads that replace everything logs said about these accounts and about every market."""

    def apply_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
        """Put what the contracts hold into the draft, where it differs."""

    def sources(self, deployment: Deployment, book: Book | Draft) -> dict[str, Address]:
        """The price source of each market, as the protocol's oracle names it."""

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> View:
        """A view at stored prices (the field name `price` or `next_price`), or at given ones by market.

        `number` is the block's in which a transaction would see it: some contracts count blocks, not seconds.
        """

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        """The calls that read each market's price, for another timestamp."""

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The prices in those answers, by market."""

    def assets(self, deployment: Deployment, draft: Draft) -> list[Address]:
        """The tokens of the markets, whose symbols and decimals people want to see."""

"""One owner over all deployments: his positions, what they look through to, and what is left when all is taken off.

Each protocol's own valuation decides its own health and stays with it. What is added up here is in one numeraire: base
assets at one price each, as exact fractions. Where a price or a rate is missing the sum is unknown, not smaller.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from indexer.evm import Address
from indexer.protocols._interface import AccountId
from indexer.risk.chains import Leg, ReceiptEdge, Reuse, receipt_edges, reuses
from indexer.risk.evidence import Proof, Side
from indexer.risk.footprints import Account, Sight
from indexer.words import Health, Ownership, Reason

Price = Callable[[Address], Fraction | None]
"""What one raw unit of a token is worth in the common numeraire; None: nobody says."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One position of an owner, with its health as its own protocol has it."""

    account: Account
    identity: AccountId
    ownership: Ownership
    health: Health
    debts: tuple[Leg, ...]
    collaterals: tuple[Leg, ...]
    others: tuple[Leg, ...]
    """What is supplied and stands for no debt."""
    is_legible: bool = True
    """Whether the position's amounts can be relied on: not of an unsupported revision, nor in quarantine."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Everything one owner has and owes at one block, and the chains it forms."""

    address: str
    holdings: tuple[Holding, ...]
    reuses: tuple[Reuse, ...]
    receipts: tuple[ReceiptEdge, ...]

    @property
    def debts(self) -> tuple[Leg, ...]:
        """All debts."""
        return tuple(leg for holding in self.holdings for leg in holding.debts)

    @property
    def collaterals(self) -> tuple[Leg, ...]:
        """All collaterals."""
        return tuple(leg for holding in self.holdings for leg in holding.collaterals)

    @property
    def others(self) -> tuple[Leg, ...]:
        """All that is supplied and no collateral."""
        return tuple(leg for holding in self.holdings for leg in holding.others)

    def holding(self, side: Side) -> Holding:
        """The position a side belongs to."""
        return next(h for h in self.holdings if h.account == Account(side.deployment, side.account))


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums in the common numeraire, each base asset once. None: something in them cannot be valued."""

    collateral: Fraction | None
    other: Fraction | None
    debt: Fraction | None

    @property
    def assets(self) -> Fraction | None:
        """Collateral and what else is supplied."""
        return None if self.collateral is None or self.other is None else self.collateral + self.other

    @property
    def equity(self) -> Fraction | None:
        """What is left."""
        return None if self.assets is None or self.debt is None else self.assets - self.debt

    @property
    def leverage(self) -> Fraction | None:
        """Assets over equity (Heimbach and Huang, BIS WP 1171); None where equity is not positive, or unknown."""
        equity, assets = self.equity, self.assets
        return None if equity is None or assets is None or equity <= 0 else assets / equity


def owner_of(
    address: str,
    accounts: Iterable[Account],
    sight: Sight,
    health: Callable[[Account], Health],
    proofs: Iterable[Proof] = (),
) -> Owner:
    """Put an owner together from the accounts that are his; `health` says what may be said about each."""
    holdings = tuple(_holding(address, account, sight, health) for account in accounts)
    debts = [leg for holding in holdings for leg in holding.debts]
    collaterals = [leg for holding in holdings for leg in holding.collaterals]
    edges = tuple(reuses(debts, collaterals, proofs))
    return Owner(address, holdings, edges, tuple(receipt_edges(collaterals)))


def totals(owner: Owner, price: Price) -> Totals:
    """The owner's sums at common prices of the base assets; unknown where a position cannot be relied on."""
    if not all(holding.is_legible for holding in owner.holdings):
        return Totals(None, None, None)
    return Totals(_worth(owner.collaterals, price), _worth(owner.others, price), _worth(owner.debts, price))


def exposures(legs: Iterable[Leg]) -> dict[Address | None, int | None]:
    """Base units by base asset, each counted once; under None what leads to no base asset, as None."""
    out: dict[Address | None, int | None] = {}
    for leg in legs:
        before, amount = out.get(leg.base, 0), leg.base_amount
        out[leg.base] = None if before is None or amount is None else before + amount
    return out


def _worth(legs: Iterable[Leg], price: Price) -> Fraction | None:
    total = Fraction(0)
    for base, amount in exposures(legs).items():
        worth = None if base is None else price(base)
        if amount == 0:
            continue
        if amount is None or worth is None:
            return None
        total += amount * worth
    return total


def _holding(owner: str, account: Account, sight: Sight, health: Callable[[Account], Health]) -> Holding:
    view = sight.views[account.deployment]
    rows, route = view.positions(account.key, sight.at), sight.look.route
    debts = (
        Leg(Side(*account, row.market), owner, row.asset, row.borrowed, route(row.asset))
        for row in rows
        if row.borrowed
    )
    supplies = [
        (row.is_collateral, Leg(Side(*account, row.market), owner, row.asset, row.supplied, route(row.asset)))
        for row in rows
        if row.supplied
    ]
    identity, found = view.identify(account.key), health(account)
    return Holding(
        account,
        identity,
        Ownership.PROXY if identity.owner in sight.proxies else identity.ownership,
        found,
        tuple(debts),
        tuple(leg for is_collateral, leg in supplies if is_collateral),
        tuple(leg for is_collateral, leg in supplies if not is_collateral),
        view.supported and found.reason is not Reason.QUARANTINED,
    )

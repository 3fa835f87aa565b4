"""The lists of accounts: everyone, those at risk, one owner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.errors import NotFoundError, UserError
from indexer.reports.rows import LIQUIDATED, Row, account_row, incidents_of, position_rows, projection_row
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.risk.ranking import SortBy, is_executable, sort_rows
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import State


@dataclass(frozen=True, slots=True)
class Filters:
    """What the watch list shows. `below` is strict; without filters nothing is hidden."""

    below: float | None = None
    deployment: str | None = None
    min_debt_usd: float | None = None
    within_drop: float | None = None
    """Largest fall of all collateral prices together, as a fraction of 1."""
    executable: bool = False
    sort: SortBy = SortBy.HEALTH
    limit: int | None = None
    projections: bool = False


def wad(number: float) -> int:
    """A decimal cut (1.05) as wad, without float noise."""
    whole, _, digits = f"{number:.12f}".partition(".")
    return int(whole) * WAD + int(digits) * 10**6


@dataclass(frozen=True, slots=True)
class Listed:
    """An account's row, and what it was made from."""

    found: DeploymentView
    key: str
    row: Row


Place = tuple[str, str, str]
"""Where an account stands in the list of all: (deployment, account, market, "" where it has several)."""


def all_accounts(snapshot: Snapshot, deployment: str | None = None) -> list[Row]:
    """Every account with collateral, debt or supply, by deployment and address."""
    return rows_of(snapshot, places(snapshot, deployment))


def places(snapshot: Snapshot, deployment: str | None = None) -> list[tuple[Place, str]]:
    """Every account with collateral, debt or supply: its place and its key, in order. Computes no health."""
    found = []
    for view in selected(snapshot, deployment):
        for key in view.now.accounts():
            who = view.now.identify(key)
            found.append(((view.deployment.name, who.account, who.market or ""), key))
    return sorted(found)


def rows_of(snapshot: Snapshot, wanted: Sequence[tuple[Place, str]]) -> list[Row]:
    """The rows of some of the `places` of the same block."""
    cut, views = wad(snapshot.asked.watch_below), {view.deployment.name: view for view in snapshot.deployments}
    return [account_row(snapshot, views[place[0]], key, cut) for place, key in wanted]


def at_risk(snapshot: Snapshot, filters: Filters) -> tuple[list[Row], int]:
    """The watch list and how many rows the filters hide. Unknown accounts with debt are listed, last."""
    default = snapshot.asked.watch_below
    below = _cut(filters, default)
    watch_cut = wad(default if filters.below is None else filters.below)
    listed: list[Listed] = []
    for found in selected(snapshot, filters.deployment):
        for key in _screened(snapshot, found, below):
            account = Listed(found, key, account_row(snapshot, found, key, watch_cut))
            if _is_listed(account, below):
                listed.append(account)
    if filters.projections:
        for account in listed:
            _project(snapshot, account)
    shown = [account.row for account in listed if _passes(snapshot, account, filters)]
    ordered = sort_rows(shown, filters.sort)
    limited = ordered if filters.limit is None else ordered[: filters.limit]
    return limited, len(listed) - len(limited)


def of_address(snapshot: Snapshot, address: str) -> list[Listed]:
    """Everything an address has or owns, positions included. Raises NotFoundError when no deployment knows it."""
    cut = wad(snapshot.asked.watch_below)
    listed = []
    for found in snapshot.deployments:
        for key in found.now.keys_of(address):
            account = Listed(found, key, account_row(snapshot, found, key, cut))
            account.row["positions"] = position_rows(snapshot, found, key)
            _project(snapshot, account)
            listed.append(account)
    if not listed:
        raise NotFoundError(f"{address} has no position in this database at block {snapshot.ref.number}")
    return listed


def selected(snapshot: Snapshot, deployment: str | None) -> list[DeploymentView]:
    """The deployments asked for. Raises NotFoundError that lists the names when the one asked is not there."""
    if deployment is None:
        return snapshot.deployments
    found = [view for view in snapshot.deployments if view.deployment.name == deployment]
    if not found:
        names = ", ".join(view.deployment.name for view in snapshot.deployments) or "none"
        raise NotFoundError(f"no deployment {deployment!r} at this block; there are: {names}")
    return found


def _cut(filters: Filters, default: float) -> int:
    """The health factor below which accounts are listed.

    `within_drop` alone widens the list: a fall d of all collateral makes HF < 1 only where HF < 1 / (1 - d).
    """
    if filters.within_drop is not None and not 0 <= filters.within_drop < 1:
        raise UserError(f"--within-drop takes 0% to 99%, not {filters.within_drop:.0%}")
    if filters.below is None and filters.within_drop is not None:
        return wad(1 / (1 - filters.within_drop) * 1.001)
    return wad(default if filters.below is None else filters.below)


def _screened(snapshot: Snapshot, found: DeploymentView, cut: int) -> Iterator[str]:
    rows = snapshot.book[found.deployment.name]
    withheld = snapshot.is_behind or not snapshot.is_proven or incidents_of(snapshot, found)
    weights = None if withheld else found.now.weights(snapshot.at)
    if weights is None:
        return found.now.accounts()
    return (rows.accounts[row] for row in candidates(rows, weights, cut))


def _is_listed(account: Listed, below: int) -> bool:
    row = account.row
    if row["state"] == State.UNKNOWN:
        return account.found.now.owes(account.key)
    factor = row["health_factor_wad"]
    if factor is None:
        return False
    in_spite_of_it = int(factor) >= WAD and (row["state"] in LIQUIDATED or row["liquidatable_after_accrual"])
    return int(factor) < below or bool(in_spite_of_it)


def _passes(snapshot: Snapshot, account: Listed, filters: Filters) -> bool:
    row = account.row
    if row["state"] == State.UNKNOWN:
        return not filters.executable
    if filters.min_debt_usd is not None and row["debt_usd"] is not None and row["debt_usd"] < filters.min_debt_usd:
        return False  # a debt that cannot be told in dollars is not hidden: it may be large
    if filters.executable and not is_executable(row):
        return False
    return filters.within_drop is None or _falls_within(snapshot, account, filters.within_drop)


def _falls_within(snapshot: Snapshot, account: Listed, drop: float) -> bool:
    if account.row["liquidation"] or int(account.row["health_factor_wad"]) < WAD:
        return True
    projection = account.found.now.projection(account.key, snapshot.at)
    return projection is not None and projection.uniform_drop is not None and projection.uniform_drop <= drop


def _project(snapshot: Snapshot, account: Listed) -> None:
    unknown = account.row["state"] == State.UNKNOWN
    projection = None if unknown else account.found.now.projection(account.key, snapshot.at)
    account.row["projection"] = projection_row(projection)

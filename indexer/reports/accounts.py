"""The lists of accounts: everyone, those at risk, one owner."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from indexer.errors import NotFoundError, UserError
from indexer.protocols._interface import View
from indexer.reports.rows import Row, account_row, incidents_of, position_rows, projection_row
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


def all_accounts(snapshot: Snapshot, deployment: str | None = None) -> list[Row]:
    """Every account with collateral, debt or supply, by deployment and address."""
    cut = wad(snapshot.asked.watch_below)
    rows = [
        account_row(snapshot, found, account, cut)
        for found in selected(snapshot, deployment)
        for account in found.now.accounts()
    ]
    return sorted(rows, key=lambda row: (row["deployment"], row["account"]))


def at_risk(snapshot: Snapshot, filters: Filters) -> tuple[list[Row], int]:
    """The watch list and how many rows the filters hide. Unknown accounts with debt are listed, last."""
    default = snapshot.asked.watch_below
    below = _cut(filters, default)
    watch_cut = wad(default if filters.below is None else filters.below)
    listed: list[Row] = []
    for found in selected(snapshot, filters.deployment):
        for account in _screened(snapshot, found, below):
            row = account_row(snapshot, found, account, watch_cut)
            if _is_listed(row, found, below):
                listed.append(row if not filters.projections else _projected(snapshot, found, row))
    shown = [row for row in listed if _passes(snapshot, row, filters)]
    ordered = sort_rows(shown, filters.sort)
    limited = ordered if filters.limit is None else ordered[: filters.limit]
    return limited, len(listed) - len(limited)


def one_owner(snapshot: Snapshot, owner: str) -> list[Row]:
    """Everything about one owner, per deployment. Raises NotFoundError when no deployment knows it."""
    cut = wad(snapshot.asked.watch_below)
    rows = []
    for found in snapshot.deployments:
        if owner not in set(snapshot.book[found.deployment.name].accounts):
            continue
        row = account_row(snapshot, found, owner, cut)
        row["positions"] = position_rows(snapshot, found, owner)
        rows.append(_projected(snapshot, found, row))
    if not rows:
        raise NotFoundError(f"{owner} has no position in this database at block {snapshot.ref.number}")
    return rows


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
    withheld = snapshot.is_behind or incidents_of(snapshot, found)
    weights = None if withheld else found.now.weights(snapshot.at)
    if weights is None:
        return found.now.accounts()
    return (rows.accounts[row] for row in candidates(rows, weights, cut))


def _is_listed(row: Row, found: DeploymentView, below: int) -> bool:
    if row["state"] == State.UNKNOWN:
        return found.now.owes(row["account"])
    return row["health_factor_wad"] is not None and int(row["health_factor_wad"]) < below


def _passes(snapshot: Snapshot, row: Row, filters: Filters) -> bool:
    if row["state"] == State.UNKNOWN:
        return not filters.executable
    if filters.min_debt_usd is not None and (row["debt_usd"] or 0.0) < filters.min_debt_usd:
        return False
    if filters.executable and not is_executable(row):
        return False
    return filters.within_drop is None or _falls_within(snapshot, row, filters.within_drop)


def _falls_within(snapshot: Snapshot, row: Row, drop: float) -> bool:
    if row["liquidation"] or int(row["health_factor_wad"]) < WAD:
        return True
    view = _view_of(snapshot, row)
    projection = view.projection(row["account"], snapshot.at)
    return projection is not None and projection.uniform_drop is not None and projection.uniform_drop <= drop


def _view_of(snapshot: Snapshot, row: dict[str, Any]) -> View:
    return next(found.now for found in snapshot.deployments if found.deployment.name == row["deployment"])


def _projected(snapshot: Snapshot, found: DeploymentView, row: Row) -> Row:
    row["projection"] = projection_row(found.now.projection(row["account"], snapshot.at))
    return row

"""Figures of a deployment that a rule watches, from the watch list: whoever counts in them is on it."""

from collections.abc import Sequence

from indexer.reports.alerts.rules import Figure, Rule
from indexer.reports.rows import Row
from indexer.reports.snapshot import Snapshot
from indexer.reports.tables import market_rows
from indexer.risk.alerting import Condition
from indexer.words import State

_STATES = {
    Figure.BAD_DEBT_USD: State.BAD_DEBT,
    Figure.SHORTFALL_USD: State.BAD_DEBT,
    Figure.LIQUIDATABLE_USD: State.LIQUIDATABLE,
    Figure.AT_RISK_USD: State.AT_RISK,
    Figure.UNKNOWN_BORROWERS: State.UNKNOWN,
}


def solvency(snapshot: Snapshot, rule: Rule, rows: Sequence[Row]) -> tuple[list[Condition], set[str]]:
    """Conditions, and subjects of which nothing can be said: a figure that lacks unknown accounts may be larger."""
    if rule.figure is Figure.UTILISATION:
        return _utilisation(snapshot, rule)
    conditions, held = [], set()
    for found in snapshot.deployments:
        name, protocol = found.deployment.name, found.deployment.protocol
        if rule.figure is None or not rule.is_about(name, protocol):
            continue
        own = [row for row in rows if row["deployment"] == name]
        subject, value, is_whole = f"{name}|{rule.figure}", *_figure(own, rule.figure)
        if value >= (rule.above or 0):
            facts = {"deployment": name, "protocol": protocol, "figure": rule.figure.value, "value": value}
            conditions.append(Condition(subject, 1, value, {**facts, "above": rule.above}))
        elif not is_whole:
            held.add(subject)
    return conditions, held


def _figure(rows: Sequence[Row], figure: Figure) -> tuple[float, bool]:
    """The figure, and whether nothing is missing in it."""
    counted = [row for row in rows if row["state"] == _STATES[figure]]
    if figure is Figure.UNKNOWN_BORROWERS:
        return float(len(counted)), True
    names = ("debt_usd", "collateral_usd") if figure is Figure.SHORTFALL_USD else ("debt_usd",)
    told = [row for row in counted if all(row[name] is not None for name in names)]
    is_whole = len(told) == len(counted) and all(row["state"] != State.UNKNOWN for row in rows)
    debt = sum(row["debt_usd"] for row in told)
    covered = sum(row["collateral_usd"] for row in told) if figure is Figure.SHORTFALL_USD else 0.0
    return float(debt - covered), is_whole


def _utilisation(snapshot: Snapshot, rule: Rule) -> tuple[list[Condition], set[str]]:
    conditions, held = [], set()
    for row in market_rows(snapshot):
        is_meant = rule.is_about(row["deployment"], row["protocol"]) and rule.names(row["asset"], row["symbol"])
        if not is_meant or row.get("borrowed_asset") is not None:
            continue
        subject = f"{row['deployment']}|{row['market']}|{Figure.UTILISATION}"
        supplied, borrowed = row.get("supplied"), row.get("borrowed")
        if supplied is None or borrowed is None:
            held.add(subject)
        elif int(supplied) and int(borrowed) / int(supplied) >= (rule.above or 0):
            facts = {name: row[name] for name in ("deployment", "protocol", "market", "asset", "symbol")}
            facts |= {"figure": Figure.UTILISATION.value, "value": int(borrowed) / int(supplied), "above": rule.above}
            conditions.append(Condition(subject, 1, None, facts))
    return conditions, held

"""What a rule finds at a block: its subjects with severity, size and facts, and those of which nothing can be said."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indexer.reports.accounts import wad
from indexer.reports.alerts.markets import pending_prices, stale_prices
from indexer.reports.alerts.rules import Kind, Rule
from indexer.reports.alerts.solvency import solvency
from indexer.reports.rows import Row, account_row
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.risk.alerting import Condition, Facts, Open
from indexer.words import State

_SEVERITY = {State.AT_RISK: 1, State.LIQUIDATABLE: 2, State.BAD_DEBT: 3}
_OF_STATE = (Kind.STATE, Kind.SOLVENCY, Kind.ORACLE_STALE, Kind.PENDING_PRICE)
_UNKNOWN = "unknown"
_TOLD = (
    "deployment",
    "protocol",
    "account",
    "owner",
    "market",
    "state",
    "reason",
    "health_factor_wad",
    "debt_usd",
    "collateral_usd",
)


@dataclass(frozen=True, slots=True)
class Found:
    """A rule's conditions, and open subjects that stay open because nothing can be said of them."""

    conditions: list[Condition] = field(default_factory=list)
    held: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Moment:
    """A block, its watch list, and the observer's clock (Unix seconds)."""

    snapshot: Snapshot
    rows: Sequence[Row]
    now: int


def is_withheld(snapshot: Snapshot, rule: Rule, max_lag: int) -> bool:
    """Whether a rule says nothing at this block: what is far behind, or not compared yet, is no news of today."""
    lag = snapshot.lag
    return rule.kind in _OF_STATE and (lag is None or lag > max_lag or not snapshot.is_proven)


def look(moment: Moment, rule: Rule, known: Iterable[Open]) -> Found:
    """What a rule finds."""
    lookers: Mapping[Kind, Callable[[Moment, Rule], Found]] = {
        Kind.STATE: _accounts,
        Kind.SOLVENCY: _solvency,
        Kind.ORACLE_STALE: lambda moment, rule: Found(stale_prices(moment.snapshot, rule)),
        Kind.PENDING_PRICE: lambda moment, rule: Found(pending_prices(moment.snapshot, rule)),
        Kind.SYNC_LAG: _lag,
        Kind.VERIFY_MISMATCH: _mismatches,
    }
    found = lookers[rule.kind](moment, rule)
    behind = set(moment.snapshot.behind)
    found.held.update(alert.subject for alert in known if alert.facts.get("deployment") in behind)
    return found


def now_of(snapshot: Snapshot, alert: Open) -> Facts:
    """What became of an account whose condition is over; nothing of other subjects."""
    facts = alert.facts
    if facts.get("account") is None:
        return {}
    for found in snapshot.deployments:
        if found.deployment.name != facts["deployment"]:
            continue
        for key in found.now.keys_of(facts["account"]):
            who = found.now.identify(key)
            if (who.account, who.market) == (facts["account"], facts["market"]):
                return _facts(account_row(snapshot, found, key, wad(snapshot.asked.watch_below)))
    return {"state": "gone", "reason": None, "health_factor_wad": None, "debt_usd": None, "collateral_usd": None}


def _accounts(moment: Moment, rule: Rule) -> Found:
    found = Found()
    least = min((_SEVERITY[state] for state in rule.states if state in _SEVERITY), default=0)
    for row in moment.rows:
        if not rule.is_about(row["deployment"], row["protocol"]):
            continue
        state, subject = State(row["state"]), f"{row['deployment']}|{row['account']}|{row['market'] or ''}"
        if state is State.UNKNOWN:
            found.held.add(subject)
            if state in rule.states and _holds(moment.snapshot, rule, row):
                found.conditions.append(Condition(f"{subject}|{_UNKNOWN}", 1, None, _facts(row)))
        elif state not in rule.states:
            if _SEVERITY.get(state, 0) > least > 0:
                found.held.add(subject)  # worse than what the rule names: that is no end of it
        elif _is_large(rule, row) and _holds(moment.snapshot, rule, row):
            found.conditions.append(Condition(subject, _SEVERITY[state], row["debt_usd"], _facts(row)))
    return found


def _is_large(rule: Rule, row: Row) -> bool:
    debt = row["debt_usd"]
    return rule.min_debt_usd is None or debt is None or debt >= rule.min_debt_usd  # a debt nobody can tell may be large


def _holds(snapshot: Snapshot, rule: Rule, row: Row) -> bool:
    """Whether the account has the rule's asset, as collateral or as debt."""
    if rule.asset is None:
        return True
    view = next(found for found in snapshot.deployments if found.deployment.name == row["deployment"])
    return any(rule.names(asset, snapshot.symbol(asset)) for asset in _assets(view, row))


def _assets(view: DeploymentView, row: Row) -> set[str]:
    """The tokens of an account's positions; the priced ones of its markets where its amounts cannot be told."""
    keys = [key for key in view.now.keys_of(row["account"]) if view.now.identify(key).market == row["market"]]
    return {view.now.priced_asset(market) for key in keys for market in view.now.markets_used(key)}


def _facts(row: Row) -> Facts:
    facts = {name: row[name] for name in _TOLD}
    best = next((term for term in row["liquidation"] if term["allowed"]), None)
    pair = row["liquidation"][0] if best is None and row["liquidation"] else best
    if pair is not None:
        names = ("debt_asset", "debt_symbol", "debt_decimals", "max_debt_to_cover", "collateral_asset")
        facts |= {name: pair[name] for name in (*names, "collateral_symbol", "bonus_bps", "allowed", "gates")}
    return facts


def _solvency(moment: Moment, rule: Rule) -> Found:
    return Found(*solvency(moment.snapshot, rule, moment.rows))


def _lag(moment: Moment, rule: Rule) -> Found:
    snapshot = moment.snapshot
    seconds = max(0, moment.now - snapshot.ref.timestamp)
    late = rule.above_s is not None and seconds > rule.above_s
    blocks = rule.above_blocks is not None and snapshot.lag is not None and snapshot.lag > rule.above_blocks
    facts = {"lag_blocks": snapshot.lag, "lag_s": seconds}
    return Found([Condition("sync", 1, float(seconds), facts)] if late or blocks else [])


def _mismatches(moment: Moment, rule: Rule) -> Found:
    protocols = {found.deployment.name: found.deployment.protocol for found in moment.snapshot.deployments}
    return Found(
        [
            Condition(
                f"{incident.deployment}|{incident.block_number}",
                1,
                float(len(incident.accounts)),
                {
                    "deployment": incident.deployment,
                    "since_block": incident.block_number,
                    "mismatches": len(incident.accounts),
                    "example": incident.example,
                },
            )
            for incident in moment.snapshot.incidents
            if incident.is_open and rule.is_about(incident.deployment, protocols.get(incident.deployment, ""))
        ]
    )

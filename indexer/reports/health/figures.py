"""Figures of the accounts: headline, distribution of health, debt by band, worst accounts, bad debt, the unknown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from indexer.reports.health.population import Person, total
from indexer.reports.rows import stale_feeds, text
from indexer.reports.snapshot import Snapshot
from indexer.units import WAD
from indexer.words import State

Row = dict[str, Any]
WORST = 15
_EDGES = (0, 50, 80, 90, 95, 100, 105, 110, 120, 130, 150, 175, 200, 250, 300, 500)
"""Of health factors, in hundredths; what is above the last has a bin of its own."""
_HUNDREDTH = WAD // 100


def headline(people: Sequence[Person]) -> Row:
    """Counts, and dollars of what is known in dollars. Unknown accounts are in no sum and no other count."""
    debtors = [person for person in people if person.owes]
    told = [person for person in debtors if person.state is not State.UNKNOWN]
    by_state = {state: [person for person in told if person.state is state] for state in State}
    below = by_state[State.LIQUIDATABLE] + by_state[State.BAD_DEBT]
    collateral, debt = total(p.collateral_usd for p in people), total(p.debt_usd for p in told)
    return {
        "accounts": len(people),
        "borrowers": len(debtors),
        "owners": len({person.found.now.identify(person.key).owner for person in people}),
        "collateral_usd": collateral,
        "debt_usd": debt,
        "collateralization_ratio": total(p.collateral_usd for p in told) / debt if debt else None,
        "at_risk_accounts": len(by_state[State.AT_RISK]),
        "at_risk_debt_usd": total(p.debt_usd for p in by_state[State.AT_RISK]),
        "liquidatable_accounts": len(below),
        "liquidatable_debt_usd": total(p.debt_usd for p in below),
        "bad_debt_accounts": len(by_state[State.BAD_DEBT]),
        "shortfall_usd": total(p.shortfall_usd for p in by_state[State.BAD_DEBT]),
        "unknown_accounts": sum(person.state is State.UNKNOWN for person in people),
        "unknown_borrowers": len(debtors) - len(told),
        "borrowers_without_dollars": sum(person.is_without_dollars for person in people),
    }


def distribution(people: Iterable[Person]) -> list[Row]:
    """Borrowers by health factor: `from` counts to its bin, `to` to the next; None: no upper end."""
    factors = [
        (person.health.health_factor_wad, person.debt_usd)
        for person in people
        if person.owes and person.health.health_factor_wad is not None
    ]
    bins = [{"from": low / 100, "to": None, "accounts": 0, "debt_usd": 0.0} for low in _EDGES]
    for one, high in zip(bins, _EDGES[1:], strict=False):
        one["to"] = high / 100
    for factor, debt in factors:
        place = sum(factor >= low * _HUNDREDTH for low in _EDGES) - 1
        found = bins[place]
        found["accounts"] = (found["accounts"] or 0) + 1
        found["debt_usd"] = (found["debt_usd"] or 0.0) + (debt or 0.0)
    return bins


def bands(people: Iterable[Person], watch_below: float) -> list[Row]:
    """Debt by what is said about the accounts that owe it; the unknown apart, their debt is not told."""
    debtors = [person for person in people if person.owes]
    named = (
        ("bad_debt", "collateral worth less than debt", State.BAD_DEBT),
        ("liquidatable", "the contract lets anybody liquidate", State.LIQUIDATABLE),
        ("at_risk", f"health factor under {watch_below:g}", State.AT_RISK),
    )
    rows = [_band(name, meaning, [p for p in debtors if p.state is state]) for name, meaning, state in named]
    healthy = [person for person in debtors if person.state is State.HEALTHY]
    for name, meaning, low, high in (
        ("healthy_near", f"{watch_below:g} to 1.25", 0, 125),
        ("healthy_middle", "1.25 to 2", 125, 200),
        ("healthy_far", "2 and more", 200, None),
    ):
        rows.append(_band(name, meaning, [p for p in healthy if _within(p, low, high)]))
    unknown = [person for person in debtors if person.state is State.UNKNOWN]
    rows.append({**_band("unknown", "nothing can be said", unknown), "debt_usd": None})
    debt = sum(row["debt_usd"] or 0.0 for row in rows)
    for row in rows:
        row["share"] = row["debt_usd"] / debt if row["debt_usd"] is not None and debt else None
    return rows


def _within(person: Person, low: int, high: int | None) -> bool:
    factor = person.health.health_factor_wad
    return factor is not None and factor >= low * _HUNDREDTH and (high is None or factor < high * _HUNDREDTH)


def _band(name: str, meaning: str, people: Sequence[Person]) -> Row:
    return {
        "band": name,
        "meaning": meaning,
        "accounts": len(people),
        "debt_usd": total(person.debt_usd for person in people),
        "collateral_usd": total(person.collateral_usd for person in people),
    }


def worst(snapshot: Snapshot, people: Iterable[Person]) -> tuple[list[Row], int]:
    """The largest debts of those not healthy, last what has no worth in dollars; and how many are not shown."""
    sick = [p for p in people if p.owes and p.state not in (State.HEALTHY, State.UNKNOWN)]
    sick.sort(key=lambda p: (p.debt_usd is None, -(p.debt_usd or 0.0), p.key))
    return [account_figures(snapshot, person) for person in sick[:WORST]], max(0, len(sick) - WORST)


def bad_debt(snapshot: Snapshot, people: Iterable[Person]) -> tuple[list[Row], int]:
    """The same of those whose collateral is worth less than their debt, largest shortfall first."""
    short = [person for person in people if person.state is State.BAD_DEBT]
    short.sort(key=lambda p: (p.shortfall_usd is None, -(p.shortfall_usd or 0.0), p.key))
    return [account_figures(snapshot, person) for person in short[:WORST]], max(0, len(short) - WORST)


def account_figures(snapshot: Snapshot, person: Person) -> Row:
    """One account as the report lists it."""
    found, health = person.found, person.health
    who = found.now.identify(person.key)
    positions = found.now.positions(person.key, snapshot.at)
    return {
        "deployment": found.deployment.name,
        "account": who.account,
        "owner": who.owner,
        "market": who.market,
        "state": health.state.value,
        "health_factor_wad": text(health.health_factor_wad),
        "collateral_usd": person.collateral_usd,
        "debt_usd": person.debt_usd,
        "shortfall_usd": person.shortfall_usd,
        "collaterals": _tokens(snapshot, {row.asset for row in positions if row.supplied and row.is_collateral}),
        "debts": _tokens(snapshot, {row.asset for row in positions if row.borrowed}),
        "stale_feeds": stale_feeds(snapshot, found, person.key),
    }


def _tokens(snapshot: Snapshot, assets: Iterable[str]) -> list[Row]:
    return [{"asset": asset, "symbol": snapshot.symbol(asset)} for asset in sorted(assets)]


def unknown(people: Iterable[Person]) -> list[Row]:
    """Who is unknown and why, by deployment and reason. Those who owe are counted apart."""
    found: Counter[tuple[str, str, bool]] = Counter(
        (person.found.deployment.name, person.health.reason.value, person.owes)
        for person in people
        if person.health.reason is not None
    )
    pairs = sorted({(name, reason) for name, reason, _ in found})
    return [
        {
            "deployment": name,
            "reason": reason,
            "accounts": found[name, reason, True] + found[name, reason, False],
            "borrowers": found[name, reason, True],
        }
        for name, reason in pairs
    ]


def deployments(people: Sequence[Person], snapshot: Snapshot) -> list[Row]:
    """What is followed, and what is said of each."""
    rows = []
    for found in snapshot.deployments:
        own = [person for person in people if person.found is found]
        told = [person for person in own if person.owes and person.state is not State.UNKNOWN]
        states = Counter(person.state.value for person in own if person.owes)
        rows.append(
            {
                "deployment": found.deployment.name,
                "protocol": found.deployment.protocol,
                "revision": found.now.revision,
                "supported": found.now.supported,
                "accounts": len(own),
                "borrowers": sum(person.owes for person in own),
                **{state.value: states[state.value] for state in State},
                "collateral_usd": total(person.collateral_usd for person in own),
                "debt_usd": total(person.debt_usd for person in told),
                "liquidatable_debt_usd": total(
                    p.debt_usd for p in told if p.state in (State.LIQUIDATABLE, State.BAD_DEBT)
                ),
                "shortfall_usd": total(p.shortfall_usd for p in told if p.state is State.BAD_DEBT),
            }
        )
    return rows

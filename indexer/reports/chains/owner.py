"""One owner across protocols: what he has and owes in one numeraire, and which position falls first."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from indexer.reports.chains.rows import owner_rows
from indexer.reports.chains.scene import Scene
from indexer.risk.chains import Leg
from indexer.risk.contagion.falls import Backings
from indexer.risk.contagion.first import first_to_fall
from indexer.risk.owners import Owner, exposures, totals

Row = dict[str, Any]


def owners_of(scene: Scene, accounts: Iterable[Row]) -> list[Row]:
    """The owners of these rows of accounts, each across all protocols."""
    return [owner_row(scene, who) for who in dict.fromkeys(row["owner"] for row in accounts)]


def owner_row(scene: Scene, who: str) -> Row:
    """The owner's view: positions with their own valuation apart, sums in dollars with each base asset once."""
    owner = scene.owner(who)
    sums = totals(owner, scene.price)
    return {
        "address": who,
        "kind": "vault" if who in scene.look.conversions else "account",
        "positions": [_position(scene, owner, index) for index in range(len(owner.holdings))],
        "collateral_usd": _float(sums.collateral),
        "other_supply_usd": _float(sums.other),
        "assets_usd": _float(sums.assets),
        "debt_usd": _float(sums.debt),
        "equity_usd": _float(sums.equity),
        "leverage": _float(sums.leverage),
        "collateral_by_base": _exposure(scene, owner.collaterals),
        "debt_by_base": _exposure(scene, owner.debts),
        "look_through": [_look_through(leg) for leg in owner.collaterals if leg.route.steps],
        "first_to_fall": _first_to_fall(scene, owner),
        "chains": owner_rows(scene, owner),
    }


def _first_to_fall(scene: Scene, owner: Owner) -> Row | None:
    """Which position falls first when all that stands behind his collaterals falls together, and where that leaves all.

    None where no fall makes another one fall, or he has one position only (`projection` has it).
    """
    accounts = [holding.account for holding in owner.holdings if holding.debts or holding.collaterals]
    found = first_to_fall(scene.stressed, accounts, Backings(scene.look)) if len(accounts) > 1 else None
    if found is None:
        return None
    return {
        "deployment": found.account.deployment,
        "account": scene.views[found.account.deployment].identify(found.account.key).account,
        "fall": float(found.fall),
        "positions_then": [
            {
                "deployment": each.account.deployment,
                "account": scene.views[each.account.deployment].identify(each.account.key).account,
                "state": each.state.value,
                "health_factor_wad": None if each.health_factor_wad is None else str(each.health_factor_wad),
            }
            for each in found.standings
        ],
    }


def _position(scene: Scene, owner: Owner, index: int) -> Row:
    holding = owner.holdings[index]
    unit = scene.views[holding.account.deployment].unit(holding.account.key)
    health = holding.health
    return {
        "deployment": holding.account.deployment,
        "account": holding.identity.account,
        "market": holding.identity.market,
        "ownership": holding.ownership.value,
        "state": health.state.value,
        "reason": None if health.reason is None else health.reason.value,
        "health_factor_wad": None if health.health_factor_wad is None else str(health.health_factor_wad),
        "collateral_value": None if health.collateral_value is None else str(health.collateral_value),
        "debt_value": None if health.debt_value is None else str(health.debt_value),
        "value_unit": unit.name,
    }


def _exposure(scene: Scene, legs: Iterable[Leg]) -> list[Row]:
    return [
        {
            "asset": base,
            "symbol": None if base is None else scene.snapshot.symbol(base),
            "amount": None if amount is None else str(amount),
            "state": "known" if amount is not None else "unknown",
        }
        for base, amount in exposures(legs).items()
    ]


def _look_through(leg: Leg) -> Row:
    return {
        "deployment": leg.side.deployment,
        "asset": leg.asset,
        "amount": str(leg.amount),
        "path": list(leg.route.tokens),
        "kinds": [step.kind for step in leg.route.steps],
        "base": leg.base,
        "base_amount": None if leg.base_amount is None else str(leg.base_amount),
        "end": leg.route.end.value,
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)

"""What `indexer solvency` says over all deployments: dollars, and who owes most."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.reports.rows import Row, text
from indexer.words import Health

TOP_BORROWERS = 20
_COUNTS = (
    "accounts",
    "borrowers",
    "healthy",
    "at_risk",
    "liquidatable",
    "bad_debt",
    "unknown",
    "unknown_accounts",
    "unvalued_accounts",
)
_OF_MARKETS = ("supplied_usd", "borrowed_usd", "reserves_usd")
_OF_DEPLOYMENTS = (
    "collateral_usd",
    "borrowers_collateral_usd",
    "debt_usd",
    "at_risk_usd",
    "liquidatable_usd",
    "bad_debt_usd",
    "shortfall_usd",
    "debt_unknown_usd",
)


@dataclass(slots=True)
class _Owner:
    """One owner's debts in dollars, and his worst account."""

    owner: str
    debt_usd: float
    collateral_usd: float
    accounts: int
    worst: Health
    deployment: str


@dataclass(slots=True)
class Borrowers:
    """Everybody who owes something of a known worth."""

    owners: dict[str, _Owner] = field(default_factory=dict)

    def add(
        self, owner: str, deployment: str, health: Health, debt_usd: float | None, collateral_usd: float | None
    ) -> None:
        """Count one account. A debt that nobody tells in dollars has no place in an order of dollars."""
        if debt_usd is None:
            return
        known = self.owners.get(owner)
        if known is None:
            self.owners[owner] = _Owner(owner, debt_usd, collateral_usd or 0.0, 1, health, deployment)
            return
        known.debt_usd += debt_usd
        known.collateral_usd += collateral_usd or 0.0
        known.accounts += 1
        if (health.health_factor_wad or 0) < (known.worst.health_factor_wad or 0):
            known.worst, known.deployment = health, deployment

    def largest(self) -> list[Row]:
        """The largest debts first; state and health factor are those of the owner's worst account."""
        ordered = sorted(self.owners.values(), key=lambda one: (-one.debt_usd, one.owner))
        return [
            {
                "owner": one.owner,
                "debt_usd": one.debt_usd,
                "collateral_usd": one.collateral_usd,
                "accounts": one.accounts,
                "deployment": one.deployment,
                "state": one.worst.state.value,
                "health_factor_wad": text(one.worst.health_factor_wad),
            }
            for one in ordered[:TOP_BORROWERS]
        ]


def totals_row(markets: Sequence[Row], deployments: Sequence[Row]) -> Row:
    """Sums over all. Of dollars what is known, and beside them whose are not: a sum without them is a lower bound."""
    debt, collateral = _known(deployments, "debt_usd"), _known(deployments, "borrowers_collateral_usd")
    ratio = collateral / debt if debt else None
    return {
        **{name: sum(row[name] for row in deployments) for name in _COUNTS},
        **{name: _known(markets, name) for name in _OF_MARKETS},
        **{name: _known(deployments, name) for name in _OF_DEPLOYMENTS},
        "collateralization_ratio": ratio,
        "over_collateralization": None if ratio is None else ratio - 1,
        "without_dollars": sorted({row["deployment"] for row in deployments if row["debt_usd"] is None}),
    }


def _known(rows: Sequence[Row], name: str) -> float:
    return float(sum(row[name] for row in rows if row[name] is not None))

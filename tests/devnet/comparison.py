"""Ours beside the contract's own answers, field by field."""

from dataclasses import dataclass, field
from typing import Self

from indexer.book import DeploymentBook
from indexer.protocols._interface import View
from tests.devnet.witness import AccountData, Holding, Witness


@dataclass
class Comparison:
    """What was compared and what differs. Only accounts with a position count as compared fields."""

    fields: int = 0
    positions: int = 0
    mismatches: list[str] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)
    """The accounts with a mismatch."""

    def add(self, account: str, text: str) -> None:
        self.mismatches.append(f"{account}: {text}")
        self.accounts.add(account)

    def __iadd__(self, other: "Comparison") -> Self:
        self.fields += other.fields
        self.positions += other.positions
        self.mismatches += other.mismatches
        self.accounts |= other.accounts
        return self


def compare(view: View, rows: DeploymentBook, witness: Witness, number: int, block_hash: str, at: int) -> Comparison:
    """All accounts at one block, whose timestamp is `at`: who they are, what they hold, the six fields."""
    comparison = Comparison()
    holdings = witness.holdings(number, block_hash)
    compare_holdings(comparison, holdings, holdings_of(rows))
    holders = {account for account, _, _ in holdings}
    for account in holders.symmetric_difference(view.accounts()):
        comparison.add(account, "is known to one side only")
    said = witness.account_data(witness.accounts(number), block_hash)
    for account, data in said.items():
        if account in holders:
            comparison.fields += 0 if data is None else len(data)
        compare_account(comparison, account, data, view.comparable(account, at))
    return comparison


def compare_holdings(comparison: Comparison, theirs: dict[Holding, int], ours: dict[Holding, int]) -> None:
    """Every scaled balance to the wei."""
    comparison.positions += len(theirs)
    for holding in theirs.keys() | ours.keys():
        if theirs.get(holding) != ours.get(holding):
            account, asset, side = holding
            comparison.add(
                account, f"{side} of {asset}: the contract says {theirs.get(holding)}, we say {ours.get(holding)}"
            )


def compare_account(
    comparison: Comparison, account: str, theirs: AccountData | None, ours: dict[str, int] | None
) -> None:
    """The six fields of `getUserAccountData`; None where it reverts, or where we say unknown."""
    if theirs is None or ours is None:
        if theirs is not ours:
            comparison.add(account, f"the contract says {theirs}, we say {ours}")
        return
    for name, value in theirs.items():
        if ours[name] != value:
            comparison.add(account, f"{name}: the contract says {value}, we say {ours[name]}")


def holdings_of(rows: DeploymentBook) -> dict[Holding, int]:
    """Our non-zero positions."""
    found: dict[Holding, int] = {}
    for account in rows.accounts:
        for asset, row in rows.positions_of(account):
            for side in ("supply", "debt", "stable"):
                if value := rows.position_value(row, side):
                    found[account, asset, side] = value
    return found

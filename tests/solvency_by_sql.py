"""Solvency a second time: plain SQL sums over the rows of accounts and positions, as an analyst would take them."""

import sqlite3
from collections.abc import Iterable

from indexer.reports.accounts import all_accounts
from indexer.reports.rows import position_rows
from indexer.reports.snapshot import Snapshot
from indexer.reports.solvency import solvency_answer
from indexer.words import State


def assert_sql_agrees(snapshot: Snapshot) -> int:
    """Rows as a person exports them, in a database of its own with integers of any size; how many were compared."""
    database = sqlite3.connect(":memory:")
    database.create_aggregate("total_of", 1, ExactSum)  # type: ignore[arg-type]  # typeshed
    accounts = [(row["deployment"], row["account"], row["market"] or "", row) for row in all_accounts(snapshot)]
    database.execute("create table account (deployment, account, state, collateral, weighted, debt)")
    names = ("collateral_value", "weighted_collateral_value", "debt_value")
    rows = [(d, f"{a}{m}", row["state"], *(row[name] for name in names)) for d, a, m, row in accounts]
    database.executemany("insert into account values (?, ?, ?, ?, ?, ?)", rows)
    database.execute("create table position (deployment, account, market, supplied, borrowed, is_collateral)")
    database.executemany("insert into position values (?, ?, ?, ?, ?, ?)", position_tuples(snapshot))
    answer, compared = solvency_answer(snapshot), 0
    joined = "position join account using (deployment, account) where deployment = ? and market = ?"
    for row in answer["solvency"]:
        where = (row["deployment"], row["market"])
        ours = {state.value: row[f"debt_{state.value}"] for state in State}
        by_state = f"select state, total_of(borrowed) from {joined} group by state"  # noqa: S608 - no outside text
        theirs = dict.fromkeys(ours, "0") | dict(database.execute(by_state, where).fetchall())
        assert ours == theirs, where
        pledged = f"select coalesce(total_of(supplied), '0') from {joined} and is_collateral"  # noqa: S608 - no outside text
        assert row["collateral"] == database.execute(pledged, where).fetchone()[0]
        compared += 1 + len(ours)
    whole = "select total_of(collateral), total_of(weighted), total_of(debt) from account where deployment = ?"
    for name in {row["deployment"] for row in answer["deployments"]}:
        own = [row for row in answer["deployments"] if row["deployment"] == name]
        sums = tuple(str(sum(int(row[column]) for row in own)) for column in names)
        assert database.execute(whole, (name,)).fetchone() == sums
        compared += len(sums)
    return compared


def position_tuples(snapshot: Snapshot) -> Iterable[tuple[object, ...]]:
    for found in snapshot.deployments:
        for key in found.now.accounts():
            who = found.now.identify(key)
            for row in position_rows(snapshot, found, key):
                amounts = (row["supplied"], row["borrowed"], row["is_collateral"])
                yield found.deployment.name, f"{who.account}{who.market or ''}", row["market"], *amounts


class ExactSum:
    """SQL's SUM over decimal strings, null where it is null."""

    def __init__(self) -> None:
        self.sum = 0

    def step(self, value: str | None) -> None:
        self.sum += int(value or 0)

    def finalize(self) -> str:
        return str(self.sum)

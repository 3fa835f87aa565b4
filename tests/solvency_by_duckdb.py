"""Solvency a third time: what DuckDB alone gets from the files of a snapshot, with nothing of this program."""

from pathlib import Path
from typing import Any

import duckdb

_STATES = ("healthy", "at_risk", "liquidatable", "bad_debt", "unknown")
_SIZES = ("supplied", "borrowed", "reserves", "cash", "bad_debt")


def assert_duckdb_agrees(archive: Path, answer: dict[str, Any]) -> int:
    """Every integer of `solvency_answer`, from the tables accounts, positions and markets; how many were compared."""
    with duckdb.connect() as connection:
        for name in ("accounts", "positions", "markets"):
            files = f"{archive}/{name}/**/*.parquet"
            connection.read_parquet(files, hive_partitioning=True).create_view(name)
        compared = 0
        for rows, query, keys in (
            (answer["solvency"], _markets(), ("deployment", "market")),
            (answer["deployments"], _deployments(), ("deployment", "value_unit", "value_asset")),
        ):
            found = connection.execute(query)
            names = [column[0] for column in found.description or ()]
            theirs = {row[: len(keys)]: dict(zip(names, row, strict=True)) for row in found.fetchall()}
            ours = {tuple(row[key] for key in keys): {name: row[name] for name in names} for row in rows}
            assert theirs == ours
            compared += len(ours) * (len(names) - len(keys))
    return compared


def _markets() -> str:
    """Whatever is listed or held: its own figures, and the sums of its positions by the state of the account."""
    owed = {state: _sum("raw", f"side = 'borrowed' AND state = '{state}'") for state in _STATES}
    by_state = ", ".join(f"{total} AS debt_{state}" for state, total in owed.items())
    return f"""
        WITH held AS (
            SELECT p.deployment, p.market, p.asset, side, raw, is_collateral, state
            FROM positions AS p JOIN accounts AS a USING (chain_id, protocol, block, deployment, key)
        ), found AS (
            SELECT deployment, market FROM markets UNION SELECT deployment, market FROM held
        )
        SELECT deployment, market, {", ".join(f"any_value(m.{name}) AS {name}" for name in _SIZES)},
               {_sum("raw", "side = 'supplied' AND is_collateral")} AS collateral, {by_state},
               count(*) FILTER (side = 'supplied' AND held.asset = coalesce(m.asset, held.asset)) AS suppliers,
               count(*) FILTER (side = 'borrowed') AS borrowers
        FROM found LEFT JOIN markets AS m USING (deployment, market) LEFT JOIN held USING (deployment, market)
        GROUP BY deployment, market
    """  # noqa: S608 - no outside text


def _deployments() -> str:
    """The accounts' own integers by the unit they are in, and how many accounts with debt are in which state."""
    of = {state: f"state = '{state}'" for state in _STATES}
    counts = ", ".join(f"count(*) FILTER (owes AND {is_it}) AS {state}" for state, is_it in of.items())
    debts = ", ".join(
        f"{_sum('debt_value', of[state])} AS debt_value_{state}" for state in ("at_risk", "liquidatable", "bad_debt")
    )
    return f"""
        SELECT deployment, value_unit, value_asset, count(*) AS accounts, count(*) FILTER (owes) AS borrowers, {counts},
               count(*) FILTER ({of["unknown"]}) AS unknown_accounts,
               count(*) FILTER (state <> 'unknown' AND collateral_value IS NULL) AS unvalued_accounts,
               {_sum("collateral_value")} AS collateral_value,
               {_sum("weighted_collateral_value")} AS weighted_collateral_value,
               {_sum("debt_value")} AS debt_value, {debts},
               {_sum("collateral_value", "owes")} AS borrowers_collateral_value,
               (coalesce(sum(debt_value::BIGNUM) FILTER ({of["bad_debt"]}), 0)
                - coalesce(sum(collateral_value::BIGNUM) FILTER ({of["bad_debt"]}), 0))::VARCHAR AS shortfall_value
        FROM accounts GROUP BY deployment, value_unit, value_asset
    """  # noqa: S608 - no outside text


def _sum(digits: str, where: str = "true") -> str:
    return f"coalesce(sum({digits}::BIGNUM) FILTER ({where}), 0)::VARCHAR"

"""`indexer report`: every figure of one block's health, and how the headline moved since the last report.

The page and the Markdown show only what is in here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.reports.envelope import Answer, envelope
from indexer.reports.health import figures
from indexer.reports.health.assets import Assets, Base
from indexer.reports.health.oracles import oracle_figures
from indexer.reports.health.population import population
from indexer.reports.health.proof import coverage, verification
from indexer.reports.health.shocks import shock_rows
from indexer.reports.health.stressed import Stressed
from indexer.reports.snapshot import Snapshot

Row = dict[str, Any]
CURVES = 8
"""So many assets have a curve of their own, those with the most collateral behind them."""
CHAINS = 10
LIQUIDATIONS = 15


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier report said."""

    block_number: int
    block_hash: str
    created_at: int
    headline: Mapping[str, Any]


def report_answer(
    snapshot: Snapshot, earlier: Earlier | None = None, liquidations: Sequence[Row] | None = None
) -> Answer:
    """The whole report. `liquidations`: rows of `indexer liquidations`, newest first; None: nobody collected them."""
    people = population(snapshot)
    scene = Scene(snapshot)
    stressed, assets = Stressed.of(scene, people), Assets(scene, people)
    headline = figures.headline(people)
    worst, hidden_worst = figures.worst(snapshot, people)
    short_of, hidden_short = figures.bad_debt(snapshot, people)
    return {
        **envelope(snapshot),
        "report": {
            "watch_below": snapshot.asked.watch_below,
            "headline": headline,
            "since": None if earlier is None else _since(headline, earlier),
            "distribution": figures.distribution(people),
            "bands": figures.bands(people, snapshot.asked.watch_below),
            "deployments": figures.deployments(people, snapshot),
            "worst": worst,
            "hidden_worst": hidden_worst,
            "bad_debt": short_of,
            "hidden_bad_debt": hidden_short,
            **_curves(stressed, assets),
            "shocks": shock_rows(stressed, assets, snapshot),
            "chains": _chains(scene),
            "oracles": oracle_figures(snapshot),
            "verification": verification(snapshot, people),
            "coverage": coverage(snapshot, people),
            "unknown": figures.unknown(people),
            "liquidations": None if liquidations is None else list(liquidations[:LIQUIDATIONS]),
        },
    }


def _since(headline: Row, earlier: Earlier) -> Row:
    """How each headline figure moved; None where one of the two is not known."""
    changes = {}
    for name, value in headline.items():
        before = earlier.headline.get(name)
        changes[name] = None if value is None or before is None else value - before
    return {
        "block_number": earlier.block_number,
        "block_hash": earlier.block_hash,
        "created_at": earlier.created_at,
        "changes": changes,
    }


def _curves(stressed: Stressed, assets: Assets) -> Row:
    """First of everything that floats, then of each asset."""
    snapshot = stressed.scene.snapshot
    floating, largest = [base.token for base in assets.floating], assets.bases[:CURVES]
    heads: list[Row] = [_base(snapshot, base) for base in largest]
    struck = [[base.token] for base in largest]
    if floating:
        together = sum(base.collateral_usd for base in assets.floating)
        heads.insert(0, {"asset": None, "symbol": None, "collateral_usd": together})
        struck.insert(0, floating)
    curves = [{**head, "points": points} for head, points in zip(heads, stressed.curves(struck), strict=True)]
    return {
        "curves": curves,
        "unknown_under_falls": max(
            (point["unknown_borrowers"] for each in curves for point in each["points"]), default=0
        ),
        "pegged": [_base(snapshot, base) for base in assets.pegged],
        "assets_without_curve": [_base(snapshot, base) for base in assets.bases[CURVES:]],
    }


def _base(snapshot: Snapshot, base: Base) -> Row:
    return {"asset": base.token, "symbol": snapshot.symbol(base.token), "collateral_usd": base.collateral_usd}


def _chains(scene: Scene) -> Row:
    """The largest chains by what they may come to, how many have which flag, and the circles."""
    found = chains_answer(scene, ChainFilters())
    rows = found["chains"]
    flags: dict[str, int] = {}
    for row in rows:
        for flag in set(row["flags"]):
            flags[flag] = flags.get(flag, 0) + 1
    largest = sorted(rows, key=lambda row: (row["high_usd"] is not None, -(row["high_usd"] or 0.0), row["owner"]))
    return {
        "chains": len(rows),
        "owners": len({row["owner"] for row in rows}),
        "high_usd": float(sum(row["high_usd"] or 0.0 for row in rows)),
        "low_usd": float(sum(row["low_usd"] or 0.0 for row in rows)),
        "flags": [{"flag": flag, "chains": count} for flag, count in sorted(flags.items())],
        "top": [_chain(row) for row in largest[:CHAINS]],
        "cycles": found["cycles"],
        "deployments_unknown": found["deployments_unknown"],
    }


def _chain(row: Row) -> Row:
    names = ("owner", "kind", "chain", "asset", "symbol", "low_usd", "high_usd", "state", "flags")
    return {
        **{name: row[name] for name in names},
        "tokens": [{"asset": token["asset"], "symbol": token["symbol"]} for token in row["tokens"]],
    }

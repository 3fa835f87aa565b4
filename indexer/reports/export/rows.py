"""The rows of each table, as its columns want them, in its order."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from indexer.protocols._interface import AccountId, MarketRow, PositionRow, ValueUnit
from indexer.reports.accounts import wad
from indexer.reports.export import schema
from indexer.reports.export.columns import Row, Table
from indexer.reports.export.source import Source
from indexer.reports.rows import withheld_for
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.words import Health

_SAFE_IN_JSON = 2**53
_AMOUNTS = ("price", "supplied", "borrowed", "cash", "reserves", "bad_debt")
_FACTS = (
    "decimals", "borrowed_asset", "borrowed_decimals", "ltv_bps", "liquidation_threshold_bps", "liquidation_bonus_bps",
)  # fmt: skip

Rows = Callable[[Source, str], Iterator[Row]]
"""The rows of one protocol, or of all where the table is of no one protocol."""


def as_json(value: object) -> str:
    """JSON with sorted keys and without spaces, in ASCII; integers past 2**53 as texts."""
    return json.dumps(_safe(value), sort_keys=True, separators=(",", ":"))


def _safe(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _safe(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _SAFE_IN_JSON:
        return str(value)
    return value


def account_rows(source: Source, protocol: str) -> Iterator[Row]:
    """Every account: what `indexer accounts` says, as far as it is of the block."""
    snapshot, cut = source.snapshot, wad(source.snapshot.asked.watch_below)
    for found in source.of(protocol):
        for key, who in source.accounts(found):
            withheld = withheld_for(snapshot, found, key)
            health = Health.unknown(withheld) if withheld else found.now.health(key, snapshot.at, cut)
            yield _account(snapshot, found, key, who, health)


def _account(snapshot: Snapshot, found: DeploymentView, key: str, who: AccountId, health: Health) -> Row:
    unit = found.now.unit(key)
    return {
        "deployment": found.deployment.name,
        "revision": found.now.revision,
        "key": key,
        "account": who.account,
        "owner": who.owner,
        "ownership": who.ownership.value,
        "market": who.market,
        "state": health.state.value,
        "reason": None if health.reason is None else health.reason.value,
        "owes": found.now.owes(key),
        "health_factor_wad": health.health_factor_wad,
        "collateral_value": health.collateral_value,
        "weighted_collateral_value": health.weighted_collateral_value,
        "debt_value": health.debt_value,
        "value_unit": unit.name,
        "value_decimals": unit.decimals,
        "value_asset": unit.asset,
        "collateral_usd": snapshot.usd(unit, health.collateral_value),
        "debt_usd": snapshot.usd(unit, health.debt_value),
        "liquidatable_after_accrual": health.liquidatable_after_accrual,
    }


def position_rows(source: Source, protocol: str) -> Iterator[Row]:
    """Every side of every position that is not 0."""
    for found in source.of(protocol):
        for key, who in source.accounts(found):
            unit = found.now.unit(key)
            sides = [
                _side(source, found, unit, position, side)
                for position in found.now.positions(key, source.snapshot.at)
                for side in ("borrowed", "supplied")
                if getattr(position, side)
            ]
            named = {"deployment": found.deployment.name, "key": key, "account": who.account}
            for row in sorted(sides, key=lambda row: (row["market"], row["asset"], row["side"])):
                yield {**named, "account_market": who.market, **row}


def _side(source: Source, found: DeploymentView, unit: ValueUnit, position: PositionRow, side: str) -> Row:
    raw: int = getattr(position, side)
    value: int | None = getattr(position, f"{side}_value")
    token = source.snapshot.tokens.get(position.asset)
    decimals = None if token is None else token.decimals
    price = source.prices(found).get(position.market, {})
    is_its = price.get("asset") == position.asset
    return {
        "market": position.market,
        "side": side,
        "asset": position.asset,
        "symbol": None if token is None else token.symbol,
        "decimals": decimals,
        "is_collateral": position.is_collateral,
        "raw": raw,
        "amount": None if decimals is None else raw / 10**decimals,
        "value": value,
        "value_usd": source.snapshot.usd(unit, value),
        "price": price["price"] if is_its else None,
        "price_decimals": price["price_decimals"] if is_its else None,
        "feed": price["feed_address"] if is_its else None,
        "feed_round": price["round"] if is_its else None,
    }


def market_rows(source: Source, protocol: str) -> Iterator[Row]:
    """Every market; what only this protocol has stands in `amounts` and `facts`."""
    for found in source.of(protocol):
        for market in sorted(found.now.markets(source.snapshot.at), key=lambda market: market.market):
            yield _market(source.snapshot, found, market)


def _market(snapshot: Snapshot, found: DeploymentView, market: MarketRow) -> Row:
    unit = found.now.price_unit(market.market)
    others = {name: str(amount) for name, amount in market.amounts.items() if amount is not None}
    return {
        "deployment": found.deployment.name,
        "revision": found.now.revision,
        "market": market.market,
        "asset": market.asset,
        "symbol": snapshot.symbol(market.asset),
        **{name: market.facts.get(name) for name in _FACTS},
        **{name: market.amounts.get(name) for name in _AMOUNTS},
        "price_unit": unit.name,
        "price_decimals": unit.decimals,
        "price_usd": snapshot.usd(unit, found.now.price_of(market.market)),
        "amounts": as_json({name: amount for name, amount in others.items() if name not in _AMOUNTS}),
        "facts": as_json({name: fact for name, fact in market.facts.items() if name not in _FACTS}),
    }


def price_rows(source: Source, protocol: str) -> Iterator[Row]:
    """The rows of `indexer prices`."""
    for found in source.of(protocol):
        for market, row in sorted(source.prices(found).items()):
            pending = row["pending"] or {}
            yield {
                **row,
                "market": market,
                "legs": as_json(row["legs"]),
                "pending_answer": pending.get("answer"),
                "pending_price": pending.get("price"),
                "pending_visible_from": pending.get("visible_from"),
            }


def solvency_rows(source: Source, protocol: str) -> Iterator[Row]:
    """The rows of `indexer solvency`."""
    return _placed(schema.SOLVENCY, source.solvency["solvency"], source.of(protocol))


def deployment_rows(source: Source, protocol: str) -> Iterator[Row]:
    """The balances of deployments, from the same answer."""
    return _placed(schema.DEPLOYMENTS, source.solvency["deployments"], source.of(protocol))


def liquidation_rows(source: Source, protocol: str) -> Iterator[Row]:
    """The rows of `indexer liquidations`; nothing is said about a deployment that is behind."""
    return _placed(schema.LIQUIDATIONS, source.liquidations, source.of(protocol))


def _placed(table: Table, rows: Iterable[Row], deployments: Iterable[DeploymentView]) -> Iterator[Row]:
    names = {found.deployment.name for found in deployments}
    return iter(sorted((row for row in rows if row["deployment"] in names), key=table.place_of))


def chain_rows(source: Source, _: str) -> Iterator[Row]:
    """Every edge of every owner, both ends flat."""
    rows = [
        {
            **row,
            **{name: as_json(row[name]) for name in ("path", "chain", "flags")},
            **_end("source", row["source"]),
            **_end("target", row["target"]),
        }
        for row in source.chains
    ]
    return iter(sorted(rows, key=schema.CHAINS.place_of))


def _end(side: str, end: Row) -> Row:
    return {
        f"{side}_deployment": end["deployment"],
        f"{side}_key": end.get("position"),
        **{
            f"{side}_{name}": end.get(name)
            for name in ("account", "market", "asset", "amount", "state", "reason", "health_factor_wad")
        },
        f"{side}_feeds": as_json([feed["address"] for feed in end["feeds"]]),
    }


WRITTEN: tuple[tuple[Table, Rows], ...] = (
    (schema.ACCOUNTS, account_rows),
    (schema.POSITIONS, position_rows),
    (schema.MARKETS, market_rows),
    (schema.PRICES, price_rows),
    (schema.SOLVENCY, solvency_rows),
    (schema.DEPLOYMENTS, deployment_rows),
    (schema.CHAINS, chain_rows),
    (schema.LIQUIDATIONS, liquidation_rows),
)
"""Every table: its columns and its rows."""

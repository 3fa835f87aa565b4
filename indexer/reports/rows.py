"""One account as a row: the same for the command line, the API and Python (design: public surface)."""

from typing import Any

from indexer.evm import Address
from indexer.oracles import chainlink
from indexer.protocols._interface import PositionRow, Projection, ValueUnit
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.risk import watch
from indexer.store import Incident
from indexer.units import WAD
from indexer.words import Health, Reason, State, Terms

Row = dict[str, Any]
LIQUIDATED = (State.LIQUIDATABLE, State.BAD_DEBT)


def text(value: int | None) -> str | None:
    """An integer that may pass 2**53, as JSON carries it."""
    return None if value is None else str(value)


def account_row(snapshot: Snapshot, found: DeploymentView, account: str, cut_wad: int) -> Row:
    """A row at the snapshot's moment. Raises nothing: what cannot be said is `unknown` with its reason."""
    view, unit, who = found.now, found.now.unit(account), found.now.identify(account)
    withheld = withheld_for(snapshot, found, account)
    health = Health.unknown(withheld) if withheld else view.health(account, snapshot.at, cut_wad)
    row: Row = {
        "deployment": found.deployment.name,
        "protocol": found.deployment.protocol,
        "revision": view.revision,
        "account": who.account,
        "owner": who.owner,
        "market": who.market,
        "state": health.state.value,
        "reason": None if health.reason is None else health.reason.value,
        "health_factor_wad": text(health.health_factor_wad),
        "collateral_value": text(health.collateral_value),
        "weighted_collateral_value": text(health.weighted_collateral_value),
        "debt_value": text(health.debt_value),
        "value_unit": unit.name,
        "collateral_usd": snapshot.usd(unit, health.collateral_value),
        "debt_usd": snapshot.usd(unit, health.debt_value),
        "collateralization_ratio": _ratio(health.collateral_value, health.debt_value),
        "ltv": _ratio(health.debt_value, health.collateral_value),
        "liquidatable_after_accrual": health.liquidatable_after_accrual,
        "stale_feeds": stale_feeds(snapshot, found, account),
        "liquidatable_since": watch.since(snapshot.book, found.deployment.name, account),
        "verified_block": _verified_block(snapshot, found, account),
        "next_block": _next_block(snapshot, found, account, cut_wad),
        "liquidation": [],
    }
    if is_below_threshold(health):
        row["liquidation"] = [term_row(snapshot, unit, term) for term in view.liquidation(account, snapshot.at)]
    return row


def withheld_for(snapshot: Snapshot, found: DeploymentView, account: str) -> Reason | None:
    """Why nothing is said about an account whatever its integers are: behind, not proven yet, or known to be wrong."""
    if snapshot.is_behind or not snapshot.is_proven:
        return Reason.INDEXER_BEHIND
    for incident in incidents_of(snapshot, found):
        if incident.is_open or not incident.accounts or account in incident.accounts:
            return Reason.QUARANTINED
    return None


def incidents_of(snapshot: Snapshot, found: DeploymentView) -> list[Incident]:
    """Incidents that touch what is said at this block: open ones, and those healed only after it."""
    number, name = snapshot.ref.number, found.deployment.name
    return [i for i in snapshot.incidents if i.deployment == name and (i.is_open or number < (i.healed_block or 0))]


def is_below_threshold(health: Health) -> bool:
    """Whether the contract would have the account liquidated, bad debt too: by its factor, or in spite of it."""
    if health.liquidatable_after_accrual or health.state in LIQUIDATED:
        return True
    return health.health_factor_wad is not None and health.health_factor_wad < WAD


def term_row(snapshot: Snapshot, unit: ValueUnit, term: Terms) -> Row:
    """One (debt, collateral) pair: raw token units as strings."""
    return {
        "kind": term.kind.value,
        "debt_asset": term.debt_asset,
        "debt_symbol": snapshot.symbol(term.debt_asset),
        "debt_decimals": _decimals(snapshot, term.debt_asset),
        "collateral_asset": term.collateral_asset,
        "collateral_symbol": snapshot.symbol(term.collateral_asset),
        "collateral_decimals": _decimals(snapshot, term.collateral_asset),
        "max_debt_to_cover": str(term.max_debt_to_cover),
        "collateral_to_liquidator": str(term.collateral_to_liquidator),
        "protocol_fee": str(term.protocol_fee),
        "bonus_bps": term.bonus_bps,
        "close_factor_bps": term.close_factor_bps,
        "gross_bonus_usd": snapshot.usd(unit, term.gross_bonus_value),
        "allowed": term.allowed,
        "gates": [gate.value for gate in term.gates],
        "details": {name: str(value) for name, value in term.details.items()},
    }


def position_rows(snapshot: Snapshot, found: DeploymentView, account: str) -> list[Row]:
    """The account's markets, accrued to the snapshot's moment."""
    unit = found.now.unit(account)
    return [
        {
            "market": position.market,
            "asset": position.asset,
            "symbol": snapshot.symbol(position.asset),
            "decimals": _decimals(snapshot, position.asset),
            "supplied": str(position.supplied),
            "borrowed": str(position.borrowed),
            "is_collateral": position.is_collateral,
            "supplied_usd": snapshot.usd(unit, position.supplied_value),
            "borrowed_usd": snapshot.usd(unit, position.borrowed_value),
            "price": text(_price(found, position)),
        }
        for position in found.now.positions(account, snapshot.at)
    ]


def _price(found: DeploymentView, position: PositionRow) -> int | None:
    """The market's price where it is the price of the position's token."""
    priced = found.now.priced_asset(position.market)
    return found.now.price_of(position.market) if position.asset == priced else None


def projection_row(projection: Projection | None) -> Row | None:
    """How far the account is from liquidation; prices in the protocol's unit as strings, falls as fractions."""
    if projection is None:
        return None
    return {
        "liquidation_prices": {market: text(price) for market, price in projection.liquidation_prices.items()},
        "price_drops": dict(projection.price_drops),
        "uniform_drop": projection.uniform_drop,
        "interest_timestamp": projection.interest_timestamp,
    }


def stale_feeds(snapshot: Snapshot, found: DeploymentView, account: str) -> list[str]:
    """Names of the feeds behind this account's prices that are older than their heartbeat allows."""
    sources = found.part.protocol.sources(found.deployment, snapshot.book)
    stale: dict[str, None] = {}
    for market in found.now.markets_used(account):
        if market in sources:
            stale.update(dict.fromkeys(stale_sources(snapshot, sources[market])))
    return list(stale)


def stale_sources(snapshot: Snapshot, source: Address) -> list[str]:
    """The source and its legs, by feed name, where older than their heartbeat at the block's timestamp."""
    names = []
    for address in (source, *chainlink.provenance(snapshot.book, source).legs):
        feed = snapshot.asked.feeds.get(address)
        updated_at = chainlink.provenance(snapshot.book, address).updated_at
        if feed is not None and updated_at is not None and snapshot.ref.timestamp - updated_at > feed.heartbeat_s:
            names.append(feed.name)
    return names


def _next_block(snapshot: Snapshot, found: DeploymentView, account: str, cut_wad: int) -> Row:
    health = Health.unknown(Reason.UNPRICED)
    withheld = withheld_for(snapshot, found, account)
    if withheld:
        health = Health.unknown(withheld)
    elif found.following is not None:
        health = found.following.health(account, snapshot.next_timestamp, cut_wad)
    return {
        "timestamp": snapshot.next_timestamp,
        "state": health.state.value,
        "health_factor_wad": text(health.health_factor_wad),
    }


def _verified_block(snapshot: Snapshot, found: DeploymentView, account: str) -> int | None:
    seen = snapshot.verified.get((found.deployment.name, account))
    return seen.block_number if seen is not None and seen.ok else None


def _decimals(snapshot: Snapshot, asset: str) -> int | None:
    token = snapshot.tokens.get(Address(asset))
    return None if token is None else token.decimals


def _ratio(value: int | None, over: int | None) -> float | None:
    return None if value is None or not over else value / over


__all__ = [
    "Row",
    "State",
    "account_row",
    "is_below_threshold",
    "position_rows",
    "projection_row",
    "stale_feeds",
    "stale_sources",
    "term_row",
    "text",
]

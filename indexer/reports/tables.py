"""Markets and prices as rows."""

from indexer.evm import Address
from indexer.oracles import chainlink
from indexer.protocols._interface import MarketRow
from indexer.reports.accounts import selected
from indexer.reports.rows import Row, stale_sources, text
from indexer.reports.snapshot import DeploymentView, Snapshot


def market_rows(snapshot: Snapshot, deployment: str | None = None) -> list[Row]:
    """Every market: sizes, rates, limits and flags, accrued to the snapshot's moment."""
    rows: list[Row] = []
    for found in selected(snapshot, deployment):
        rows.extend(_market_row(snapshot, found, market) for market in found.now.markets(snapshot.at))
    return rows


def _market_row(snapshot: Snapshot, found: DeploymentView, market: MarketRow) -> Row:
    unit = found.now.price_unit(market.market)
    return {
        "deployment": found.deployment.name,
        "protocol": found.deployment.protocol,
        "revision": found.now.revision,
        "market": market.market,
        "asset": market.asset,
        "symbol": snapshot.symbol(market.asset),
        **{name: text(amount) for name, amount in market.amounts.items()},
        **market.facts,
        "price_usd": snapshot.usd(unit, found.now.price_of(market.market)),
        "price_unit": unit.name,
        "price_decimals": unit.decimals,
    }


def price_rows(snapshot: Snapshot, deployment: str | None = None) -> list[Row]:
    """Every market's price as the protocol reads it, and beside it where it came from."""
    return [
        _price_row(snapshot, found, market, source)
        for found in selected(snapshot, deployment)
        for market, source in sorted(found.part.protocol.sources(found.deployment, snapshot.book).items())
    ]


def _price_row(snapshot: Snapshot, found: DeploymentView, market: str, source: Address) -> Row:
    price = found.now.price_of(market)
    shown = chainlink.provenance(snapshot.book, source)
    feed_source = shown
    if shown.updated_at is None and shown.legs:
        feed_source = chainlink.provenance(snapshot.book, shown.legs[0])
    feed = snapshot.asked.feeds.get(feed_source.source)
    age = None if feed_source.updated_at is None else snapshot.ref.timestamp - feed_source.updated_at
    asset, unit = found.now.priced_asset(market), found.now.price_unit(market)
    return {
        "deployment": found.deployment.name,
        "market": market,
        "asset": asset,
        "symbol": snapshot.symbol(asset),
        "price": text(price),
        "price_unit": unit.name,
        "price_decimals": unit.decimals,
        "price_usd": snapshot.usd(unit, price),
        "next_price": text(found.following.price_of(market)) if found.following else None,
        "state": "unpriced" if price is None else "priced",
        "source": source,
        "feed": None if feed is None else feed.name,
        "feed_address": feed_source.source,
        "legs": list(shown.legs),
        "aggregator": feed_source.aggregator,
        "phase": feed_source.phase,
        "round": text(feed_source.round),
        "answer": text(feed_source.answer),
        "answer_decimals": feed_source.decimals,
        "updated_at": feed_source.updated_at,
        "age_s": age,
        "heartbeat_s": None if feed is None else feed.heartbeat_s,
        "stale": None if feed is None or age is None else age > feed.heartbeat_s,
        "stale_feeds": stale_sources(snapshot, source),
        "deviation_threshold_bps": None if feed is None else feed.deviation_bps,
        "deviation_bps": None if len(shown.legs) > 1 else _deviation_bps(price, unit.decimals, feed_source),
        "pending": _pending(found, market, feed_source),
    }


def _pending(found: DeploymentView, market: str, feed: chainlink.Provenance) -> Row | None:
    """What is published and not used yet: a feed's answer in its decimals, or a price in the protocol's own unit."""
    if feed.pending is not None:
        return {"answer": str(feed.pending.answer), "visible_from": feed.pending.visible_from}
    upcoming = found.now.upcoming_price(market)
    return None if upcoming is None else {"price": str(upcoming.price), "visible_from": upcoming.visible_from}


def _deviation_bps(price: int | None, decimals: int, feed: chainlink.Provenance) -> float | None:
    """How far the protocol's price is from the feed's answer, in basis points of the answer."""
    if price is None or not feed.answer or feed.decimals is None:
        return None
    answer = feed.answer * float(10**decimals) / 10**feed.decimals
    return float((price - answer) / answer * 10_000)

"""The answer of `indexer solvency`: what stands behind what is owed, by protocol and asset, `unknown` apart."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from indexer.evm import Address
from indexer.protocols._interface import MarketRow, ValueUnit
from indexer.reports.accounts import selected, wad
from indexer.reports.envelope import Answer, envelope
from indexer.reports.rows import Row, text, withheld_for
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.reports.solvency_totals import Borrowers, totals_row
from indexer.risk.measures import herfindahl
from indexer.risk.metrics.distance import toxic_ltv
from indexer.risk.solvency import MarketSums, Sums, UnitSums
from indexer.units import PERCENTAGE_FACTOR
from indexer.words import Health, State

_RAW = ("supplied", "borrowed", "reserves", "cash", "bad_debt")
_OF_STATE = {state: f"debt_{state.value}" for state in State}


def solvency_answer(snapshot: Snapshot, deployment: str | None = None) -> Answer:
    """One pass over all accounts, each health computed once. Raises NotFoundError for a deployment that is not there.

    Raw amounts and values are exact integers as strings; `_usd`, ratios, utilisation and HHI are floats for people.
    """
    markets: list[Row] = []
    deployments: list[Row] = []
    borrowers = Borrowers()
    for found in selected(snapshot, deployment):
        listed = {row.market: row for row in found.now.markets(snapshot.at)}
        sums = _summed(snapshot, found, listed.values(), borrowers)
        place = _Place(snapshot, found, frozenset(found.part.protocol.sources(found.deployment, snapshot.book)))
        rows = [_market_row(place, *each) for each in _side_by_side(listed, sums.markets)]
        markets += rows
        for key, unit_sums in sorted(sums.units.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            members = {name for name, own in sums.markets.items() if (own.unit.name, own.unit.asset) == key}
            of_unit = [row for row in rows if row["market"] in members or len(sums.units) == 1]
            deployments.append(_deployment_row(snapshot, found, unit_sums, of_unit))
    return {
        **envelope(snapshot),
        "solvency": markets,
        "deployments": deployments,
        "totals": totals_row(markets, deployments),
        "top_borrowers": borrowers.largest(),
    }


def _summed(snapshot: Snapshot, found: DeploymentView, markets: Iterable[MarketRow], borrowers: Borrowers) -> Sums:
    sums = Sums(dict(_thresholds(markets)))
    view, cut = found.now, wad(snapshot.asked.watch_below)
    for key in view.accounts():
        withheld = withheld_for(snapshot, found, key)
        health = Health.unknown(withheld) if withheld else view.health(key, snapshot.at, cut)
        unit, owner = view.unit(key), view.identify(key).owner
        sums.add(unit, owner, health, view.positions(key, snapshot.at), partial(view.owes, key))
        if health.debt_value:
            debt, collateral = snapshot.usd(unit, health.debt_value), snapshot.usd(unit, health.collateral_value)
            borrowers.add(owner, found.deployment.name, health, debt, collateral)
    return sums


def _thresholds(markets: Iterable[MarketRow]) -> Iterator[tuple[str, float]]:
    for row in markets:
        points = row.facts.get("liquidation_threshold_bps")
        if isinstance(points, int):
            yield row.market, points / PERCENTAGE_FACTOR


def _side_by_side(
    listed: Mapping[str, MarketRow], held: Mapping[str, MarketSums]
) -> Iterator[tuple[str, MarketRow | None, MarketSums | None]]:
    """Every market that is listed or held; a token that is not listed any more may still be held."""
    for name in dict.fromkeys((*listed, *held)):
        yield name, listed.get(name), held.get(name)


@dataclass(frozen=True, slots=True)
class _Place:
    """A deployment at the block, and its markets that have a price source."""

    snapshot: Snapshot
    found: DeploymentView
    priced: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    """A token of a market, and what one whole one costs in dollars there."""

    asset: str | None
    decimals: int | None
    usd: float | None

    def dollars(self, raw: int | None) -> float | None:
        """An amount in dollars; nothing is nothing, whatever it costs."""
        if raw == 0:
            return 0.0
        if raw is None or self.usd is None or self.decimals is None:
            return None
        return float(raw / 10**self.decimals * self.usd)


def _token(place: _Place, market: str, asset: str | None, decimals: object) -> _Token:
    if asset is None:
        return _Token(None, None, None)
    snapshot = place.snapshot
    known = snapshot.tokens.get(Address(asset))
    places = decimals if isinstance(decimals, int) else None if known is None else known.decimals
    view = place.found.now
    price = view.price_of(market)
    if (price is not None or market in place.priced) and asset == view.priced_asset(market):
        return _Token(asset, places, snapshot.usd(view.price_unit(market), price))
    return _Token(asset, places, snapshot.usd_price(Address(asset)))


def _market_row(place: _Place, market: str, listed: MarketRow | None, held: MarketSums | None) -> Row:
    snapshot, found = place.snapshot, place.found
    facts, amounts = ({}, {}) if listed is None else (listed.facts, listed.amounts)
    asset = listed.asset if listed is not None else None if held is None else _only(held.suppliers)
    supply = _token(place, market, asset, facts.get("decimals"))
    owed = facts.get("borrowed_asset") or asset
    debt = supply if owed == asset else _token(place, market, str(owed), facts.get("borrowed_decimals"))
    pledged = asset if held is None or held.collateral_asset is None else held.collateral_asset
    pledge = supply if pledged == asset else _token(place, market, pledged, facts.get("collateral_decimals"))
    raw = {name: amounts.get(name) for name in _RAW}
    is_one_token = debt is supply
    return {
        "deployment": found.deployment.name,
        "protocol": found.deployment.protocol,
        "revision": found.now.revision,
        "market": market,
        **_named("", snapshot, supply),
        **{name: text(amount) for name, amount in raw.items()},
        "utilisation": _ratio(raw["borrowed"], raw["supplied"]) if is_one_token else None,
        **_named("borrowed_", snapshot, debt),
        **_named("collateral_", snapshot, pledge),
        "supplied_usd": supply.dollars(raw["supplied"]),
        "borrowed_usd": _implied(snapshot, held, debt, raw["borrowed"]),
        "reserves_usd": supply.dollars(raw["reserves"]),
        "toxic_ltv": _toxic(facts.get("liquidation_bonus_bps")),
        **_held(snapshot, held, asset, debt, pledge),
    }


def _held(snapshot: Snapshot, held: MarketSums | None, asset: str | None, debt: _Token, pledge: _Token) -> Row:
    """What accounts hold in the market; zeros where nobody does."""
    own = held or MarketSums(ValueUnit("", 0, is_usd=True))
    known = sum(own.debt_value.values())
    row: Row = {
        "collateral": str(own.collateral),
        "collateral_usd": pledge.dollars(own.collateral),
        "collateral_at_threshold_usd": snapshot.usd(own.unit, int(own.at_threshold)),
        "suppliers": own.suppliers[asset or ""],
        "borrowers": own.borrowers,
        "collateralization_ratio": own.behind_debt / known if known else None,
        "over_collateralization": own.behind_debt / known - 1 if known else None,
    }
    for state, name in _OF_STATE.items():
        row[name] = str(own.debt[state])
        unknown = state is State.UNKNOWN
        row[f"{name}_usd"] = (
            _implied(snapshot, held, debt, own.debt[state])
            if unknown
            else snapshot.usd(own.unit, own.debt_value[state])
        )
    return row


def _implied(snapshot: Snapshot, held: MarketSums | None, token: _Token, raw: int | None) -> float | None:
    """A debt in dollars as the accounts' own values count it: Maker's Dai is a dollar there; else by the price."""
    if held is not None and raw:
        counted = sum(amount for state, amount in held.debt.items() if state is not State.UNKNOWN)
        value = snapshot.usd(held.unit, sum(held.debt_value.values())) if counted else None
        if value:
            return raw / counted * value
    return token.dollars(raw)


def _toxic(bonus_bps: object) -> float | None:
    return float(toxic_ltv(Fraction(bonus_bps, PERCENTAGE_FACTOR))) if isinstance(bonus_bps, int) else None


def _named(prefix: str, snapshot: Snapshot, token: _Token) -> Row:
    symbol = None if token.asset is None else snapshot.symbol(token.asset)
    return {f"{prefix}asset": token.asset, f"{prefix}symbol": symbol, f"{prefix}decimals": token.decimals}


def _deployment_row(snapshot: Snapshot, found: DeploymentView, sums: UnitSums, markets: list[Row]) -> Row:
    unit = sums.unit
    by_state = {
        "at_risk": sums.debt_by_state[State.AT_RISK],
        "liquidatable": sums.debt_by_state[State.LIQUIDATABLE],
        "bad_debt": sums.debt_by_state[State.BAD_DEBT],
    }
    ratio = _ratio(sums.borrowers_collateral, sums.debt)
    return {
        "deployment": found.deployment.name,
        "protocol": found.deployment.protocol,
        "revision": found.now.revision,
        "value_unit": unit.name,
        "value_decimals": unit.decimals,
        "value_asset": unit.asset,
        "value_symbol": None if unit.asset is None else snapshot.symbol(unit.asset),
        "accounts": sums.accounts,
        "borrowers": sums.states.total(),
        **{state.value: sums.states[state] for state in State},
        "unknown_accounts": sums.unknown_accounts,
        "unvalued_accounts": sums.unvalued_accounts,
        "collateral_value": str(sums.collateral),
        "weighted_collateral_value": str(sums.weighted),
        "debt_value": str(sums.debt),
        "borrowers_collateral_value": str(sums.borrowers_collateral),
        **{f"debt_value_{name}": str(value) for name, value in by_state.items()},
        "shortfall_value": str(sums.shortfall),
        "collateral_usd": snapshot.usd(unit, sums.collateral),
        "borrowers_collateral_usd": snapshot.usd(unit, sums.borrowers_collateral),
        "debt_usd": snapshot.usd(unit, sums.debt),
        **{f"{name}_usd": snapshot.usd(unit, value) for name, value in by_state.items()},
        "shortfall_usd": snapshot.usd(unit, sums.shortfall),
        "debt_unknown_usd": _total(markets, "debt_unknown_usd"),
        "utilisation": _utilisation(markets),
        "collateralization_ratio": ratio,
        "over_collateralization": None if ratio is None else ratio - 1,
        "hhi_borrowers": _hhi(sums.debt_by_owner.values()),
        "hhi_collateral": _hhi(sums.collateral_by_asset.values()),
    }


def _total(rows: Iterable[Row], name: str) -> float | None:
    """A sum of dollars; None where one of them is not known."""
    amounts = [row[name] for row in rows]
    return None if any(amount is None for amount in amounts) else float(sum(amounts))


def _utilisation(markets: Iterable[Row]) -> float | None:
    """Borrowed of supplied in dollars, over the markets that lend what is supplied to them."""
    lending = [row for row in markets if row["utilisation"] is not None]
    borrowed, supplied = _total(lending, "borrowed_usd"), _total(lending, "supplied_usd")
    return None if borrowed is None or not supplied else borrowed / supplied


def _hhi(sizes: Iterable[int]) -> float | None:
    found = herfindahl(sizes)
    return None if found is None else float(found)


def _ratio(value: int | None, over: int | None) -> float | None:
    return None if value is None or not over else value / over


def _only(tokens: Mapping[str, int]) -> str | None:
    return next(iter(tokens), None)

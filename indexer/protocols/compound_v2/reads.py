"""What a followed block needs read: prices, cash and rates, and whatever logs left absent or stale."""

from collections.abc import Mapping

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._adapter import apply_prices
from indexer.protocols._interface import Deployment, Facts, Reads
from indexer.protocols.compound_v2.interfaces import ERC20, NATIVE, ORACLE
from indexer.protocols.compound_v2.lineage import Lineage


def markets(deployment: Deployment, draft: Draft) -> list[Entity]:
    """The listed cTokens."""
    found = (Entity(deployment.name, market) for market in draft.markets(deployment.name))
    return [where for where in found if draft.number(where, "listed")]


def read_fields(lineage: Lineage) -> frozenset[str]:
    """What reads fill of a market, whatever a log may say of it now and then."""
    return frozenset(("price", "next_price", "decimals", *lineage.every_block, *lineage.when_absent))


def assets(deployment: Deployment, draft: Draft) -> list[Address]:
    """The underlying tokens and the cTokens, which liquidators receive; Ether has no contract to ask."""
    listed = markets(deployment, draft)
    tokens = (address(draft.number(where, "asset")) for where in listed)
    return [*(token for token in tokens if token != NATIVE), *(address(where.market) for where in listed)]


def sources(deployment: Deployment, draft: Draft) -> dict[str, Address]:
    """The Comptroller's oracle for every market: what stands behind it the Comptroller does not know."""
    oracle = draft.number(Entity(deployment.name), "oracle")
    return {where.market: address(oracle) for where in markets(deployment, draft)} if oracle else {}


def price_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """The oracle read of each market's price."""
    oracle = draft.get(Entity(deployment.name), "oracle")
    if oracle is None:
        return {}
    listed = markets(deployment, draft)
    return {where.market: ORACLE.call("getUnderlyingPrice", address(oracle), where.market) for where in listed}


def plan_reads(lineage: Lineage, deployment: Deployment, draft: Draft) -> Reads:
    """Every call this block wants; a pure function of the draft, so that asking again adds only what is new."""
    prices = tuple(price_calls(deployment, draft).values())
    calls: list[Call] = [*prices, *_own_calls(lineage, deployment, draft).values()]
    for where in markets(deployment, draft):
        calls.extend(_market_calls(lineage, where, draft).values())
        if draft.touched(Entity(deployment.name)):
            calls.extend(call for call, _ in lineage.market_settings(deployment.entry, address(where.market)))
    return Reads(tuple(dict.fromkeys(calls)), prices)


def apply_reads(lineage: Lineage, deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
    """Put the answers into the draft. An unreadable price is absent, never zero."""
    del at
    apply_prices(deployment, draft, price_calls(deployment, draft), now, following)
    for field, call in own_calls(lineage, deployment).items():
        if call in now:
            draft.correct(Entity(deployment.name), field, word_of(now[call]))
    for where in markets(deployment, draft):
        _apply_market(lineage, where, draft, now)
        for call, fields in lineage.market_settings(deployment.entry, address(where.market)):
            if call in now:
                apply_settings(where, draft, words_of(now[call], 1 + max(fields)), fields)


def own_calls(lineage: Lineage, deployment: Deployment) -> dict[str, Call]:
    """The Comptroller's configuration by field."""
    getters = lineage.own_getters.items()
    return {field: lineage.comptroller.call(getter, deployment.entry) for field, getter in getters}


def apply_settings(where: Entity, draft: Draft, words: tuple[int, ...] | None, fields: Mapping[int, str]) -> None:
    """Put the Comptroller's own words about a market into the draft, where they differ."""
    for position, field in fields.items():
        draft.correct(where, field, None if words is None else words[position])


def _own_calls(lineage: Lineage, deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """All after an upgrade, else what is absent and cannot be zero in a Comptroller that works."""
    own = Entity(deployment.name)
    wanted = own_calls(lineage, deployment)
    if draft.touched(own):
        return wanted
    needed = ("oracle", "close_factor", "incentive") if markets(deployment, draft) else ()
    return {field: call for field, call in wanted.items() if field in needed and not draft.number(own, field)}


def _market_calls(lineage: Lineage, where: Entity, draft: Draft) -> dict[str, Call]:
    ctoken = address(where.market)
    calls = {field: lineage.ctoken.call(getter, ctoken) for field, getter in lineage.every_block.items()}
    for field, getter in lineage.when_absent.items():
        if draft.get(where, field) is None:
            calls[field] = lineage.ctoken.call(getter, ctoken)
    asset = address(draft.number(where, "asset"))
    if draft.get(where, "decimals") is None and asset != NATIVE:
        calls["decimals"] = ERC20.call("decimals", asset)
    return calls


def _apply_market(lineage: Lineage, where: Entity, draft: Draft, now: Facts) -> None:
    """Answers of this block; a getter that is missing for good means 0, so that it is not asked again."""
    for field, call in _market_calls(lineage, where, draft).items():
        if call not in now:
            continue
        value = word_of(now[call])
        draft.set(where, field, 0 if value is None and field in lineage.zero_where_missing else value)

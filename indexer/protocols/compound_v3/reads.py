"""What a followed block needs read: totals, prices, cash, principals that may have moved, a missing configuration."""

from collections.abc import Iterator

from indexer.abi import text_of, word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._adapter import apply_prices
from indexer.protocols._interface import Deployment, Facts, Reads
from indexer.protocols.compound_v3 import configuration, principals
from indexer.protocols.compound_v3.interfaces import COMET, ERC20, FEED

TOTALS = (
    "supply_index",
    "borrow_index",
    None,
    None,
    "total_supply",
    "total_borrow",
    "last_accrual",
    "pause_flags",
)
"""The words of `totalsBasic`; rewards' tracking indices are left out."""
READ_FIELDS = frozenset(
    (
        "price",
        "next_price",
        "cash",
        "base_is_usd",
        *(field for field in TOTALS if field not in (None, "pause_flags")),
        *principals.FIELDS,
    )
)
"""What only reads fill."""


def feeds(deployment: Deployment, draft: Draft) -> dict[str, Address]:
    """The price feed of the base token and of each collateral asset, by market."""
    own = Entity(deployment.name)
    if not configuration.is_known(deployment, draft):
        return {}
    found = {str(address(draft.number(own, "base_token"))): address(draft.number(own, "base_feed"))}
    for where in configuration.assets(deployment, draft):
        found[where.market] = address(draft.number(where, "feed"))
    return found


def assets(deployment: Deployment, draft: Draft) -> list[Address]:
    """The base token and the collateral assets."""
    return [address(market) for market in feeds(deployment, draft)]


def price_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """`getPrice(feed)` of every market, as the Comet itself reads it."""
    return {m: COMET.call("getPrice", deployment.entry, feed) for m, feed in feeds(deployment, draft).items()}


def plan_reads(deployment: Deployment, draft: Draft) -> Reads:
    """Every call this block wants; a pure function of the draft, so that asking again adds only what is new."""
    totals = COMET.call("totalsBasic", deployment.entry)
    if not configuration.is_known(deployment, draft):
        return Reads((*configuration.calls(deployment.entry), totals))
    prices = price_calls(deployment, draft)
    calls = [totals, *prices.values(), *_cash_calls(deployment, draft).values()]
    if draft.get(Entity(deployment.name), "base_is_usd") is None:
        calls.append(_description(deployment, draft))
    asked = principals.accounts_to_ask(deployment, draft)
    calls.extend(principals.basic_call(deployment, account) for account in asked)
    return Reads(tuple(dict.fromkeys(calls)), tuple(dict.fromkeys(prices.values())))


def apply_reads(deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
    """Put the answers of a block with timestamp `at` into the draft. An unreadable price is absent, never zero."""
    own = Entity(deployment.name)
    if not configuration.is_known(deployment, draft):
        configuration.apply(deployment, draft, deployment.entry, now)
        if not configuration.is_known(deployment, draft):
            return
    _apply_totals(own, draft, now, COMET.call("totalsBasic", deployment.entry))
    apply_prices(deployment, draft, price_calls(deployment, draft), now, following)
    for market, call in _cash_calls(deployment, draft).items():
        if call in now:
            draft.set(Entity(deployment.name, market), "cash", word_of(now[call]))
    if (call := _description(deployment, draft)) in now:
        draft.set(own, "base_is_usd", int(is_dollars(text_of(now[call]))))
    principals.apply(deployment, draft, at, now)


def is_dollars(description: str | None) -> bool:
    """Whether a feed calls its quote dollars ("USDC / USD"); a constant or a ratio feed does not."""
    quote = (description or "").rpartition("/")[2].strip()
    return bool(description) and "/" in str(description) and quote.split(" ")[0].upper() == "USD"


def totals_of(answer: bytes | None) -> Iterator[tuple[str, int]]:
    """The fields of a `totalsBasic` answer; none where it failed."""
    words = words_of(answer, len(TOTALS))
    for field, value in zip(TOTALS, words or (), strict=False):
        if field is not None:
            yield field, value


def _apply_totals(own: Entity, draft: Draft, now: Facts, call: Call) -> None:
    if call not in now:
        return
    told = dict(totals_of(now[call]))
    for field in filter(None, TOTALS):
        value = told.get(field)
        if field == "pause_flags" and (value is None or value == draft.number(own, field)):
            continue  # logs tell it too, and leave it absent while nothing was ever paused
        draft.set(own, field, value)


def _cash_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    markets = feeds(deployment, draft)
    return {market: ERC20.call("balanceOf", address(market), deployment.entry) for market in markets}


def _description(deployment: Deployment, draft: Draft) -> Call:
    return FEED.call("description", address(draft.number(Entity(deployment.name), "base_feed")))

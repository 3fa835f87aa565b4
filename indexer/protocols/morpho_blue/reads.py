"""What a followed block needs read: prices and rates of the markets in which somebody owes, and nothing of others.

Anybody may create markets. One without debt costs no read, no fact and no time here: only markets that ever had a
position are looked at (a fraction of a microsecond each), and only those with borrow shares are asked about. What an
attacker can still cost: to make a market count he must deploy an oracle of his own (a shared one is read once), create
the market, supply, and borrow, about half a million gas, once and for good; it then costs two reads of `price()` a
block (now and at the next timestamp), of at most `Call.gas` each, three reads of where the price comes from, and two
more of `borrowRateView` where the IRM is not an AdaptiveCurveIrm; in the book some dozen integers. All reads of a block
still travel in the same request.
"""

from collections.abc import Iterable

from indexer.abi import word_of
from indexer.book import Draft, Entity
from indexer.evm import ZERO_ADDRESS, Address, Call, address
from indexer.protocols._adapter import named_addresses
from indexer.protocols._interface import Deployment, Facts, Reads
from indexer.protocols.morpho_blue.interfaces import ERC20, IRM, ORACLE
from indexer.protocols.morpho_blue.state import Market
from indexer.protocols.morpho_blue.stored import drafted_market

READ_FIELDS = frozenset(
    ("price", "next_price", "borrow_rate", "next_borrow_rate", "loan_decimals", "collateral_decimals"),
)
"""What only reads fill, and only while somebody owes."""
_MOST_DECIMALS = 77
_DEBT = "total_borrow_shares"
_RATE_SUFFIX = "/rate"


def rate_name(market: str) -> str:
    """The name under which a market's rate travels among prices read for another timestamp."""
    return market + _RATE_SUFFIX


def indebted(deployment: Deployment, draft: Draft) -> list[str]:
    """The markets with borrow shares as of now in the draft."""
    rows = draft.book[deployment.name]
    touched = draft.touched_markets(deployment.name)
    fresh = set(touched)
    none: dict[str, int] = {}
    found = [m for m in rows.market_names if rows.markets.get(m, none).get(_DEBT) and m not in fresh]
    return found + [market for market in touched if draft.number(Entity(deployment.name, market), _DEBT)]


def assets(deployment: Deployment, draft: Draft) -> list[Address]:
    """The tokens of the markets in which somebody owes."""
    markets = [Entity(deployment.name, market) for market in indebted(deployment, draft)]
    words = (draft.number(where, field) for where in markets for field in ("loan_token", "collateral_token"))
    return [token for token in dict.fromkeys(address(word) for word in words) if token != ZERO_ADDRESS]


def sources(deployment: Deployment, draft: Draft) -> dict[str, Address]:
    """The oracle of each market in which somebody owes."""
    return named_addresses(deployment, draft, indebted(deployment, draft), "oracle")


def price_call(market: Market) -> Call:
    """`IOracle.price()` of the market's own oracle."""
    return ORACLE.call("price", market.params.oracle)


def rate_call(market: Market) -> Call | None:
    """`IIrm.borrowRateView(params, market)`; None where the rate is zero or computed."""
    if market.is_adaptive or not market.params.bears_interest:
        return None
    return rate_view(market)


def rate_view(market: Market) -> Call:
    """`IIrm.borrowRateView` with the market's parameters and totals."""
    params = market.params
    return IRM.call(
        "borrowRateView",
        params.irm,
        *(params.loan_token, params.collateral_token, params.oracle, params.irm, params.lltv),
        *(market.total_supply_assets, market.total_supply_shares),
        *(market.total_borrow_assets, market.total_borrow_shares),
        *(market.last_update, market.fee),
    )


def timed_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """What depends on the clock: each indebted market's price by its id, its rate (where asked) by `rate_name`."""
    return _timed(deployment, draft, indebted(deployment, draft))


def _timed(deployment: Deployment, draft: Draft, markets: Iterable[str]) -> dict[str, Call]:
    calls: dict[str, Call] = {}
    for name in markets:
        market = drafted_market(Entity(deployment.name, name), draft)
        if market is None:
            continue
        calls[name] = price_call(market)
        if (rate := rate_call(market)) is not None:
            calls[rate_name(name)] = rate
    return calls


def plan_reads(deployment: Deployment, draft: Draft) -> Reads:
    """Prices and rates now and at the next block; decimals of its tokens when somebody begins to owe."""
    markets = indebted(deployment, draft)
    timed = tuple(dict.fromkeys(_timed(deployment, draft, markets).values()))
    owing = (Entity(deployment.name, market) for market in markets)
    decimals = dict.fromkeys(call for where in owing for _, call in _unknown_decimals(where, draft))
    return Reads((*timed, *decimals), timed)


def apply_reads(deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
    """Put the answers into the draft. What cannot be read is absent, never zero; markets without debt keep none."""
    del at
    markets = indebted(deployment, draft)
    for name, call in _timed(deployment, draft, markets).items():
        market, is_rate, _ = name.partition(_RATE_SUFFIX)
        where, field = Entity(deployment.name, market), "borrow_rate" if is_rate else "price"
        if call in now:
            draft.set(where, field, word_of(now[call]))
        if call in following:
            draft.set(where, f"next_{field}", word_of(following[call]))
    for market in markets:
        _apply_decimals(Entity(deployment.name, market), draft, now)
    for market in draft.touched_markets(deployment.name):
        where = Entity(deployment.name, market)
        if not draft.number(where, _DEBT):
            for field in sorted(READ_FIELDS):
                if draft.get(where, field) is not None:
                    draft.set(where, field, None)


def _apply_decimals(where: Entity, draft: Draft, now: Facts) -> None:
    for field, call in _unknown_decimals(where, draft):
        if call in now:
            told = word_of(now[call])
            draft.set(where, field, told if told is not None and told <= _MOST_DECIMALS else 0)


def _unknown_decimals(where: Entity, draft: Draft) -> list[tuple[str, Call]]:
    """What is asked once: a token without decimals counts as one of none."""
    tokens = {"loan_decimals": "loan_token", "collateral_decimals": "collateral_token"}
    return [
        (field, ERC20.call("decimals", address(draft.number(where, token))))
        for field, token in tokens.items()
        if draft.get(where, field) is None
    ]

"""What a followed block needs read, because no log carries it: prices, cash, the sentinel, and what logs touched."""

from indexer.abi import word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._adapter import apply_prices, named_addresses
from indexer.protocols._interface import Deployment, Facts, Reads
from indexer.protocols.aave_v3 import sentinel
from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.interfaces import ERC20, ORACLE, POOL, emode_id

EMODE_WORDS = {
    "getEModeCategoryCollateralBitmap": "collateral_bitmap",
    "getEModeCategoryBorrowableBitmap": "borrowable_bitmap",
    "getEModeCategoryLtvzeroBitmap": "ltvzero_bitmap",
    "getIsEModeCategoryIsolated": "isolated",
}
READ_FIELDS = frozenset(
    ("price", "next_price", "cash", "virtual_balance", "source", *sentinel.FIELDS),
)
"""What only reads fill."""

ALSO_READ = frozenset({"grace_until"})
"""What logs fill and reads fill again."""

VIRTUAL_BALANCE_SINCE = 4  # POOL_REVISION of 3.1
LIQUID_EMODE_SINCE = 5  # POOL_REVISION of 3.2


def reserves(deployment: Deployment, draft: Draft) -> list[str]:
    """The listed reserves (their asset addresses); a dropped one has no id."""
    markets = draft.markets(deployment.name)
    return [m for m in markets if emode_id(m) is None and draft.get(Entity(deployment.name, m), "id") is not None]


def assets(deployment: Deployment, draft: Draft) -> list[Address]:
    """The tokens of the listed reserves."""
    return [address(asset) for asset in reserves(deployment, draft)]


def sources(deployment: Deployment, draft: Draft) -> dict[str, Address]:
    """The price source of each listed reserve."""
    return named_addresses(deployment, draft, reserves(deployment, draft), "source")


def price_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """The oracle read of each reserve's price, and of each e-mode category that has a price source of its own."""
    oracle = draft.get(Entity(deployment.name), "oracle")
    if oracle is None:
        return {}
    calls: dict[str, Call] = {}
    for market in draft.markets(deployment.name):
        where = Entity(deployment.name, market)
        if emode_id(market) is not None:
            source = draft.get(where, "price_source")
            if source and draft.number(Entity(deployment.name), "pool_revision") < LIQUID_EMODE_SINCE:
                calls[market] = ORACLE.call("getAssetPrice", address(oracle), source)
        elif draft.get(where, "id") is not None:
            calls[market] = ORACLE.call("getAssetPrice", address(oracle), market)
    return calls


def plan_reads(deployment: Deployment, draft: Draft) -> Reads:
    """Every call this block wants; a pure function of the draft, so that asking again adds only what is new."""
    prices = tuple(price_calls(deployment, draft).values())
    own = Entity(deployment.name)
    calls: list[Call] = list(prices)
    for asset in reserves(deployment, draft):
        calls.extend(_reserve_calls(own, asset, draft))
    for market in draft.touched_markets(deployment.name):
        calls.extend(_emode_calls(own, market, draft))
    calls.extend(sentinel.plan_reads(own, draft))
    return Reads(tuple(dict.fromkeys(calls)), prices)


def apply_reads(deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
    """Put the answers of a block with timestamp `at` into the draft. An unreadable price is absent, never zero."""
    own = Entity(deployment.name)
    apply_prices(deployment, draft, price_calls(deployment, draft), now, following)
    for asset in reserves(deployment, draft):
        _apply_reserve(own, asset, draft, now)
    for market in draft.touched_markets(deployment.name):
        _apply_emode(own, market, draft, now)
    sentinel.apply_reads(own, draft, at, now)


def _pool(own: Entity, draft: Draft) -> Address:
    return address(draft.number(own, "pool"))


def _reserve_calls(own: Entity, asset: str, draft: Draft) -> list[Call]:
    where = Entity(own.deployment, asset)
    calls = [ERC20.call("balanceOf", address(asset), draft.number(where, "atoken"))]
    touched = draft.touched(where)
    if touched:
        calls.append(POOL.call("getConfiguration", _pool(own, draft), asset))
    if draft.number(own, "pool_revision") >= VIRTUAL_BALANCE_SINCE:
        for name, field in (
            ("getVirtualUnderlyingBalance", "virtual_balance"),
            ("getLiquidationGracePeriod", "grace_until"),
        ):
            if touched or draft.get(where, field) is None:
                calls.append(POOL.call(name, _pool(own, draft), asset))
    if draft.get(where, "source") is None and draft.get(own, "oracle"):
        calls.append(ORACLE.call("getSourceOfAsset", address(draft.number(own, "oracle")), asset))
    return calls


def _apply_reserve(own: Entity, asset: str, draft: Draft, now: Facts) -> None:
    where = Entity(own.deployment, asset)
    answers = {
        "cash": ERC20.call("balanceOf", address(asset), draft.number(where, "atoken")),
        "configuration": POOL.call("getConfiguration", _pool(own, draft), asset),
        "virtual_balance": POOL.call("getVirtualUnderlyingBalance", _pool(own, draft), asset),
        "grace_until": POOL.call("getLiquidationGracePeriod", _pool(own, draft), asset),
        "source": ORACLE.call("getSourceOfAsset", address(draft.number(own, "oracle")), asset),
    }
    for field, call in answers.items():
        if call in now:
            value = word_of(now[call])
            if field == "configuration" and value is not None:
                value = write(value, "virtual_accounting", 0)  # no log carries this bit, and nothing uses it
            draft.set(where, field, value)


def _emode_calls(own: Entity, market: str, draft: Draft) -> list[Call]:
    category = emode_id(market)
    if category is None or draft.number(own, "pool_revision") < LIQUID_EMODE_SINCE:
        return []
    pool = _pool(own, draft)
    return [POOL.call(name, pool, category) for name in (*EMODE_WORDS, "getEModeCategoryCollateralConfig")]


def _apply_emode(own: Entity, market: str, draft: Draft, now: Facts) -> None:
    where, category, pool = Entity(own.deployment, market), emode_id(market), _pool(own, draft)
    if category is None:
        return
    for name, field in EMODE_WORDS.items():
        call = POOL.call(name, pool, category)
        if call in now and word_of(now[call]) != draft.number(where, field):  # logs leave zeros absent
            draft.set(where, field, word_of(now[call]))
    config = words_of(now.get(POOL.call("getEModeCategoryCollateralConfig", pool, category)), 3)
    if config:
        for field, value in zip(("ltv", "threshold", "bonus"), config, strict=True):
            if value != draft.number(where, field):
                draft.set(where, field, value)

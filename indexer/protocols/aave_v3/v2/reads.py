"""What a followed block needs read, because no log carries it: prices, cash, grace periods, and what logs touched."""

from collections.abc import Iterator

from indexer.abi import word_of
from indexer.book import Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._adapter import apply_prices
from indexer.protocols._interface import Deployment, Facts, Reads
from indexer.protocols.aave_v3.reads import reserves
from indexer.protocols.aave_v3.v2.interfaces import ERC20, GRACE, ORACLE, POOL

READ_FIELDS = frozenset(("price", "next_price", "cash", "source", "grace_until"))
"""What only reads fill."""


def price_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """The oracle read of each reserve's price."""
    oracle = draft.get(Entity(deployment.name), "oracle")
    if oracle is None:
        return {}
    return {market: ORACLE.call("getAssetPrice", address(oracle), market) for market in reserves(deployment, draft)}


def plan_reads(deployment: Deployment, draft: Draft) -> Reads:
    """Every call this block wants; a pure function of the draft, so that asking again adds only what is new."""
    prices = tuple(price_calls(deployment, draft).values())
    calls = [*prices]
    for asset in reserves(deployment, draft):
        calls.extend(call for _, call in _reserve_calls(deployment, asset, draft))
    return Reads(tuple(dict.fromkeys(calls)), prices)


def apply_reads(deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
    """Put the answers into the draft. An unreadable price is absent, never zero."""
    del at
    apply_prices(deployment, draft, price_calls(deployment, draft), now, following)
    for asset in reserves(deployment, draft):
        for field, call in tuple(_reserve_calls(deployment, asset, draft)):
            if call in now:
                draft.set(Entity(deployment.name, asset), field, word_of(now[call]))


def _reserve_calls(deployment: Deployment, asset: str, draft: Draft) -> Iterator[tuple[str, Call]]:
    own, where = Entity(deployment.name), Entity(deployment.name, asset)
    yield "cash", ERC20.call("balanceOf", address(asset), draft.number(where, "atoken"))
    if draft.touched(where):
        yield "configuration", POOL.call("getConfiguration", address(draft.number(own, "pool")), asset)
    if sentinel := draft.number(own, "grace_sentinel"):
        yield "grace_until", GRACE.call("gracePeriodUntil", address(sentinel), asset)
    if draft.get(where, "source") is None and draft.get(own, "oracle"):
        yield "source", ORACLE.call("getSourceOfAsset", address(draft.number(own, "oracle")), asset)

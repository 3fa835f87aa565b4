"""The small store with a past: an hourly feed behind each token, or no feed and the protocol's price block by block."""

from collections.abc import Sequence
from itertools import pairwise

from indexer.book import Change, Entity
from indexer.evm import Address, BlockRef, address
from indexer.store import BlockRecord, Deployment, Store, Token
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK, HEADS, MARKET, USDC, WETH, changes_of

ETHER_FEED, DOLLAR_FEED = address(0xFEED1), address(0xFEED2)
HOUR = 3_600


def zigzag(count: int, step: float) -> list[int]:
    """Prices with 8 decimals that end at 2 000 dollars, up and down by `step` in turn."""
    prices = [
        2_000 * 10**8 if (count - number) % 2 == 1 else int(2_000 * 10**8 * (1 + step)) for number in range(count)
    ]
    return [*prices[: count - 1], 2_000 * 10**8]


def write_moving_store(url: str, prices: Sequence[int], *, feeds: bool) -> str:
    """One block an hour, ending with block 100; WETH moves, USDC stands still."""
    first = BLOCK.number - len(prices) + 1
    with Store.open(url) as store:
        store.bind_chain(1)
        store.save_deployments([Deployment(DEPLOYMENT, "aave_v3", address(0xE1), 0)])
        tokens = [Token(WETH.asset, "WETH", 18, "Wrapped Ether"), Token(USDC.asset, "USDC", 6, "USD Coin")]
        store.save_tokens(tokens)
        records, parent = [], "0x" + "00" * 32
        steps = [(None, prices[0]), *pairwise(prices)]
        for number, (old, new) in enumerate(steps, first):
            at = BLOCK.timestamp - (BLOCK.number - number) * HOUR
            own = BLOCK.hash if number == BLOCK.number else f"0x{number:064x}"
            ref = BlockRef(number, own, parent, at)
            changes = [] if old is not None else [one for one in changes_of(MARKET) if not _is_ether_price(one)]
            changes += [Change(Entity(DEPLOYMENT, WETH.asset), "price", old, new)]
            if feeds:
                changes += _round(ETHER_FEED, WETH.asset, old, new, at, None if old is None else at - HOUR)
                changes += _round(DOLLAR_FEED, USDC.asset, None, 10**8, at, None) if old is None else []
            records.append(BlockRecord(ref, True, changes))
            parent = own
        store.commit(records, records[-1].ref, HEADS, {DEPLOYMENT: BLOCK.number})
    return url


def _is_ether_price(change: Change) -> bool:
    return change.field == "price" and change.entity == Entity(DEPLOYMENT, WETH.asset)


def _round(feed: Address, market: str, old: int | None, new: int, at: int, before: int | None) -> list[Change]:
    where = Entity("chainlink", feed)
    changes = [Change(where, "answer", old, new), Change(where, "updated_at", before, at)]
    if before is None:
        changes += [Change(where, field, None, value) for field, value in (("round", 1), ("leg_1", 0), ("leg_2", 0))]
        changes += [Change(Entity(DEPLOYMENT, market), "source", None, int(feed, 16))]
    return changes

"""What the indexer asks of its node: HTTP requests and JSON-RPC calls per followed block and per backfilled block.

python scripts/bench/rpc_cost.py [--accounts N] [--blocks N] [--seed N] [--json]

Two crowds on the devnet: few accounts early in the story, and its end with `--accounts` borrowers more. The story in
between is followed too. Nothing here looks at a clock: every number is a count.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from scripts.bench.crowd import add_borrowers
from scripts.bench.metering import Measured, measure
from scripts.devnet import Devnet

EARLY_BLOCKS = 80  # all that was deployed is then final, so that following begins after it
SMALL_RANGE = 25


@dataclass(frozen=True)
class Report:
    """One flat object: `_few` and `_many` are the two crowds, `_story` lies between. Per block means a followed block.

    Blocks that add a market or a feed's aggregator, and polls that find no new block, are apart. Backfill is measured
    as it is (the whole story fits one range) and cut into small ranges, for the cost of one range full of life: a
    longer chain repeats that range, so 1,000 blocks cost 1,000 / `range_blocks` of it. A node that refuses such ranges,
    or whose logs carry no timestamps (then headers are asked for), costs more.
    """

    counts_agree: bool
    accounts_few: int
    accounts_many: int
    blocks_few: int
    blocks_many: int
    blocks_story: int
    http_per_block_max: int
    http_per_block_max_few: int
    http_per_block_max_many: int
    http_per_block_median: float
    http_per_block_median_few: float
    http_per_block_median_many: float
    rpc_per_block_max: int
    rpc_per_block_median: float
    rpc_per_block_median_few: float
    rpc_per_block_median_many: float
    blocks_that_add_markets: int
    http_per_market_block_max: int
    rpc_per_market_block_max: int
    blocks_that_add_feeds: int
    http_per_feed_block_max: int
    rpc_per_feed_block_max: int
    idle_polls: int
    http_per_idle_poll_max: int
    rpc_per_idle_poll_max: int
    http_per_restart: int
    range_blocks: int
    backfill_blocks: int
    backfill_http: int
    backfill_rpc: int
    ranges_measured: int
    http_per_range_max: int
    http_per_1000_backfilled: float
    rpc_per_1000_backfilled: float


def report(few: Measured, story: Measured, many: Measured, ranges: Measured) -> Report:
    """The flat object of the measurements."""
    ordinary_few, ordinary_many = few.ordinary, many.ordinary
    ordinary = [*ordinary_few, *story.ordinary, *ordinary_many]
    everything = [*few.blocks, *story.blocks, *many.blocks]
    market_blocks = [cost for cost in everything if cost.adds_markets]
    feed_blocks = [cost for cost in everything if cost.adds_feeds and not cost.adds_markets]
    idle = [*few.idle, *story.idle, *many.idle]
    later = ranges.ranges[1:]  # the first one carries the start: chain id, heads, the first contracts
    share = 1000 / few.range_blocks
    return Report(
        counts_agree=all(one.counts_agree for one in (few, story, many, ranges)),
        accounts_few=few.accounts,
        accounts_many=many.accounts,
        blocks_few=len(few.blocks),
        blocks_many=len(many.blocks),
        blocks_story=len(story.blocks),
        http_per_block_max=max(cost.http for cost in ordinary),
        http_per_block_max_few=max(cost.http for cost in ordinary_few),
        http_per_block_max_many=max(cost.http for cost in ordinary_many),
        http_per_block_median=median(cost.http for cost in ordinary),
        http_per_block_median_few=median(cost.http for cost in ordinary_few),
        http_per_block_median_many=median(cost.http for cost in ordinary_many),
        rpc_per_block_max=max(cost.rpc for cost in ordinary),
        rpc_per_block_median=median(cost.rpc for cost in ordinary),
        rpc_per_block_median_few=median(cost.rpc for cost in ordinary_few),
        rpc_per_block_median_many=median(cost.rpc for cost in ordinary_many),
        blocks_that_add_markets=len(market_blocks),
        http_per_market_block_max=max((cost.http for cost in market_blocks), default=0),
        rpc_per_market_block_max=max((cost.rpc for cost in market_blocks), default=0),
        blocks_that_add_feeds=len(feed_blocks),
        http_per_feed_block_max=max((cost.http for cost in feed_blocks), default=0),
        rpc_per_feed_block_max=max((cost.rpc for cost in feed_blocks), default=0),
        idle_polls=len(idle),
        http_per_idle_poll_max=max(cost.http for cost in idle),
        rpc_per_idle_poll_max=max(cost.rpc for cost in idle),
        http_per_restart=few.restart.http,
        range_blocks=few.range_blocks,
        backfill_blocks=many.backfilled,
        backfill_http=many.backfill.http,
        backfill_rpc=many.backfill.rpc,
        ranges_measured=len(later),
        http_per_range_max=max(cost.http for cost in later),
        http_per_1000_backfilled=share * sum(cost.http for cost in later) / len(later),
        rpc_per_1000_backfilled=share * sum(cost.rpc for cost in later) / len(later),
    )


def run(accounts: int, blocks: int, seed: int) -> Report:
    """Live, measure, live on to the story's end, add borrowers, measure again."""
    with Devnet.start(seed, protocols=()) as devnet:
        devnet.live(EARLY_BLOCKS)
        few = measure(devnet, 0)
        story = measure(devnet, devnet.story_blocks - EARLY_BLOCKS)
        add_borrowers(devnet, accounts)
        many = measure(devnet, blocks)
        ranges = measure(devnet, 0, range_blocks=SMALL_RANGE)
    return report(few, story, many, ranges)


def text(found: Report) -> str:
    """The figures for people."""
    agree = "agree with" if found.counts_agree else "ARE NOT"
    return f"""\
Followed block            accounts  blocks  HTTP max  HTTP median  JSON-RPC median
  early in the story      {found.accounts_few:8}  {found.blocks_few:6}  {found.http_per_block_max_few:8}  \
{found.http_per_block_median_few:11g}  {found.rpc_per_block_median_few:15g}
  with more borrowers     {found.accounts_many:8}  {found.blocks_many:6}  {found.http_per_block_max_many:8}  \
{found.http_per_block_median_many:11g}  {found.rpc_per_block_median_many:15g}
  the whole story         {"":8}  {found.blocks_story:6}  {found.http_per_block_max:8}  \
{found.http_per_block_median:11g}  {found.rpc_per_block_median:15g}
Apart from these          {found.blocks_that_add_markets} blocks that add a market: at most \
{found.http_per_market_block_max} HTTP requests, {found.rpc_per_market_block_max} JSON-RPC calls
                          {found.blocks_that_add_feeds} blocks that add a feed's aggregator: at most \
{found.http_per_feed_block_max} HTTP requests, {found.rpc_per_feed_block_max} JSON-RPC calls
                          {found.idle_polls} idle polls: {found.http_per_idle_poll_max} HTTP request, \
{found.rpc_per_idle_poll_max} JSON-RPC calls
                          a restart: {found.http_per_restart} HTTP requests
1,000 backfilled blocks   {found.http_per_1000_backfilled:.1f} HTTP requests, \
{found.rpc_per_1000_backfilled:.1f} JSON-RPC calls
                          in ranges of {found.range_blocks} blocks; measured on {found.ranges_measured} smaller ranges \
full of life, at most {found.http_per_range_max} requests each
A backfill as a whole     {found.backfill_blocks} blocks: {found.backfill_http} HTTP requests, \
{found.backfill_rpc} JSON-RPC calls
The client's counters {agree} those below httpx."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 when the counters of the client disagree with those below it."""
    parser = argparse.ArgumentParser(prog="rpc_cost.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=600, help="borrowers added for the second crowd")
    parser.add_argument("--blocks", type=int, default=30, help="blocks followed with the second crowd")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one flat object")
    options = parser.parse_args(arguments)
    found = run(options.accounts, options.blocks, options.seed)
    print(json.dumps(asdict(found)) if options.json else text(found))
    return 0 if found.counts_agree else 1


if __name__ == "__main__":
    sys.exit(main())

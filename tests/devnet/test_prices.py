"""Where every price comes from, answers that wait to become visible, and aggregators that are replaced."""

import pytest

from indexer.evm import address
from indexer.oracles.chainlink import Pending, Provenance, provenance
from indexer.protocols._registry import protocol_of
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.plan import FEED_DELAY_SECONDS
from tests.devnet.conftest import Figure
from tests.devnet.indexing import Indexer

pytestmark = pytest.mark.node

BITCOIN, LINK = "BTC / USD", "LINK / USD"
PHASE_SHIFT = 64


def of_feed(following: Indexer, devnet: Devnet, name: str) -> Provenance:
    return provenance(following.sync.book, address(devnet.manifest.feed(name).proxy))


def as_the_proxy_says(devnet: Devnet, proxy: str) -> Provenance:
    """A proxy without a pending answer, asked directly."""
    round_id, answer, _, updated_at, _ = devnet.call(
        proxy, "latestRoundData()", returns="uint80,int256,uint256,uint256,uint80"
    )
    return Provenance(
        source=address(proxy),
        aggregator=address(devnet.call(proxy, "aggregator()", returns="address")),
        phase=devnet.call(proxy, "phaseId()"),
        round=round_id,
        answer=answer,
        decimals=devnet.call(proxy, "decimals()"),
        updated_at=updated_at,
        legs=(),
        pending=None,
    )


def oracle_price(devnet: Devnet, name: str, symbol: str, at: int | None = None) -> int:
    """What the deployment's oracle answers, in the tip's block or as if it had another timestamp."""
    oracle = devnet.manifest.deployment(name).oracle
    argument = devnet.manifest.token(symbol).address[2:].lower().zfill(64)
    override = [] if at is None else [{}, {"time": hex(at)}]
    answer = devnet.rpc("eth_call", [{"to": oracle, "data": "0xb3596f07" + argument}, "latest", *override])
    return int(answer, 16)


def bitcoin_price(following: Indexer, devnet: Devnet, name: str, prices: str) -> int | None:
    return following.view(name, prices).price_of(devnet.manifest.token("WBTC").address.lower())


def test_every_reserve_says_where_its_price_comes_from(
    devnet: Devnet, at_tip: Indexer, record_property: Figure
) -> None:
    proxies = {feed.proxy.lower(): feed for feed in devnet.manifest.feeds}
    adapters = 0
    for deployment in devnet.manifest.deployments:
        sources = protocol_of(at_tip.deployment(deployment.name)).sources(
            at_tip.deployment(deployment.name), at_tip.sync.book
        )
        listed = devnet.call(deployment.pool, "getReservesList()", returns="address[]")
        assert {asset.lower() for asset in listed} == set(sources)
        for asset, source in sources.items():
            assert source == devnet.call(deployment.oracle, "getSourceOfAsset(address)", [asset], "address").lower()
            found = provenance(at_tip.sync.book, source)
            if source in proxies:
                said = as_the_proxy_says(devnet, source)
            else:
                adapters += 1
                (leg,) = found.legs
                assert (found.aggregator, found.phase, found.round) == (None, None, None)
                found, said = provenance(at_tip.sync.book, leg), as_the_proxy_says(devnet, leg)
            if not proxies[found.source].delayed:
                assert found == said
        record_property(deployment.name, f"{len(sources)} sources")
    assert adapters > 0


def test_answer_is_pending_until_it_is_visible_to_the_second(playground: Devnet, at_tip: Indexer) -> None:
    names = [deployment.name for deployment in playground.manifest.deployments]
    playground.mine(2 * FEED_DELAY_SECONDS)
    at_tip.once()
    assert of_feed(at_tip, playground, BITCOIN).pending is None
    answer = playground.world.feeds.move(BITCOIN, -333)
    playground.mine()
    published = at_tip.once().timestamp
    visible_from = published + FEED_DELAY_SECONDS + 1
    assert of_feed(at_tip, playground, BITCOIN).pending == Pending(answer, visible_from)

    aggregator = playground.world.feeds.aggregator(BITCOIN)
    assert playground.call(aggregator, "pendingAnswer()", returns="int256,uint256") == (answer, visible_from)
    for now, next_is_new in ((visible_from - 13, False), (visible_from - 12, True)):
        playground.mine(timestamp=now)
        assert at_tip.once().timestamp == now
        for name in names:
            before = oracle_price(playground, name, "WBTC")
            coming = oracle_price(playground, name, "WBTC", now + BLOCK_SECONDS)
            assert bitcoin_price(at_tip, playground, name, "price") == before != answer
            assert bitcoin_price(at_tip, playground, name, "next_price") == coming
            assert (coming == answer) == next_is_new
    playground.mine(timestamp=visible_from)
    at_tip.once()
    for name in names:
        assert bitcoin_price(at_tip, playground, name, "price") == answer == oracle_price(playground, name, "WBTC")
    assert of_feed(at_tip, playground, BITCOIN) == as_the_proxy_says(
        playground, playground.manifest.feed(BITCOIN).proxy
    )


def test_longer_cutoff_is_followed(playground: Devnet, at_tip: Indexer) -> None:
    feeds = playground.world.feeds
    playground.send(playground.manifest.admin, feeds.aggregator(BITCOIN), "setDelay(uint256)", [300])
    playground.mine()
    answer = feeds.move(BITCOIN, 150)
    playground.mine()
    published = at_tip.once().timestamp
    assert of_feed(at_tip, playground, BITCOIN).pending == Pending(answer, published + 301)


def test_phase_change_is_followed_although_the_proxy_logs_nothing(playground: Devnet, at_tip: Indexer) -> None:
    feeds, proxy = playground.world.feeds, playground.manifest.feed(LINK).proxy
    before, old = of_feed(at_tip, playground, LINK), feeds.aggregator(LINK)
    new = feeds.prepare_phase(LINK)
    playground.mine()
    at_tip.once()
    assert of_feed(at_tip, playground, LINK) == before

    feeds.confirm_phase(LINK)
    playground.mine()
    at_tip.once()
    changed = of_feed(at_tip, playground, LINK)
    assert before.phase is not None
    assert (changed.phase, changed.aggregator) == (before.phase + 1, address(new))
    assert changed.round == (before.phase + 1) << PHASE_SHIFT | 1
    assert changed == as_the_proxy_says(playground, proxy)

    answer = feeds.move(LINK, -77)
    feeds._submit(old, LINK, playground.call(old, "latestRound()") + 1, 2 * answer)
    playground.mine()
    at_tip.once()
    assert of_feed(at_tip, playground, LINK).answer == answer
    assert of_feed(at_tip, playground, LINK) == as_the_proxy_says(playground, proxy)

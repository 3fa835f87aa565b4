"""The built-in feeds are whole and found."""

from indexer.evm import address
from indexer.oracles.feeds import built_in_feeds


def test_feeds_of_ethereum() -> None:
    feeds = {feed.proxy: feed for feed in built_in_feeds(1)}
    assert len(feeds) == len(built_in_feeds(1)) == 204
    assert feeds[address("0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419")].heartbeat_s == 3600
    assert feeds[address("0x5424384B256154046E9667dDFaaa5e550145215e")].name == "ETH / USD (Aave SVR)"
    assert all(feed.heartbeat_s > 0 for feed in feeds.values())


def test_no_feeds_of_a_devnet() -> None:
    assert built_in_feeds(31337) == ()

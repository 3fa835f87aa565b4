"""Who owns which emitter, and batch two of a block against an answering dict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from indexer.abi import load_interface
from indexer.book import Book, Draft, Entity
from indexer.errors import ConfigurationError
from indexer.evm import Address, Answer, BlockRef, Call, Log, address
from indexer.node import OverridesUnsupported, Read
from indexer.parts import CHAIN, Parts, StateReader, with_timestamps
from indexer.protocols._interface import Deployment
from indexer.wrappers import Wrapper, WrapperKind, Wrapping, wrappers

PROVIDER = load_interface("aave_v3", "PoolAddressesProvider")
ORACLE_ABI = load_interface("aave_v3", "AaveOracle")
WRAPPERS = load_interface("wrappers", "Wrappers")
POOL_ID = "0x" + b"POOL".hex().ljust(64, "0")
MAIN, LIDO = address("0x" + "11" * 20), address("0x" + "22" * 20)
POOL, ORACLE, WETH = address("0x" + "33" * 20), address("0x" + "44" * 20), address("0x" + "55" * 20)
SOURCE, STRANGER = address("0x" + "66" * 20), address("0x" + "99" * 20)
REF = BlockRef(5, "0x05", "0x04", 1_700_000_000)
NAME = "main"


def parts(known: Mapping[Address, Wrapping] | None = None) -> Parts:
    found = Parts([Deployment(NAME, "aave_v3", MAIN), Deployment("lido", "aave_v3", LIDO)], known)
    found.refresh(Book())
    return found


def log(emitter: Address, topics: tuple[str, ...], data: str = "0x", number: int = 5) -> Log:
    return Log(emitter, topics, data, number, "0x05", "0x02", 0)


def word(value: str) -> str:
    return "0x" + value[2:].rjust(64, "0")


def pool_created(emitter: Address) -> Log:
    return log(emitter, (PROVIDER.topic("ProxyCreated"), POOL_ID, word(POOL), word(POOL)))


def test_an_unknown_protocol_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown protocol 'aav': known are .*aave_v3"):
        Parts([Deployment("x", "aav", MAIN)])


def test_at_the_start_only_the_entries_are_followed() -> None:
    assert parts().log_filter.addresses == (MAIN, LIDO)


def test_a_log_of_an_entry_introduces_an_emitter_once() -> None:
    followed = parts()
    before = followed.log_filter
    assert followed.adopt([pool_created(MAIN)]) == {POOL}
    assert followed.log_filter.addresses == (MAIN, LIDO, POOL)
    assert followed.log_filter.topics == before.topics
    assert followed.adopt([pool_created(MAIN)]) == set()


def test_the_filter_is_the_same_object_until_it_changes() -> None:
    followed = parts()
    before = followed.log_filter
    followed.adopt([log(MAIN, (PROVIDER.topic("PoolUpdated"), word(POOL), word(POOL)))])
    assert followed.log_filter is before


def test_strangers_introduce_nobody() -> None:
    assert parts().adopt([pool_created(STRANGER)]) == set()


def test_each_deployment_gets_its_own_logs() -> None:
    followed, draft = parts(), Draft(Book())
    followed.apply_logs([pool_created(LIDO)], draft, {})
    assert draft.get(Entity("lido"), "pool") == int(POOL, 16)
    assert draft.get(Entity(NAME), "pool") is None


def test_timestamps_are_added_where_the_node_left_them_out() -> None:
    bare, timed = log(MAIN, ("0x00",)), log(MAIN, ("0x00",), number=6)
    filled = with_timestamps([bare], {5: 77})
    assert [found.block_timestamp for found in filled] == [77]
    assert with_timestamps(filled, {}) == filled
    with pytest.raises(KeyError):
        with_timestamps([timed], {5: 77})


class Chain:
    """A node of one block: what is not in `facts` fails."""

    def __init__(self, *, overrides: bool = True) -> None:
        self.asked: list[list[Read]] = []
        self.overrides = overrides
        self.facts: dict[Call, Answer] = {}
        self.later: dict[Call, Answer] = {}

    def fetch(self, block_hash: str, reads: Sequence[Read]) -> list[list[Answer]]:
        assert block_hash == REF.hash
        self.asked.append(list(reads))
        if len(reads) > 1 and not self.overrides:
            raise OverridesUnsupported("eth_call", 0, "no")
        tables = [self.facts if read.at_timestamp is None else self.later for read in reads]
        return [[table.get(call) for call in read.calls] for table, read in zip(tables, reads, strict=True)]


def market_with_oracle() -> Book:
    book = Book()
    book.set(Entity(NAME), "oracle", int(ORACLE, 16))
    book.set(Entity(NAME, WETH), "id", 0)
    return book


PRICE = ORACLE_ABI.call("getAssetPrice", ORACLE, WETH)
SOURCE_OF = ORACLE_ABI.call("getSourceOfAsset", ORACLE, WETH)


def test_reads_go_on_until_nothing_new_is_wanted() -> None:
    chain, draft = Chain(), Draft(market_with_oracle())
    chain.facts = {PRICE: (2_000).to_bytes(32), SOURCE_OF: int(SOURCE, 16).to_bytes(32)}
    chain.later = {PRICE: (2_001).to_bytes(32)}
    StateReader(chain.fetch, parts(), 12).read(REF, draft)
    assert (draft.get(Entity(NAME, WETH), "price"), draft.get(Entity(NAME, WETH), "next_price")) == (2_000, 2_001)
    assert draft.get(CHAIN, "block_time_s") == 12
    first, *more = chain.asked
    assert first[1] == Read((PRICE,), REF.timestamp + 12)
    assert {call.to for reads in more for read in reads for call in read.calls} == {SOURCE}


def test_tokens_are_asked_what_they_stand_for_in_the_same_requests() -> None:
    chain, draft = Chain(), Draft(market_with_oracle())
    chain.facts = {PRICE: (2_000).to_bytes(32), SOURCE_OF: int(SOURCE, 16).to_bytes(32)}
    chain.facts[WRAPPERS.call("convertToAssets", WETH, 10**18)] = (11 * 10**17).to_bytes(32)
    chain.facts[WRAPPERS.call("convertToAssets", WETH, 10**36)] = (11 * 10**35).to_bytes(32)
    chain.facts[replace(WRAPPERS.call("asset", WETH), gas=200_000)] = int(STRANGER, 16).to_bytes(32)
    followed = parts({STRANGER: Wrapping(WrapperKind.SAME, MAIN)})
    StateReader(chain.fetch, followed, 12).read(REF, draft)
    assert wrappers(draft) == {
        WETH: Wrapper(WETH, STRANGER, WrapperKind.ERC4626, 11 * 10**35, 10**36),
        STRANGER: Wrapper(STRANGER, MAIN, WrapperKind.SAME, 1, 1),
    }
    asked = [{call.to for read in reads for call in read.calls} for reads in chain.asked]
    assert asked == [{ORACLE, WETH}, {SOURCE, WETH, MAIN}]


def test_a_price_that_fails_is_absent_never_zero() -> None:
    chain, book = Chain(), market_with_oracle()
    book.set(Entity(NAME, WETH), "price", 2_000)
    draft = Draft(book)
    StateReader(chain.fetch, parts(), 12).read(REF, draft)
    assert draft.get(Entity(NAME, WETH), "price") is None


def test_a_node_that_cannot_look_ahead_leaves_the_next_block_unknown() -> None:
    chain, draft = Chain(overrides=False), Draft(market_with_oracle())
    chain.facts = {PRICE: (2_000).to_bytes(32)}
    reader = StateReader(chain.fetch, parts(), 12)
    reader.read(REF, draft)
    assert draft.get(Entity(NAME, WETH), "price") == 2_000
    assert draft.get(Entity(NAME, WETH), "next_price") is None
    assert draft.get(CHAIN, "block_time_s") is None
    chain.asked.clear()
    reader.read(REF, Draft(market_with_oracle()))
    assert {len(reads) for reads in chain.asked} == {1}


def test_nobody_is_followed_because_a_stranger_s_oracle_names_him() -> None:
    morpho, market = Entity("morpho", "0x" + "ab" * 32), "0x" + "ab" * 32
    book = Book()
    for field, value in {"lltv": 1, "oracle": int(SOURCE, 16), "total_borrow_shares": 1}.items():
        book.set(morpho, field, value)
    book.set(Entity("morpho", market, f"{STRANGER}/{market}"), "borrow_shares", 1)
    book.set(Entity("chainlink", SOURCE), "aggregator", int(STRANGER, 16))
    followed = Parts([Deployment("morpho", "morpho_blue", MAIN)])
    followed.refresh(book)
    assert followed.log_filter.addresses == (MAIN,)
    assert followed.adopt_aggregators(Draft(book)) == set()
    book.set(Entity(NAME, WETH), "id", 0)
    book.set(Entity(NAME, WETH), "source", int(SOURCE, 16))
    both = Parts([Deployment("morpho", "morpho_blue", MAIN), Deployment(NAME, "aave_v3", LIDO)])
    both.refresh(book)
    assert STRANGER in both.log_filter.addresses

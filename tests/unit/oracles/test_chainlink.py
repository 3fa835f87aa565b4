"""Provenance of prices from made-up logs and answers: rounds, phases, adapters' legs, answers not yet visible."""

from itertools import pairwise

import pytest

from indexer.abi import load_interface
from indexer.book import Book, Draft
from indexer.evm import ZERO_ADDRESS, Address, Answer, Call, Log, address
from indexer.oracles import chainlink
from indexer.oracles.chainlink import Pending, Provenance, entity, provenance

PROXY = load_interface("chainlink", "EACAggregatorProxy")
AGGREGATOR = load_interface("chainlink", "Aggregator")
ADAPTERS = load_interface("chainlink", "PriceAdapters")
ETH_USD, CAPPED, BASE_FEED = address("0x" + "e1" * 20), address("0x" + "ca" * 20), address("0x" + "ba" * 20)
FIRST, SECOND = address("0x" + "a1" * 20), address("0x" + "a2" * 20)
AT = 1_700_000_000


def word(value: int) -> str:
    return f"{value % 2**256:064x}"


def words(*values: int) -> bytes:
    return bytes.fromhex("".join(map(word, values)))


def answer_updated(emitter: Address, round_id: int, current: int, updated_at: int) -> Log:
    topics = (AGGREGATOR.topic("AnswerUpdated"), "0x" + word(current), "0x" + word(round_id))
    return Log(emitter, topics, "0x" + word(updated_at), 5, "0x01", "0x02", 0)


def cutoff_set(emitter: Address, seconds: int) -> Log:
    return Log(emitter, (AGGREGATOR.topic("CutoffTimeSet"),), "0x" + word(seconds), 5, "0x01", "0x02", 1)


def shown(
    source: Address, *, aggregator: Address | None, phase: int = 1, round_id: int = 7, answer: int = 2_000
) -> dict[Call, Answer]:
    """What a proxy (or, without aggregator, an adapter that only has a round) answers."""
    facts: dict[Call, Answer] = dict.fromkeys((ADAPTERS.call(getter, source) for getter in ADAPTERS.functions), None)
    facts[PROXY.call("latestRoundData", source)] = words((phase << 64) + round_id, answer, AT, AT, round_id)
    facts[PROXY.call("aggregator", source)] = None if aggregator is None else words(int(aggregator, 16))
    facts[PROXY.call("phaseId", source)] = None if aggregator is None else words(phase)
    facts[PROXY.call("decimals", source)] = words(8)
    return facts


def read(facts: dict[Call, Answer], draft: Draft | None = None, source: Address = ETH_USD) -> Draft:
    draft = draft or Draft(Book())
    assert set(chainlink.plan_reads([source], draft)) <= facts.keys()
    chainlink.apply_reads([source], draft, facts)
    return draft


def test_a_proxy_at_rest() -> None:
    draft = read(shown(ETH_USD, aggregator=FIRST))
    expected = Provenance(ETH_USD, FIRST, 1, (1 << 64) + 7, 2_000, 8, AT, (), None)
    assert provenance(draft, ETH_USD) == expected
    assert chainlink.aggregators(draft) == {FIRST}


def test_an_answer_may_be_negative() -> None:
    assert provenance(read(shown(ETH_USD, aggregator=FIRST, answer=-5)), ETH_USD).answer == -5


def test_decimals_and_legs_are_asked_once() -> None:
    draft = read(shown(ETH_USD, aggregator=FIRST))
    again = chainlink.plan_reads([ETH_USD], draft)
    assert again == [PROXY.call(name, ETH_USD) for name in ("latestRoundData", "aggregator", "phaseId")]


def test_a_source_that_stops_answering_keeps_no_round() -> None:
    draft = read(shown(ETH_USD, aggregator=FIRST))
    broken: dict[Call, Answer] = dict.fromkeys(chainlink.plan_reads([ETH_USD], draft))
    found = provenance(read(broken, draft), ETH_USD)
    assert (found.aggregator, found.phase, found.round, found.answer, found.updated_at) == (None,) * 5
    assert found.decimals == 8


def test_a_source_that_was_not_asked_keeps_everything() -> None:
    draft = read(shown(ETH_USD, aggregator=FIRST))
    chainlink.apply_reads([ETH_USD], draft, {})
    assert provenance(draft, ETH_USD).answer == 2_000


def test_the_zero_address_is_no_source() -> None:
    assert chainlink.plan_reads([ZERO_ADDRESS], Draft(Book())) == []


class TestPending:
    """An answer in the aggregator's log that the proxy does not show yet."""

    def draft(self, *logs: Log) -> Draft:
        draft = read(shown(ETH_USD, aggregator=FIRST))
        chainlink.apply_logs(logs, draft)
        return draft

    def test_the_round_on_show_is_not_pending(self) -> None:
        assert provenance(self.draft(answer_updated(FIRST, 7, 2_000, AT)), ETH_USD).pending is None

    def test_a_newer_round_is_and_nobody_knows_until_when(self) -> None:
        found = provenance(self.draft(answer_updated(FIRST, 8, 1_900, AT + 3)), ETH_USD)
        assert found.pending == Pending(1_900, None)
        assert found.answer == 2_000

    def test_a_cutoff_tells_from_when_it_is_visible(self) -> None:
        found = provenance(self.draft(cutoff_set(FIRST, 60), answer_updated(FIRST, 8, 1_900, AT + 3)), ETH_USD)
        assert found.pending == Pending(1_900, AT + 3 + 60 + 1)

    def test_it_ends_when_the_proxy_shows_the_round(self) -> None:
        draft = self.draft(answer_updated(FIRST, 8, 1_900, AT + 3))
        read(shown(ETH_USD, aggregator=FIRST, round_id=8, answer=1_900), draft)
        assert provenance(draft, ETH_USD).pending is None

    def test_logs_of_strangers_are_not_the_feeds(self) -> None:
        assert provenance(self.draft(answer_updated(SECOND, 8, 1_900, AT)), ETH_USD).pending is None

    def test_a_source_that_cannot_be_read_has_nothing_pending(self) -> None:
        draft = self.draft(answer_updated(FIRST, 8, 1_900, AT))
        read(dict.fromkeys(chainlink.plan_reads([ETH_USD], draft)), draft)
        assert provenance(draft, ETH_USD).pending is None


def test_a_new_phase_counts_rounds_from_one_again() -> None:
    """No log of the proxy tells it; rounds of the old phase say nothing about the new one."""
    draft = read(shown(ETH_USD, aggregator=FIRST))
    chainlink.apply_logs([cutoff_set(FIRST, 60), answer_updated(FIRST, 90, 1_900, AT)], draft)
    read(shown(ETH_USD, aggregator=SECOND, phase=2, round_id=3, answer=2_100), draft)
    expected = Provenance(ETH_USD, SECOND, 2, (2 << 64) + 3, 2_100, 8, AT, (), None)
    assert provenance(draft, ETH_USD) == expected
    assert draft.get(entity(ETH_USD), "cutoff") is None
    assert chainlink.aggregators(draft) == {SECOND}


@pytest.mark.parametrize("getter", sorted(ADAPTERS.functions))
def test_an_adapter_names_the_feeds_behind_it(getter: str) -> None:
    facts = shown(CAPPED, aggregator=None)
    facts[ADAPTERS.call(getter, CAPPED)] = words(int(BASE_FEED, 16))
    draft = read(facts, source=CAPPED)
    assert provenance(draft, CAPPED).legs == (BASE_FEED,)
    assert {call.to for call in chainlink.plan_reads([CAPPED], draft)} == {CAPPED, BASE_FEED}
    read(facts | shown(BASE_FEED, aggregator=FIRST), draft, source=CAPPED)
    assert provenance(draft, BASE_FEED).aggregator == FIRST


def test_two_proxies_of_one_aggregator_both_hear_of_it() -> None:
    draft = read(shown(ETH_USD, aggregator=FIRST))
    read(shown(BASE_FEED, aggregator=FIRST), draft, source=BASE_FEED)
    chainlink.apply_logs([answer_updated(FIRST, 8, 1_900, AT)], draft)
    pendings = [provenance(draft, source).pending for source in (ETH_USD, BASE_FEED)]
    assert pendings == [Pending(1_900, None)] * 2


def test_only_aggregators_behind_chosen_sources() -> None:
    draft = read(shown(ETH_USD, aggregator=FIRST))
    draft = read(shown(BASE_FEED, aggregator=SECOND), draft, BASE_FEED)
    assert chainlink.aggregators(draft) == {FIRST, SECOND}
    assert chainlink.aggregators(draft, [BASE_FEED]) == {SECOND}
    assert chainlink.aggregators(draft, []) == set()


def test_four_feeds_of_one_adapter() -> None:
    facts = shown(CAPPED, aggregator=None)
    feeds = [address(number) for number in (1, 2, 3, 4)]
    names = ("BASE_FEED_1", "BASE_FEED_2", "QUOTE_FEED_1", "QUOTE_FEED_2")
    facts |= {ADAPTERS.call(name, CAPPED): words(int(feed, 16)) for name, feed in zip(names, feeds, strict=True)}
    assert list(provenance(read(facts, source=CAPPED), CAPPED).legs) == feeds


def test_a_chain_of_adapters_is_followed_three_deep() -> None:
    draft, adapters = Draft(Book()), [address(0xAD00 + level) for level in range(6)]
    for adapter, leg in pairwise(adapters):
        draft.set(entity(adapter), "leg_1", int(leg, 16))
        draft.set(entity(adapter), "decimals", 8)
    asked = {call.to for call in chainlink.plan_reads(adapters[:1], draft)}
    assert asked == set(adapters[:4])

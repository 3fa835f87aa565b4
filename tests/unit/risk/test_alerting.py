"""What is said, and what is not: tables for each rule of it, and random histories against a plain model."""

from dataclasses import replace

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from indexer.risk.alerting import Block, Condition, Event, Judge, Open, Patience, Verdict

PATIENCE = Patience(cooldown_s=60, growth=2.0)
AT_RISK, LIQUIDATABLE, BAD_DEBT = 1, 2, 3


class Told:
    """One rule over time: what was said, and what is open."""

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self.patience = patience
        self.open: dict[str, Open] = {}
        self.gone: set[Block] = set()

    def tick(self, at: int, *found: Condition, held: tuple[str, ...] = (), block: int | None = None) -> Verdict:
        here = Block(at if block is None else block, f"0x{at:x}")
        judge = Judge("r", self.patience, at, here, lambda one: one in self.gone, lambda _: {"state": "healthy"})
        verdict = judge.verdict(found, self.open.values(), held)
        self.open |= {alert.subject: alert for alert in verdict.kept}
        for subject in verdict.over:
            del self.open[subject]
        return verdict

    def says(self, at: int, *found: Condition, held: tuple[str, ...] = ()) -> list[tuple[Event, str]]:
        return [(one.event, one.subject) for one in self.tick(at, *found, held=held).news]


def account(severity: int, size: float | None = 100.0, name: str = "a") -> Condition:
    return Condition(name, severity, size)


def test_what_stays_says_nothing_more() -> None:
    told = Told()
    assert told.says(0, account(LIQUIDATABLE)) == [(Event.FIRED, "a")]
    assert [told.says(at, account(LIQUIDATABLE)) for at in (1, 100, 10_000)] == [[], [], []]


def test_a_worse_state_and_a_doubled_size_are_news() -> None:
    told = Told()
    told.says(0, account(AT_RISK))
    assert told.says(1, account(LIQUIDATABLE)) == [(Event.ESCALATED, "a")]
    assert told.says(2, account(LIQUIDATABLE, 199.0)) == []
    assert told.says(3, account(LIQUIDATABLE, 200.0)) == [(Event.ESCALATED, "a")]
    assert told.says(4, account(LIQUIDATABLE, 399.0)) == []


def test_what_had_no_size_and_gets_one_is_news() -> None:
    told = Told()
    told.says(0, account(LIQUIDATABLE, 0.0))
    assert told.says(1, account(LIQUIDATABLE, 0.0)) == []
    assert told.says(2, account(LIQUIDATABLE, 1_000_000.0)) == [(Event.ESCALATED, "a")]


def test_a_clock_that_is_set_back_keeps_no_alert_open() -> None:
    told = Told()
    told.says(1_000_000, account(LIQUIDATABLE))
    told.says(1_000_010)  # calm, by a clock that is days ahead
    assert told.says(100) == []
    assert told.says(100 + PATIENCE.cooldown_s) == [(Event.RESOLVED, "a")]


def test_an_account_that_flaps_around_the_cut_says_one_thing() -> None:
    told = Told()
    said = [told.says(at, *([account(LIQUIDATABLE)] if at % 20 == 0 else [])) for at in range(0, 1_000, 10)]
    assert [one for each in said for one in each] == [(Event.FIRED, "a")]


def test_a_calm_that_lasts_is_the_end_of_it() -> None:
    told = Told()
    told.says(0, account(LIQUIDATABLE))
    assert told.says(10) == told.says(69) == []
    verdict = told.tick(70)
    assert [(one.event, one.facts["state"], one.orphaned) for one in verdict.news] == [
        (Event.RESOLVED, "healthy", False)
    ]
    assert told.says(71, account(LIQUIDATABLE)) == [(Event.FIRED, "a")]


def test_a_worse_state_is_news_again_after_a_long_calm_only() -> None:
    told = Told()
    told.says(0, account(LIQUIDATABLE))
    told.says(10, account(AT_RISK))
    assert told.says(20, account(LIQUIDATABLE)) == []
    told.says(30, account(AT_RISK)), told.says(90, account(AT_RISK))
    assert told.says(100, account(LIQUIDATABLE)) == [(Event.ESCALATED, "a")]


def test_what_is_unknown_is_not_over() -> None:
    told = Told()
    told.says(0, account(LIQUIDATABLE))
    assert told.says(1, held=("a",)) == told.says(10_000, held=("a",)) == []
    assert told.says(10_001) == []
    assert told.says(10_061) == [(Event.RESOLVED, "a")]


def test_a_block_taken_back_is_said_at_once() -> None:
    told = Told()
    told.says(0, account(LIQUIDATABLE))
    told.gone.add(Block(0, "0x0"))
    (news,) = told.tick(1).news
    assert (news.event, news.orphaned) == (Event.RESOLVED, True)


def test_a_reorg_that_changes_nothing_says_nothing() -> None:
    told = Told()
    told.says(0, account(LIQUIDATABLE))
    told.gone.add(Block(0, "0x0"))
    assert told.says(1, account(LIQUIDATABLE)) == []
    assert told.open["a"].said == Block(1, "0x1")


def test_an_escalation_taken_back_is_eased() -> None:
    told = Told()
    told.says(0, account(AT_RISK))
    told.says(1, account(BAD_DEBT))
    told.gone.add(Block(1, "0x1"))
    (news,) = told.tick(2, account(AT_RISK)).news
    assert (news.event, news.orphaned, news.severity) == (Event.EASED, True, AT_RISK)
    assert told.says(3, account(LIQUIDATABLE)) == [(Event.ESCALATED, "a")]


def test_a_crash_is_one_list_with_the_largest_first() -> None:
    crash = [account(LIQUIDATABLE, float(size), f"a{size:04}") for size in range(5_000)]
    verdict = Told().tick(0, *crash)
    news = verdict.of(Event.FIRED)
    assert len(news) == len(verdict.news) == 5_000
    assert [one.subject for one in news[:2]] == ["a4999", "a4998"]


NAMES = ("a", "b", "c")


class Histories(RuleBasedStateMachine):
    """Random histories of three subjects against a model that knows messages only."""

    @initialize()
    def start(self) -> None:
        self.told = Told()
        self.at = 0
        self.said: dict[str, Condition] = {}
        self.calm_since: dict[str, int] = {}
        self.blocks: list[Block] = []
        self.present: dict[str, Condition] = {}

    @rule(
        later=strategies.integers(1, 50),
        states=strategies.fixed_dictionaries(dict.fromkeys(NAMES, strategies.integers(0, 3))),
        size=strategies.sampled_from((None, 0.0, 1.0, 2.0, 5.0)),
        held=strategies.frozensets(strategies.sampled_from(NAMES)),
    )
    def block(self, later: int, states: dict[str, int], size: float | None, held: frozenset[str]) -> None:
        self.at += later
        self.present = {name: account(state, size, name) for name, state in states.items() if state}
        calm = {name for name in NAMES if self._is_calm(name, held)}
        verdict = self.told.tick(self.at, *self.present.values(), held=tuple(held))
        self.calm_since = {name: self.calm_since.get(name, self.at) for name in calm}
        self._listen(verdict)
        assert self.told.tick(self.at, *self.present.values(), held=tuple(held)).news == ()
        self.blocks.append(Block(self.at, f"0x{self.at:x}"))

    @rule(depth=strategies.integers(1, 4))
    def reorg(self, depth: int) -> None:
        self.told.gone.update(self.blocks[-depth:])

    def _is_calm(self, name: str, held: frozenset[str]) -> bool:
        """Whether there is less than was said of it: nothing at all, a milder state, or half the size."""
        found, said = self.present.get(name), self.told.open.get(name)
        if found is None:
            return name not in held
        if said is None:
            return False
        halved = found.size is not None and said.size is not None and found.size < said.size >= 2 * found.size
        return found.severity < said.severity or halved

    def _listen(self, verdict: Verdict) -> None:
        subjects = [one.subject for event in Event for one in verdict.of(event)]
        assert sorted(subjects) == sorted(one.subject for one in verdict.news)
        assert len(set(subjects)) == len(subjects)
        for one in verdict.news:
            known = self.said.get(one.subject)
            if one.event is Event.FIRED:
                assert known is None
            elif one.event is Event.RESOLVED:
                assert known is not None
                assert one.subject not in self.present
                assert one.orphaned or self.at - self.calm_since[one.subject] >= PATIENCE.cooldown_s
                del self.said[one.subject]
                continue
            elif one.event is Event.EASED:
                assert known is not None
                assert one.orphaned
            else:
                assert known is not None
            self.said[one.subject] = replace(self.present[one.subject])

    @invariant()
    def what_is_there_was_said_and_is_open(self) -> None:
        if self.at:
            assert self.present.keys() <= self.said.keys()
            assert self.told.open.keys() == self.said.keys()


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)

"""The PriceOracleSentinel (3.6 and before): its parts, so that its answer is known at any timestamp."""

from indexer.abi import signed, word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Facts
from indexer.protocols.aave_v3.interfaces import SENTINEL, SEQUENCER
from indexer.protocols.aave_v3.state import Sentinel

FIELDS = ("sequencer", "sequencer_answer", "sentinel_since", "sentinel_grace")


def plan_reads(own: Entity, draft: Draft) -> list[Call]:
    """The sentinel's own answer, its grace period and its sequencer feed, then the feed's round."""
    where = draft.number(own, "sentinel")
    if not where:
        return []
    calls = [SENTINEL.call(name, address(where)) for name in SENTINEL.functions]
    sequencer = draft.number(own, "sequencer")
    return [*calls, SEQUENCER.call("latestRoundData", address(sequencer))] if sequencer else calls


def apply_reads(own: Entity, draft: Draft, at: int, now: Facts) -> None:
    """Keep the parts; unknown (None) where they do not reproduce what the sentinel itself answered at `at`."""
    where = draft.number(own, "sentinel")
    if not where:
        for field in FIELDS:
            draft.set(own, field, None)
        return
    call = SENTINEL.call("getSequencerOracle", address(where))
    if call not in now:
        return
    draft.set(own, "sequencer", word_of(now[call]))
    grace = word_of(now[SENTINEL.call("getGracePeriod", address(where))])
    allowed = word_of(now[SENTINEL.call("isLiquidationAllowed", address(where))])
    words = words_of(now.get(SEQUENCER.call("latestRoundData", address(draft.number(own, "sequencer")))), 5)
    answer = signed(words[1]) if words else None
    draft.set(own, "sentinel_grace", grace)
    draft.set(own, "sequencer_answer", answer)
    draft.set(own, "sentinel_since", _since(answer, words, grace, allowed, at))


def _since(
    answer: int | None, words: tuple[int, ...] | None, grace: int | None, allowed: int | None, at: int
) -> int | None:
    """The time of the last status change as this sentinel reads it.

    `PriceOracleSentinel._isUpAndGracePeriodPassed` reads startedAt in origin 3.6, updatedAt in core 3.0.2; which
    one is deployed is told by the one that reproduces its answer.
    """
    if words is None or allowed is None:
        return None
    started_at, updated_at = words[2], words[3]
    for since in (started_at, updated_at):
        if Sentinel(answer, since, grace).liquidation_allowed(at) == bool(allowed):
            return since
    return None

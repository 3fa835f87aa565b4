"""The PriceOracleSentinel (3.6 and before): its parts, so that its answer is known at any timestamp."""

from indexer.abi import signed, word_of, words_of
from indexer.book import Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Facts
from indexer.protocols.aave_v3.interfaces import SENTINEL, SEQUENCER
from indexer.protocols.aave_v3.state import Sentinel

_STARTED_AT_SINCE = 4  # POOL_REVISION of 3.1
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
    """Keep the parts; unknown (None) where they do not reproduce what the sentinel itself answered at `at`.

    `_isUpAndGracePeriodPassed` counts from updatedAt in core 3.0.2, from startedAt in origin 3.6; a sentinel of the
    other kind is told by its own answer.
    """
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
    draft.set(own, "sentinel_grace", grace)
    if words is None:
        draft.set(own, "sequencer_answer", None)
        draft.set(own, "sentinel_since", None)
        return
    answer = signed(words[1])
    draft.set(own, "sequencer_answer", answer)
    times = (words[3], words[2]) if draft.number(own, "pool_revision") < _STARTED_AT_SINCE else (words[2], words[3])
    fits = (t for t in times if allowed is not None and Sentinel(answer, t, grace).liquidation_allowed(at) == allowed)
    draft.set(own, "sentinel_since", next(fits, None))

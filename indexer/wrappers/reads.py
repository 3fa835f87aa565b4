"""What tokens are asked at a block: what each is once, its rate every time.

Anybody may list a token of his own, so no answer is trusted with more than its own token's amounts, and asking is
bounded: getters have 200,000 gas, conversions what every read has, answers are one word. A token is followed to its
underlying, and so on, `DEEPEST` times; one that was met already is not followed again, so that a cycle ends.
"""

from collections.abc import Iterable, Mapping

from indexer.abi import word_of
from indexer.book import Draft
from indexer.evm import ZERO_ADDRESS, Address, Answer, Call
from indexer.wrappers.kinds import FORMS
from indexer.wrappers.recognition import PLAIN_TOKEN, Known, Told, conversion, decided, questions, recognised, remember
from indexer.wrappers.stored import DEPLOYMENT, entity

READ_FIELDS = frozenset(("numerator",))
"""What is true of one block only; kind, underlying and denominator stay."""
DEEPEST = 8
"""How many underlyings of underlyings are asked what they are."""


def plan_reads(tokens: Iterable[Address], draft: Draft, known: Known) -> list[Call]:
    """The rate of every wrapper behind these tokens; what a token is, where that is not known yet."""
    calls: dict[Call, None] = {}
    for token, told in _behind(tokens, draft, known).items():
        asked = questions(token, known) if told is None else _conversions(token, told, draft).values()
        calls.update(dict.fromkeys(asked))
    return list(calls)


def apply_reads(tokens: Iterable[Address], draft: Draft, answers: Mapping[Call, Answer], known: Known) -> None:
    """Put what the tokens say into the draft.

    A rate that was not told is absent; so is that of a wrapper which stands behind none of these tokens any more.
    """
    wanted = _behind(tokens := list(tokens), draft, known)
    for token, found in wanted.items():
        if found is PLAIN_TOKEN:
            continue  # most tokens are, and it is stored already
        told = decided(token, answers, known) if found is None else found
        if told is not None:
            remember(token, draft, told)
            _apply_rate(token, told, draft, answers)
    if None in wanted.values():
        wanted = _behind(tokens, draft, known)
    for name in draft.markets(DEPLOYMENT):
        where = entity(Address(name))
        if name not in wanted and draft.get(where, "numerator") is not None:
            draft.set(where, "numerator", None)


def _behind(tokens: Iterable[Address], draft: Draft, known: Known) -> dict[Address, Told | None]:
    """The tokens and the underlyings behind them, with what they are."""
    out: dict[Address, Told | None] = {}
    level = list(tokens)
    for _ in range(1 + DEEPEST):
        fresh = {
            token: recognised(token, draft, known) for token in level if token not in out and token != ZERO_ADDRESS
        }
        out.update(fresh)
        level = [told.underlying for told in fresh.values() if told is not None and told.underlying is not None]
    return out


def _conversions(token: Address, told: Told, draft: Draft) -> dict[int, Call]:
    """By sample: the one that worked at the block before, else all. So a contract that fails costs no request more."""
    if told.kind is None or not (form := FORMS[told.kind]).samples:
        return {}
    before = {name: draft.book.get(entity(token), name) for name in ("kind", "numerator", "denominator")}
    last = before["denominator"]
    worked = before["kind"] == form.code and before["numerator"] is not None and last is not None
    samples = (last,) if worked and last is not None else form.samples
    return {sample: conversion(token, told.kind, sample) for sample in samples}


def _apply_rate(token: Address, told: Told, draft: Draft, answers: Mapping[Call, Answer]) -> None:
    calls = _conversions(token, told, draft)
    if not calls or any(call not in answers for call in calls.values()):
        return
    rates = ((sample, word_of(answers[call])) for sample, call in calls.items())
    denominator, numerator = next((rate for rate in rates if rate[1] is not None), (None, None))
    draft.set(entity(token), "denominator", denominator)
    draft.set(entity(token), "numerator", numerator)

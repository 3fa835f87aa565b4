"""What a token is: asked once of its contract, where neither the built-in table nor the configuration knows it.

Sources: EIP-4626; StataTokenV2 (aToken); WstETH.sol (stETH); WeETH.sol (eETH).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from indexer.abi import load_interface, word_of
from indexer.book import Draft
from indexer.evm import Address, Answer, Call, address
from indexer.wrappers.kinds import FORMS, KINDS, PLAIN, SAMPLES, WrapperKind, Wrapping
from indexer.wrappers.stored import entity

Known = Mapping[Address, Wrapping]
"""What is known beforehand, built in or configured: it goes before what a contract says."""

_INTERFACE = load_interface("wrappers", "Wrappers")
_GETTER_GAS = 200_000
_PROBED = (WrapperKind.STATIC_A_TOKEN, WrapperKind.WSTETH, WrapperKind.WEETH, WrapperKind.ERC4626)
"""The kinds a contract can be recognised as, the more special first: a static aToken is an ERC-4626 vault too."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a token is: a wrapper with both, a plain token with neither."""

    kind: WrapperKind | None = None
    underlying: Address | None = None


PLAIN_TOKEN = Told()


def recognised(token: Address, draft: Draft, known: Known) -> Told | None:
    """What the token is, as far as it is known; None: it has to be asked."""
    given = known.get(token)
    if given is not None and given.underlying is not None:
        return Told(given.kind, given.underlying)
    where = entity(token)
    code = draft.get(where, "kind")
    if code == PLAIN and given is None:
        return PLAIN_TOKEN
    kind, underlying = KINDS.get(code or PLAIN), draft.get(where, "underlying")
    if kind is None or underlying is None:
        return None
    if given is None and not kind.names_underlying:
        return None  # the configuration said so once and does not any more
    if given is not None and given.kind is not kind:
        return None
    return Told(kind, address(underlying))


def questions(token: Address, known: Known) -> list[Call]:
    """What tells what the token is: two functions of each kind, or the one that names a known kind's underlying."""
    given = known.get(token)
    if given is not None:
        return [_getter(token, given.kind)] if given.kind.names_underlying else []
    both = ((_getter(token, kind), conversion(token, kind, SAMPLES[-1])) for kind in _PROBED)
    return list(dict.fromkeys(call for pair in both for call in pair))


def decided(token: Address, answers: Mapping[Call, Answer], known: Known) -> Told | None:
    """What the answers make of the token; None: it names an underlying and does not convert, so it is asked again.

    None too while the questions were not asked.
    """
    asked, given = questions(token, known), known.get(token)
    if not asked or any(call not in answers for call in asked):
        return None
    if given is not None:
        underlying = _address_of(answers[asked[0]])
        return None if underlying is None else Told(given.kind, underlying)
    named = {kind: found for kind in _PROBED if (found := _address_of(answers[_getter(token, kind)]))}
    for kind, underlying in named.items():
        if word_of(answers[conversion(token, kind, SAMPLES[-1])]) is not None:
            return Told(kind, underlying)
    return None if named else PLAIN_TOKEN


def remember(token: Address, draft: Draft, told: Told) -> None:
    """Put what the token is into the draft; what was stored of another kind goes."""
    where = entity(token)
    code = PLAIN if told.kind is None else FORMS[told.kind].code
    underlying = None if told.underlying is None else int(told.underlying, 16)
    if (code, underlying) == (draft.get(where, "kind"), draft.get(where, "underlying")):
        return
    draft.set(where, "kind", code)
    draft.set(where, "underlying", underlying)
    draft.set(where, "denominator", None)
    draft.set(where, "numerator", None)


def conversion(token: Address, kind: WrapperKind, sample: int) -> Call:
    """The call that converts the sample."""
    form = FORMS[kind]
    return _INTERFACE.call(form.conversion, token, *((sample,) if form.takes_sample else ()))


def _getter(token: Address, kind: WrapperKind) -> Call:
    return replace(_INTERFACE.call(FORMS[kind].underlying, token), gas=_GETTER_GAS)


def _address_of(answer: Answer) -> Address | None:
    word = word_of(answer)
    return address(word) if word and word < 2**160 else None
